"""A crowd that talks to the page's API through nginx, and what PostgreSQL says became of its messages."""

from __future__ import annotations

import itertools
import json
import secrets
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
import requests

CLIENTS = 8
# A browser's longest wait, as in `bot/web/src/api.ts`; how often one tries, and the pause where none is asked for.
_SECONDS = 30
TRIES = 6
_PAUSE = 1.0
# No answer, and the statuses of one that asks to try again.
_AGAIN = (0, 502, 503, 504)

# Each with the passage that its answer quotes, be there a number in brackets behind it or not.
QUESTIONS = (
    ("When did Albania join NATO?", "p1s1"),
    ("What does Albania support so that NATO remains a pillar of stability?", "p2s1"),
    ("What is Russia’s military aggression in Ukraine accompanied by?", "p2s3"),
    ("How did Albania react to Russia’s attack on Ukraine?", "p3s1"),
    ("What will does Albania share about protecting the allies?", "p3s2"),
    ("What does Albania contribute to through Enhanced Forward Presence?", "p3s4"),
    ("Where do Albanian soldiers serve with NATO?", "p4s1"),
    ("How does Albania help allied forces become readier?", "p4s2"),
)


@dataclass(frozen=True)
class Try:
    """One request for an answer.

    Attributes:
        began: When, by the monotonic clock.
        ended: When there was an answer, or none to be had.
        status: Of the answer; 0 for none.
        words: Whether it had a sentence for people.
    """

    began: float
    ended: float
    status: int
    words: bool


@dataclass
class Message:
    """A message with what came of it."""

    talk: Talk
    number: int
    key: str = field(default_factory=lambda: secrets.token_hex(12))
    tries: list[Try] = field(default_factory=list)
    answer: dict[str, Any] | None = None

    @property
    def asked(self) -> tuple[str, str]:
        """Return the question and the passage that answers it."""
        return QUESTIONS[(self.talk.number + self.number) % len(QUESTIONS)]

    @property
    def text(self) -> str:
        """Return what is sent, which no other message of the crowd is."""
        return f"{self.asked[0]} (c{self.talk.number}-{self.number})"


@dataclass
class Talk:
    """A conversation of one person, who writes when there is an answer or no hope for it."""

    number: int
    session: str = ""
    token: str = ""
    messages: list[Message] = field(default_factory=list)


class Crowd:
    """Eight clients, each with its conversations: a third of the messages is written before the fault, in it, and after it.

    Args:
        url: Of nginx.
        messages: How many in all.
        talks: In how many conversations.
        seconds: Over which the second third is spread.

    Attributes:
        half: Set when the fault is due.
    """

    def __init__(self, url: str, messages: int, talks: int, seconds: float) -> None:
        self.talks = [Talk(number) for number in range(talks)]
        self.half = threading.Event()
        self._url = url
        self._each = messages // talks
        self._second, self._third = messages // 3, 2 * messages // 3
        self._spacing = seconds / (self._third - self._second)
        self._hurt_at = 0.0
        self._hurt, self._mended = threading.Event(), threading.Event()
        self._guard = threading.Lock()
        self._begun = 0
        self._threads = [threading.Thread(target=self._write, args=(self.talks[i::CLIENTS],)) for i in range(CLIENTS)]

    @property
    def messages(self) -> list[Message]:
        """Return all that was written."""
        return [m for talk in self.talks for m in talk.messages]

    def start(self) -> None:
        """Begin to write."""
        for thread in self._threads:
            thread.start()

    def hurt(self) -> None:
        """Go on: the fault has begun."""
        self._hurt_at = time.monotonic()
        self._hurt.set()

    def mended(self) -> None:
        """Write the rest: all is well again, or is given up."""
        self._hurt.set()
        self._mended.set()

    def end(self) -> None:
        """Wait until all is written."""
        for thread in self._threads:
            thread.join()

    def _write(self, talks: Sequence[Talk]) -> None:
        with requests.Session() as http:
            for number in range(self._each):
                for talk in talks:
                    self._wait_for_turn()
                    message = Message(talk, number)
                    talk.messages.append(message)
                    self._say(http, message)

    def _wait_for_turn(self) -> None:
        with self._guard:
            number = self._begun
            self._begun += 1
        if number >= self._second:
            self.half.set()
            self._hurt.wait()
        if number >= self._third:
            self._mended.wait()
        elif number >= self._second:
            time.sleep(max(0.0, self._hurt_at + (number - self._second) * self._spacing - time.monotonic()))

    def _say(self, http: requests.Session, message: Message) -> None:
        for _ in range(TRIES):
            began = time.monotonic()
            status, body, pause = self._ask(http, message)
            message.tries.append(Try(began, time.monotonic(), status, bool(body.get("message"))))
            if status == 200:
                message.answer = body
            if status not in _AGAIN:
                return
            time.sleep(pause)

    def _ask(self, http: requests.Session, message: Message) -> tuple[int, dict[str, Any], float]:
        """Return status, body and the pause until the next try; a conversation begins with its first message."""
        talk = message.talk
        if not talk.token:
            status, body, pause = self._post(http, "session", {})
            if status != 201:
                return status, body, pause
            talk.session, talk.token = body["session"], body["token"]
        return self._post(http, "message", {"token": talk.token, "key": message.key, "text": message.text})

    def _post(self, http: requests.Session, name: str, body: dict[str, str]) -> tuple[int, dict[str, Any], float]:
        try:
            answer = http.post(f"{self._url}/api/{name}", json=body, timeout=_SECONDS)
            told = answer.json()
        except (requests.RequestException, ValueError):
            return 0, {}, _PAUSE
        return answer.status_code, told, float(answer.headers.get("Retry-After", _PAUSE))


