"""What the Telegram channel remembers across restarts, in one SQLite file.

- Updates: what the bot needs of an update (no names) is stored before Telegram
  is told that it arrived, and removed once it is answered. Its number stays for
  a week, so that the same update is known when it comes again.
- Outbox: what is to be sent for an update, and how far that has come, so that
  a reply is neither lost nor sent twice when the program stops in the middle.
- Options: what a button stands for; a button itself carries at most 64 bytes.
- Lights: what a message quoted and offered, as keys of passages, for those who reply to it.
- People: which conversation belongs to a person in a chat, under a random name.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import sqlite3
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.memory.sqlite import empty_log, open_database
from bot.memory.store import StoreError

logger = logging.getLogger("bot.channels.telegram")

P = ParamSpec("P")
T = TypeVar("T")

# Telegram offers an update for one day; a week leaves room for a stopped clock.
KEPT_SECONDS = 7 * 86_400
# Lights kept of one conversation; older ones are deleted.
_MOST_LIGHTS = 400
_AGAIN_SECONDS = 0.2

_SCHEMA = """
CREATE TABLE IF NOT EXISTS updates (
    id INTEGER PRIMARY KEY, body TEXT, received REAL NOT NULL, done REAL);
CREATE INDEX IF NOT EXISTS updates_open ON updates (id) WHERE done IS NULL;
CREATE TABLE IF NOT EXISTS outbox (
    update_id INTEGER NOT NULL, part INTEGER NOT NULL, fields TEXT NOT NULL,
    sending_after INTEGER, message INTEGER, PRIMARY KEY (update_id, part));
