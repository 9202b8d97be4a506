"""What must not be, whatever was sent: in responses, in stored conversations, in logs, in calls to Telegram."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bot.channels.gateway import MAX_CHARACTERS
from bot.clean import clean
from bot.reply import Reply
from bot.run.build import say
from bot.understand.talk import SLOTS
from tests.fuzz.calls import PEOPLE, Call
from tests.telegram.double import BotApiDouble

_SLOTS = {*SLOTS, "session_started_metadata"}
_TRACES = ("Traceback (most recent", 'File "/', "site-packages", "sqlalchemy", "Sanic")
# No text in it, or too much.
_REFUSED = (400, 413)
_MOST_KEPT = 50
# So many messages of one person are answered at once, before he is told to slow down.
_BURST = 10
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.+]+|\d{4}-\d\d-\d\d [\d:,.]+")


@dataclass
class Findings:
    """What came back.

    Attributes:
        sent: Requests.
        statuses: How many of each status; 0 for a connection that ended without a response.
        faults: What must not be, in words, with the request; at most 50 are kept.
        chats: How many texts were taken in each chat of Telegram.
    """

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    chats: Counter[int] = field(default_factory=Counter)

    def add(self, other: Findings) -> None:
        """Take in what came of more requests."""
        self.sent += other.sent
        self.statuses += other.statuses
        self.faults = [*self.faults, *other.faults][:_MOST_KEPT]
        self.chats += other.chats

    def fault(self, words: str, call: Call) -> None:
        """Note a fault."""
        if len(self.faults) < _MOST_KEPT:
            sent = call.body if call.update is None else repr(call.update).encode()
            self.faults.append(f"{words}: {call.method} {call.url} {sent[:300]!r}")
            say(self.faults[-1])


def judged(call: Call, status: int, body: bytes) -> list[str]:
    """Return what is wrong with a response, in words."""
    found = []
    shown = body.decode("utf-8", "replace")
    if status >= 500:
        found.append(f"status {status}")
    # An answer may quote the message back to its writer, so only refusals are searched.
    if status >= 400 and any(trace in shown for trace in _TRACES):
        found.append("a trace of the inside")
    if call.kind == "telegram" and status != 200:
        found.append(f"status {status} for an update with the secret")
    if call.kind in ("rest", "web") and status not in (200, *_REFUSED):
        found.append(f"status {status} for a message")
    if status == 200 and call.kind in ("rest", "web"):
        try:
            told = json.loads(shown)
        except ValueError:
            return [*found, "no JSON"]
        customs = [m["custom"] for m in told if "custom" in m] if call.kind == "rest" else [told.get("custom")]
        if len(customs) != 1 or not _is_contract(customs[0]):
            found.append("a reply against the contract")
        elif customs[0]["outcome"] == "error" and not _is_too_long(call):
            found.append("an apology")
    return found


def _is_contract(custom: object) -> bool:
    try:
        return isinstance(custom, dict) and Reply.from_json(custom).as_json() == custom
    except ValueError:
        return False


def _is_too_long(call: Call) -> bool:
    body = json.loads(call.body)
    return len(clean(str(body.get("message") or body.get("text") or ""))) > MAX_CHARACTERS


def obeyed(database: Path) -> list[str]:
    """Return what stored conversations show of payloads that were obeyed, in words."""
    found = []
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as db:
        for (data,) in db.execute("SELECT data FROM events WHERE type_name = 'user'"):
            event = json.loads(data)
            if str(event.get("text") or "").startswith("/"):
                found.append(f"a slash reached Rasa: {event['text'][:80]!r}")
            if event.get("parse_data", {}).get("entities"):
                found.append(f"entities were set by a message: {str(event['text'])[:80]!r}")
        names = {row[0] for row in db.execute("SELECT DISTINCT action_name FROM events WHERE type_name = 'slot'")}
        found += [f"a slot that nobody knows was set: {n!r}" for n in sorted(names - _SLOTS)]
        found += [
            f"Rasa's own `{n}` was run"
            for (n,) in db.execute(
                "SELECT DISTINCT action_name FROM events WHERE action_name IN ('action_restart', 'action_back')"
            )
        ]
    return found


def logged(folder: Path) -> list[str]:
    """Return the errors that the logs of a run show, each once, in words."""
    found: Counter[str] = Counter()
    for log in sorted(folder.glob("*.log")):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if "Traceback (most recent" in line or '"level": "error"' in line or " ERROR " in line:
                # Without its time, so that the same line counts as one.
                found[f"{log.name}: {_TIME.sub('', line)[:400]}"] += 1
    return [f"{words} ({count} times)" for words, count in found.most_common(20)]


def said_over_telegram(double: BotApiDouble, chats: Counter[int]) -> list[str]:
    """Return what is wrong with what the bot said over Telegram, in words.

    Args:
        double: The server that the bot calls; it refuses what Telegram refuses.
        chats: How many texts were taken in each: so many messages must have come back, up to what one may send at once.
    """
    got = Counter(sent.chat for sent in double.sent)
    found = [f"{got[c]} messages for {n} texts in chat {c}" for c, n in sorted(chats.items()) if got[c] < min(n, _BURST)]
    # Callbacks that were made up have no answer, and made-up chats and messages are not there.
    refused = [c.fields for c in double.calls if c.outcome == "400" and c.method == "sendMessage"]
    told = [f for f in refused if abs(int(f["chat_id"])) in PEOPLE]
    return [*found[:_MOST_KEPT], *(f"Telegram refuses this message: {str(f)[:300]}" for f in told[:_MOST_KEPT])]
