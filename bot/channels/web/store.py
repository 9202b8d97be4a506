"""Conversations of the web channel and what people thought of the answers, in SQLite."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.memory.keeper import keeper
from bot.memory.sqlite import Database, empty_log

MAX_TURNS = 200

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    session TEXT NOT NULL,
    key TEXT NOT NULL,
    created REAL NOT NULL,
    question TEXT NOT NULL,
    reply TEXT NOT NULL,
    UNIQUE (session, key)
);
CREATE INDEX IF NOT EXISTS messages_created ON messages (created);
CREATE TABLE IF NOT EXISTS feedback (
    message TEXT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    created REAL NOT NULL,
    vote TEXT NOT NULL CHECK (vote IN ('up', 'down')),
    word TEXT NOT NULL
);
"""
_SELECT = (
    "SELECT m.id, m.key, m.created, m.question, m.reply, f.vote, f.word "
    "FROM messages m LEFT JOIN feedback f ON f.message = m.id WHERE m.session = ?"
)


@dataclass(frozen=True)
class Turn:
    """A question and the answer to it.

    Attributes:
        id: Names the answer, for feedback.
        key: What the client called the question; asking again with the same
            key gives the same turn.
        created: Seconds since 1970.
        question: As it was sent to the bot.
        reply: Messages of the bot, each with `text` or `custom`.
        vote: `up`, `down` or empty.
        word: What was added to the vote.
    """

    id: str
    key: str
    created: float
    question: str
    reply: list[dict[str, Any]]
    vote: str = ""
    word: str = ""


class Conversations:
    """Keeps conversations, off the event loop; every call raises `StoreError` if they cannot be read or written.

    Args:
        path: The database.
    """

    name = "page"

    def __init__(self, path: Path) -> None:
        self._db = Database(path, _SCHEMA)
        keeper.register(self)

    async def add(self, session: str, key: str, question: str, reply: list[dict[str, Any]]) -> Turn:
        """Store a turn and return it; of two with one key the first stays."""

        def work(db: sqlite3.Connection) -> Turn:
            turn = Turn(secrets.token_urlsafe(12), key, time.time(), question, reply)
            db.execute(
                "INSERT OR IGNORE INTO messages (id, session, key, created, question, reply) VALUES (?, ?, ?, ?, ?, ?)",
                (turn.id, session, key, turn.created, question, json.dumps(reply, ensure_ascii=False)),
            )
            return _one(db, session, key) or turn

        return await self._db.run(work)

    async def find(self, session: str, key: str) -> Turn | None:
        """Return the turn that was asked under a key, if there is one."""
        return await self._db.run(lambda db: _one(db, session, key))

    async def history(self, session: str) -> list[Turn]:
        """Return the last `MAX_TURNS` turns of a session, oldest first."""

        def work(db: sqlite3.Connection) -> list[Turn]:
            rows = db.execute(f"{_SELECT} ORDER BY m.number DESC LIMIT ?", (session, MAX_TURNS)).fetchall()
            return [_turn(row) for row in reversed(rows)]

        return await self._db.run(work)

    async def rate(self, session: str, message: str, vote: str, word: str) -> bool:
        """Store feedback to an answer of this session; an empty vote takes it back.

        Returns:
            Whether the session has such an answer.
        """

        def work(db: sqlite3.Connection) -> bool:
            if not db.execute("SELECT 1 FROM messages WHERE id = ? AND session = ?", (message, session)).fetchone():
                return False
            if vote:
                db.execute("INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?)", (message, time.time(), vote, word))
            else:
                db.execute("DELETE FROM feedback WHERE message = ?", (message,))
            return True

        return await self._db.run(work)

    async def delete(self, session: str) -> int:
        """Delete a conversation with its feedback, for good; return its number of turns."""
        return await self._delete("session = ?", session)

    async def purge(self, before: float) -> int:
        """Delete all turns older than a time (seconds since 1970); return how many."""
        return await self._delete("created < ?", before)

    async def check(self) -> None:
        """Raise `StoreError` if nothing can be written now."""
        await self._db.check()

    async def close(self) -> None:
        """Close the database once everything under way is written."""
        await self._db.close()

    async def _delete(self, where: str, value: str | float) -> int:
        count = await self._db.run(lambda db: db.execute(f"DELETE FROM messages WHERE {where}", (value,)).rowcount)
        if count:
            await self._db.run(empty_log)
        return count


def _one(db: sqlite3.Connection, session: str, key: str) -> Turn | None:
    row = db.execute(f"{_SELECT} AND m.key = ?", (session, key)).fetchone()
    return _turn(row) if row else None


def _turn(row: tuple[Any, ...]) -> Turn:
    return Turn(row[0], row[1], row[2], row[3], json.loads(row[4]), row[5] or "", row[6] or "")
