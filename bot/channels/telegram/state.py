"""What the Telegram channel remembers across restarts, in one SQLite file or in PostgreSQL.

- Updates: what the bot needs of an update (no names) is stored before Telegram
  is told that it arrived, and removed once it is answered. Its number stays for
  a week, so that the same update is known when it comes again.
- Outbox: what is to be sent for an update, and how far that has come, so that
  a reply is neither lost nor sent twice when the program stops in the middle.
- Options: what a button stands for; a button itself carries at most 64 bytes.
- Lights: what a message quoted and offered, as keys of passages, for those who reply to it.
- People: which conversation belongs to a person in a chat, under a random name.

The SQL is the same for both. Where several workers share it, one of them handles the updates, as long as it holds a
lease: what would else be sent twice is written on that condition, in the same statement.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.memory.lease import HELD, SyncLease
from bot.memory.store import StoreError, SyncDatabase

logger = logging.getLogger("bot.channels.telegram")

P = ParamSpec("P")
T = TypeVar("T")

# Telegram offers an update for one day; a week leaves room for a stopped clock.
KEPT_SECONDS = 7 * 86_400
# Lights kept of one conversation; older ones are deleted.
_MOST_LIGHTS = 400
_AGAIN_SECONDS = 0.2
# Updates read at once.
_AT_ONCE = 1_000

# Of the SQLite file. The last line changes older ones, where the name of a conversation began with the channel.
SCHEMA = """
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
    """Retry a method until the database can be read and written.

    Blocks the channel's own thread and nothing else: Rasa and the other channels go on. Waiting loses nothing, since
    Telegram keeps the updates that it cannot hand over.
    """

    @wraps(method)
    def insisting(self: TelegramState, /, *given: P.args, **named: P.kwargs) -> T:
        said = False
        while True:
            try:
                done = method(self, *given, **named)
            except StoreError as error:
                if not said:
                    logger.error("Telegram: the database cannot be used (%s); waiting for it.", error)
                    said = True
                time.sleep(_AGAIN_SECONDS)
                continue
            if said:
                logger.warning("Telegram: the database can be used again.")
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


class LeaseLost(Exception):
    """Another worker handles the updates now."""