CREATE TABLE IF NOT EXISTS callbacks (id TEXT PRIMARY KEY, done REAL NOT NULL);
CREATE TABLE IF NOT EXISTS options (id TEXT PRIMARY KEY, option TEXT NOT NULL, question TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS people (
    chat INTEGER NOT NULL, person INTEGER NOT NULL, conversation TEXT NOT NULL UNIQUE, seen REAL NOT NULL,
    PRIMARY KEY (chat, person));
CREATE TABLE IF NOT EXISTS lights (
    chat INTEGER NOT NULL, message INTEGER NOT NULL, conversation TEXT NOT NULL, light TEXT NOT NULL,
    PRIMARY KEY (chat, message));
CREATE INDEX IF NOT EXISTS lights_of ON lights (conversation, message);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
UPDATE people SET conversation = substr(conversation, 10) WHERE conversation LIKE 'telegram-%';
"""


def _insisting(method: Callable[Concatenate[TelegramState, P], T]) -> Callable[Concatenate[TelegramState, P], T]:
    """Retry a method until the file can be read and written.

    Blocks the channel's own thread and nothing else: Rasa and the other channels go on. Waiting loses nothing, since
    Telegram keeps the updates that it cannot hand over.
    """

    @wraps(method)
    def insisting(self: TelegramState, /, *given: P.args, **named: P.kwargs) -> T:
        said = False
        while True:
            try:
                done = method(self, *given, **named)
            except (sqlite3.OperationalError, StoreError) as error:
                self.close()
                if not said:
                    logger.error("Telegram: %s cannot be used (%s); waiting for it.", self.path.name, error)
                    said = True
                time.sleep(_AGAIN_SECONDS)
                continue
            if said:
                logger.warning("Telegram: %s can be used again.", self.path.name)
            return done

    return insisting


@dataclass(frozen=True)
class Planned:
    """One message of a reply.

    Attributes:
        part: Its place in the reply, from 0.
        fields: Parameters of `sendMessage`.
        sending_after: Highest message number known when sending began; None
            if it has not begun.
        message: Its number once sent; 0 if it was given up; None before.
    """

    part: int
    fields: dict[str, Any]
    sending_after: int | None
    message: int | None


class TelegramState:
    """The file behind the channel; used from one thread.

    Args:
        path: The SQLite file; made if missing.
    """

    def __init__(self, path: Path) -> None:
        """Open the file and tidy it up."""
        self.path = path
        self._open: sqlite3.Connection | None = None
        self._unwiped = True
        self.prune()

    def close(self) -> None:
        """Close the file; the next use opens it anew."""
        if self._open is not None:
            self._open.close()
            self._open = None

    @property
    def _db(self) -> sqlite3.Connection:
        if self._open is None:
            # The last line of the schema migrates older files, where the name of a conversation began with the channel.
            self._open = open_database(self.path, _SCHEMA, autocommit=True)
        return self._open

    # -- updates ---------------------------------------------------------------

    def take_in(self, updates: Iterable[tuple[int, dict[str, Any] | None]]) -> list[int]:
        """Store updates that are new.

        Args:
            updates: Number of each, and what to keep of it until it is dealt
                with; None if there is nothing to do.

        Returns:
            The numbers of those that had not been stored before.
        """
        return self._take_in(list(updates))

    @_insisting
    def _take_in(self, updates: list[tuple[int, dict[str, Any] | None]]) -> list[int]:
        now, fresh = time.time(), []
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            for number, body in updates:
                row = (number, None if body is None else json.dumps(body), now, now if body is None else None)
                if self._db.execute("INSERT OR IGNORE INTO updates (id, body, received, done) VALUES (?, ?, ?, ?)", row).rowcount:
                    fresh.append(number)
        return fresh

    @_insisting
    def open_updates(self) -> list[dict[str, Any]]:
        """Return what was kept of updates not yet dealt with, in order of their numbers."""
        rows = self._db.execute("SELECT body FROM updates WHERE done IS NULL ORDER BY id")
        return [json.loads(body) for (body,) in rows if body]

    @_insisting
    def last_update(self) -> int | None:
        """Return the number of the update stored last, if any is known."""
        row = self._db.execute("SELECT id FROM updates ORDER BY received DESC, id DESC LIMIT 1").fetchone()
        return int(row[0]) if row else None

    @_insisting
    def finish(self, number: int) -> None:
        """Mark an update as dealt with and forget what it said."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("UPDATE updates SET done = ?, body = NULL WHERE id = ?", (time.time(), number))
            self._db.execute("DELETE FROM outbox WHERE update_id = ?", (number,))
        self._unwiped = True

    @_insisting
    def wipe(self) -> None:
        """Empty the write-ahead log, which still has the words of updates that were finished."""
        if self._unwiped:
            empty_log(self._db)
            self._unwiped = False

    # -- outbox ----------------------------------------------------------------

    @_insisting
    def plan(self, number: int, messages: list[dict[str, Any]]) -> None:
        """Store what is to be sent for an update."""
        rows = [(number, part, json.dumps(fields)) for part, fields in enumerate(messages)]
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR REPLACE INTO outbox (update_id, part, fields) VALUES (?, ?, ?)", rows)

    @_insisting
    def planned(self, number: int) -> list[Planned]:
        """Return what is to be sent for an update, in order; empty if nothing was planned."""
        rows = self._db.execute(
            "SELECT part, fields, sending_after, message FROM outbox WHERE update_id = ? ORDER BY part", (number,)
        )
        return [Planned(part, json.loads(fields), after, message) for part, fields, after, message in rows]

    @_insisting
    def sending(self, number: int, part: int, after: int) -> None:
        """Note that a message is about to be sent."""
        self._db.execute("UPDATE outbox SET sending_after = ? WHERE update_id = ? AND part = ?", (after, number, part))

    @_insisting
    def sent(self, number: int, part: int, message: int) -> None:
        """Note that a message was sent, or given up (0)."""
        self._db.execute("UPDATE outbox SET message = ? WHERE update_id = ? AND part = ?", (message, number, part))

    # -- callbacks and options ---------------------------------------------------

    @_insisting
    def is_acknowledged(self, callback: str) -> bool:
        """Tell whether a tap on a button was answered."""
        return self._db.execute("SELECT 1 FROM callbacks WHERE id = ?", (callback,)).fetchone() is not None

    @_insisting
    def acknowledged(self, callback: str) -> None:
        """Note that a tap was answered."""
        self._db.execute("INSERT OR IGNORE INTO callbacks VALUES (?, ?)", (callback, time.time()))

    @_insisting
    def option_id(self, option: str, question: str) -> str:
        """Return the short id (18 bytes) under which a button finds its question again."""
        digest = hashlib.sha256(f"{option}\n{question}".encode()).digest()
        short = "q:" + urlsafe_b64encode(digest[:12]).decode()
        self._db.execute("INSERT OR IGNORE INTO options VALUES (?, ?, ?)", (short, option, question))
        return short

    @_insisting
    def option_question(self, short: str) -> str | None:
        """Return the question behind a button, if it is one of ours."""
        row = self._db.execute("SELECT question FROM options WHERE id = ?", (short,)).fetchone()
        return str(row[0]) if row else None

    # -- people ------------------------------------------------------------------

    @_insisting
    def conversation(self, chat: int, person: int) -> str:
        """Return the conversation of a person in a chat; made on first sight.

        Its name is random: nobody who knows a Telegram id can name it.
        """
        made = secrets.token_urlsafe(20)
        row = self._db.execute(
            "INSERT INTO people VALUES (?, ?, ?, ?) ON CONFLICT (chat, person) DO UPDATE SET seen = excluded.seen"
            " RETURNING conversation",
            (chat, person, made, time.time()),
        ).fetchone()
        return str(row[0])

    @_insisting
    def known_conversation(self, chat: int, person: int) -> str | None:
        """Return the conversation of a person in a chat, if there is one."""
        row = self._db.execute("SELECT conversation FROM people WHERE chat = ? AND person = ?", (chat, person)).fetchone()
        return str(row[0]) if row else None

    @_insisting
    def drop_conversation(self, conversation: str) -> None:
        """Forget whose conversation it was, and what its messages were about."""
        self._db.execute("DELETE FROM people WHERE conversation = ?", (conversation,))
        self._db.execute("DELETE FROM lights WHERE conversation = ?", (conversation,))

    @_insisting
    def stale_conversations(self, days: float) -> list[str]:
        """Return the conversations in which nothing was said for `days` days."""
        rows = self._db.execute("SELECT conversation FROM people WHERE seen < ?", (time.time() - days * 86_400,))
        return [str(row[0]) for row in rows]

    @_insisting
    def move_chat(self, old: int, new: int) -> None:
        """Carry conversations over when a group becomes a supergroup with a new id."""
        self._db.execute("UPDATE OR IGNORE people SET chat = ? WHERE chat = ?", (new, old))

    # -- lights ------------------------------------------------------------------

    @_insisting
    def keep_light(self, chat: int, messages: Iterable[int], conversation: str, light: dict[str, Any]) -> None:
        """Keep what messages of a conversation are about, the question's and those of its answer."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            rows = [(chat, message, conversation, json.dumps(light)) for message in messages if message]
            self._db.executemany("INSERT OR REPLACE INTO lights VALUES (?, ?, ?, ?)", rows)
            self._db.execute(
                "DELETE FROM lights WHERE conversation = ? AND message NOT IN"
                " (SELECT message FROM lights WHERE conversation = ? ORDER BY message DESC LIMIT ?)",
                (conversation, conversation, _MOST_LIGHTS),
            )

    @_insisting
    def light(self, chat: int, message: int) -> dict[str, Any] | None:
        """Return what a message is about, whoever asked; None if that is not known."""
        row = self._db.execute("SELECT light FROM lights WHERE chat = ? AND message = ?", (chat, message)).fetchone()
        return dict(json.loads(row[0])) if row else None

    # -- facts -------------------------------------------------------------------

    @_insisting
    def fact(self, name: str) -> str | None:
        """Return a remembered value."""
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    @_insisting
    def remember(self, name: str, value: str | None) -> None:
        """Remember a value; None forgets it."""
        if value is None:
            self._db.execute("DELETE FROM facts WHERE name = ?", (name,))
        else:
            self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    @_insisting
    def reset(self) -> None:
        """Forget everything but people and options: the file goes on with another bot."""
        for table in ("updates", "outbox", "callbacks", "lights", "facts"):
            self._db.execute(f"DELETE FROM {table}")

    @_insisting
    def prune(self) -> None:
        """Forget the numbers of updates and taps that cannot come again."""
        before = time.time() - KEPT_SECONDS
        self._db.execute("DELETE FROM updates WHERE done < ?", (before,))
        self._db.execute("DELETE FROM callbacks WHERE done < ?", (before,))