@dataclass
class Verdict:
    """What became of a crowd's messages; all but the first four should be none.

    Attributes:
        sent: How many there were.
        answered: Of these, with an answer.
        told: Without one, but with a sentence that says to try again.
        longest: Seconds for which somebody waited for an answer, all tries together.
        silent: Neither answered nor told anything.
        lost: Answered, but not in the store.
        doubled: In the store more than once.
        mixed: Stored in, or answered from, another conversation, or answered with something else than was asked for.
        disordered: Stored before an earlier one of its conversation.
        examples: Some of what was wrong, in words.
    """

    sent: int = 0
    answered: int = 0
    told: int = 0
    longest: float = 0.0
    silent: int = 0
    lost: int = 0
    doubled: int = 0
    mixed: int = 0
    disordered: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        """Return how much of it must not be."""
        return self.silent + self.lost + self.doubled + self.mixed + self.disordered

    def note(self, kind: str, what: object) -> None:
        """Count something wrong."""
        setattr(self, kind, getattr(self, kind) + 1)
        if len(self.examples) < 10:
            self.examples.append(f"{kind}: {what}")


def judge(crowd: Crowd, database: str) -> Verdict:
    """Compare what the crowd saw with the two places where a message is stored."""
    found = Verdict(sent=len(crowd.messages))
    with psycopg.connect(database) as connection:
        sessions = [talk.session for talk in crowd.talks if talk.session]
        said = connection.execute(
            "SELECT substr(sender_id, 5), data::json ->> 'text', data::json ->> 'message_id' FROM events"
            " WHERE type_name = 'user' AND sender_id = ANY(%s) ORDER BY id",
            ([f"web-{session}" for session in sessions],),
        ).fetchall()
        shown = connection.execute(
            "SELECT session, question, key, id FROM web.messages WHERE session = ANY(%s) ORDER BY number", (sessions,)
        ).fetchall()
    for message in crowd.messages:
        _judge_answer(found, message)
    ids = {key: number for _, _, key, number in shown}
    for place, rows in (("events", said), ("web.messages", [row[:3] for row in shown])):
        _judge_place(found, crowd, place, rows)
    for message in crowd.messages:
        if message.answer and ids.get(message.key) != message.answer["id"]:
            found.note("lost", f"{message.text}: another answer is stored")
    return found


def _judge_answer(found: Verdict, message: Message) -> None:
    last = message.tries[-1]
    if message.answer is None:
        if last.words and last.status in _AGAIN:
            found.told += 1
        else:
            found.note("silent", f"{message.text}: {[t.status for t in message.tries]}")
        return
    found.answered += 1
    found.longest = max(found.longest, last.ended - message.tries[0].began)
    custom = message.answer["custom"] or {}
    cited = [c["passage"] for c in custom.get("citations", [])]
    if message.answer["question"] != message.text or message.asked[1] not in cited:
        found.note("mixed", f"{message.text}: {message.answer['question']}, {custom.get('outcome')} {cited}")


def _judge_place(found: Verdict, crowd: Crowd, place: str, rows: Iterable[tuple[str, str, str]]) -> None:
    """Judge one of the places: rows of a session, a text and a key, as they were stored."""
    by_session: dict[str, list[tuple[str, str]]] = {}
    for session, text, key in rows:
        by_session.setdefault(session, []).append((text, key))
    for talk in crowd.talks:
        stored = by_session.get(talk.session, [])
        sent = {m.text: m for m in talk.messages}
        numbers = []
        for text, key in stored:
            if text in sent and sent[text].key == key:
                numbers.append(sent[text].number)
            else:
                found.note("mixed", f"{place}: {text} in conversation {talk.number}")
        for one in sorted(set(numbers)):
            for _ in range(numbers.count(one) - 1):
                found.note("doubled", f"{place}: {talk.messages[one].text}")
        for before, after in itertools.pairwise(numbers):
            if after < before:
                found.note("disordered", f"{place}: {talk.messages[after].text} after {before}")
        for message in talk.messages:
            if message.answer and message.number not in numbers:
                found.note("lost", f"{place}: {message.text}")


def unconfirmed(crowd: Crowd, database: str, published: Iterable[bytes]) -> tuple[int, int, int]:
    """Return how many events of the crowd are stored, how many of these RabbitMQ never gave out, and how many again."""
    senders = [f"web-{talk.session}" for talk in crowd.talks if talk.session]
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT sender_id, data FROM events WHERE sender_id = ANY(%s)", (senders,)).fetchall()
    stored = {_canonical({"sender_id": sender, **json.loads(data)}) for sender, data in rows}
    ours = set(senders)
    given = [_canonical(event) for event in map(json.loads, published) if event["sender_id"] in ours]
    return len(stored), len(stored - set(given)), len(given) - len(set(given))


def _canonical(event: dict[str, Any]) -> str:
    return json.dumps(event, sort_keys=True)