class TelegramState:
    """The tables behind the channel; used from one thread.

    Args:
        database: Where they are.
        lease: What a worker must hold to handle updates; None where there is only one.
    """

    def __init__(self, database: SyncDatabase, lease: SyncLease | None = None) -> None:
        self._db = database
        self._lease = lease
        self._unwiped = True

    def close(self) -> None:
        """Close the database; the next use opens it anew."""
        self._db.close()

    @property
    def _if_held(self) -> tuple[str, tuple[str, ...]]:
        """A condition for the end of a statement, that the lease is held, with its values; empty without a lease."""
        return (f" AND {HELD}", (self._lease.name, self._lease.holder)) if self._lease else ("", ())

    def _change(self, statement: str, values: Sequence[Any]) -> None:
        """Run a statement that changes something if the lease is held.

        Raises:
            LeaseLost: If it changed nothing.
        """
        if self._db.execute(statement, values).rowcount or self._lease is None:
            return
        # A lease that ran out while nothing could be written, and that nobody took meanwhile, goes on.
        if not (self._lease.renew() and self._db.execute(statement, values).rowcount):
            raise LeaseLost

    # -- updates ---------------------------------------------------------------

    def take_in(self, updates: Iterable[tuple[int, dict[str, Any] | None]]) -> None:
        """Store updates, but for those that have been stored before.

        Args:
            updates: Number of each, and what to keep of it until it is dealt
                with; None if there is nothing to do.
        """
        if given := list(updates):
            self._take_in(given)

    @_insisting
    def _take_in(self, updates: list[tuple[int, dict[str, Any] | None]]) -> None:
        now = time.time()
        rows = [(n, None if body is None else json.dumps(body), now, now if body is None else None) for n, body in updates]
        self._db.execute(
            f"INSERT INTO updates (id, body, received, done) VALUES {_places(rows)} ON CONFLICT (id) DO NOTHING",
            [value for row in rows for value in row],
        )

    @_insisting
    def waiting(self, after: int) -> list[int]:
        """Return the numbers of the updates that are not dealt with, and of all above a number, in order."""
        rows = self._db.execute("SELECT id FROM updates WHERE done IS NULL OR id > ? ORDER BY id", (after,)).fetchall()
        return [number for (number,) in rows]

    def kept(self, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return what was kept of updates, by number, without those that are dealt with."""
        parts = [self._kept(numbers[start : start + _AT_ONCE]) for start in range(0, len(numbers), _AT_ONCE)]
        return {number: body for part in parts for number, body in part.items()}

    @_insisting
    def _kept(self, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
        rows = self._db.execute(f"SELECT id, body FROM updates WHERE id IN {_places([numbers])}", numbers).fetchall()
        return {number: json.loads(body) for number, body in rows if body}

    @_insisting
    def highest_update(self) -> int:
        """Return the highest number of an update stored; 0 if there is none."""
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM updates").fetchone()[0])

    @_insisting
    def finish(self, number: int) -> None:
        """Mark an update as dealt with and forget what it said; raises `LeaseLost`."""
        held, by = self._if_held
        with self._db.transaction():
            self._change(f"UPDATE updates SET done = ?, body = NULL WHERE id = ?{held}", (time.time(), number, *by))
            self._db.execute("DELETE FROM outbox WHERE update_id = ?", (number,))
        self._unwiped = True

    @_insisting
    def wipe(self) -> None:
        """Empty the write-ahead log, which still has the words of updates that were finished."""
        if self._unwiped:
            self._db.wipe()
            self._unwiped = False

    # -- outbox ----------------------------------------------------------------

    @_insisting
    def plan(self, number: int, messages: list[dict[str, Any]]) -> None:
        """Store what is to be sent for an update, all of it or nothing; raises `LeaseLost`."""
        if not messages:
            return
        held, by = self._if_held
        row = f"SELECT id, CAST(? AS INTEGER), CAST(? AS TEXT) FROM updates WHERE id = ? AND done IS NULL{held}"
        self._change(
            f"INSERT INTO outbox (update_id, part, fields) {' UNION ALL '.join([row] * len(messages))}"
            " ON CONFLICT (update_id, part) DO UPDATE SET fields = excluded.fields",
            [value for part, fields in enumerate(messages) for value in (part, json.dumps(fields), number, *by)],
        )

    @_insisting
    def planned(self, number: int) -> list[Planned]:
        """Return what is to be sent for an update, in order; empty if nothing was planned."""
        rows = self._db.execute(
            "SELECT part, fields, sending_after, message FROM outbox WHERE update_id = ? ORDER BY part", (number,)
        ).fetchall()
        return [Planned(part, json.loads(fields), after, message) for part, fields, after, message in rows]

    @_insisting
    def sending(self, number: int, part: int, after: int) -> float:
        """Note that a message is about to be sent.

        Returns:
            The latest time, by `time.monotonic`, to send it: later, as in a process that was stopped meanwhile, the
            lease may be another's.

        Raises:
            LeaseLost: If it must not be sent.
        """
        held, by = self._if_held
        self._change(f"UPDATE outbox SET sending_after = ? WHERE update_id = ? AND part = ?{held}", (after, number, part, *by))
        return self._lease.until if self._lease else math.inf

    @_insisting
    def under_way(self) -> int:
        """Return how many messages may have been sent that are not known to have been."""
        row = self._db.execute("SELECT count(*) FROM outbox WHERE sending_after IS NOT NULL AND message IS NULL").fetchone()
        return int(row[0])

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
        self._db.execute("INSERT INTO callbacks VALUES (?, ?) ON CONFLICT (id) DO NOTHING", (callback, time.time()))

    @_insisting
    def option_id(self, option: str, question: str) -> str:
        """Return the short id (18 bytes) under which a button finds its question again."""
        digest = hashlib.sha256(f"{option}\n{question}".encode()).digest()
        short = "q:" + urlsafe_b64encode(digest[:12]).decode()
        self._db.execute("INSERT INTO options VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING", (short, option, question))
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
        rows = self._db.execute("SELECT conversation FROM people WHERE seen < ?", (time.time() - days * 86_400,)).fetchall()
        return [str(row[0]) for row in rows]

    @_insisting
    def move_chat(self, old: int, new: int) -> None:
        """Carry conversations over when a group becomes a supergroup with a new id."""
        self._db.execute(
            "UPDATE people SET chat = ? WHERE chat = ?"
            " AND NOT EXISTS (SELECT 1 FROM people AS there WHERE there.chat = ? AND there.person = people.person)",
            (new, old, new),
        )

    # -- lights ------------------------------------------------------------------

    @_insisting
    def keep_light(self, chat: int, messages: Iterable[int], conversation: str, light: dict[str, Any]) -> None:
        """Keep what messages of a conversation are about, the question's and those of its answer."""
        rows = [(chat, message, conversation, json.dumps(light)) for message in dict.fromkeys(messages) if message]
        if not rows:
            return
        self._db.execute(
            f"INSERT INTO lights VALUES {_places(rows)}"
            " ON CONFLICT (chat, message) DO UPDATE SET conversation = excluded.conversation, light = excluded.light",
            [value for row in rows for value in row],
        )
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
            self._db.execute(
                "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
            )

    @_insisting
    def reset(self) -> None:
        """Forget everything but people and options: the tables go on with another bot."""
        for table in ("updates", "outbox", "callbacks", "lights", "facts"):
            self._db.execute(f"DELETE FROM {table}")

    @_insisting
    def prune(self) -> None:
        """Forget the numbers of updates and taps that cannot come again."""
        before = time.time() - KEPT_SECONDS
        self._db.execute("DELETE FROM updates WHERE done < ?", (before,))
        self._db.execute("DELETE FROM callbacks WHERE done < ?", (before,))


def _places(rows: Sequence[Sequence[Any]]) -> str:
    """Return a `(?, ?)` for each row."""
    return ", ".join(f"({', '.join('?' * len(row))})" for row in rows)
