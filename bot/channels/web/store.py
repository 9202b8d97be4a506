"""Conversations of the web channel and what people thought of the answers."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.memory.database import open_database
from bot.memory.keeper import keeper

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

_PURGE = "DELETE FROM messages WHERE number IN (SELECT number FROM messages WHERE created < ? ORDER BY created LIMIT 1000)"


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
        path: The SQLite file; PostgreSQL keeps them where the settings ask for it.
    """

    name = "page"

    def __init__(self, path: Path) -> None:
        self._db = open_database(path, _SCHEMA)
        keeper.register(self)

    async def add(self, sender: str, session: str, key: str, question: str, reply: list[dict[str, Any]]) -> Turn:
        """Store a turn and return it; of two with one key the first stays.

        Args:
            sender: What Rasa calls the conversation: where another worker has deleted it meanwhile, the turn is not stored.
            session: What the page calls it.
            key: As in `Turn`.
            question: As in `Turn`.
            reply: As in `Turn`.
        """
        made = (secrets.token_urlsafe(12), session, key, time.time(), question, json.dumps(reply, ensure_ascii=False))
        rows = await self._db.rows(
            "INSERT INTO messages (id, session, key, created, question, reply)"
            f" SELECT ?, ?, ?, ?, ?, ? WHERE {self._db.remembered}"
            # Changes nothing: without an update there is no row to return.
            " ON CONFLICT (session, key) DO UPDATE SET key = excluded.key RETURNING id, key, created, question, reply",
            *(*made, sender),
        )
        return _turn((*(rows[0] if rows else (made[0], *made[2:])), "", ""))

    async def history(self, session: str) -> list[Turn]:
        """Return the last `MAX_TURNS` turns of a session, oldest first."""
        rows = await self._db.rows(f"{_SELECT} ORDER BY m.number DESC LIMIT ?", session, MAX_TURNS)
        return [_turn(row) for row in reversed(rows)]

    async def rate(self, session: str, message: str, vote: str, word: str) -> bool:
        """Store feedback to an answer of this session; an empty vote takes it back.

        Returns:
            Whether the session has such an answer.
        """
        if vote:
            changed = await self._db.change(
                "INSERT INTO feedback (message, created, vote, word)"
                " SELECT id, ?, ?, ? FROM messages WHERE id = ? AND session = ?"
                " ON CONFLICT (message) DO UPDATE SET created = excluded.created, vote = excluded.vote, word = excluded.word",
                *(time.time(), vote, word, message, session),
            )
            return changed > 0
        found = await self._db.rows("SELECT 1 FROM messages WHERE id = ? AND session = ?", message, session)
        if found:
            await self._db.change("DELETE FROM feedback WHERE message = ?", message)
        return bool(found)

    async def delete(self, session: str) -> int:
        """Delete a conversation with its feedback, for good; return its number of turns."""
        count = await self._db.change("DELETE FROM messages WHERE session = ?", session)
        if count:
            await self._db.wipe()
        return count

    async def purge(self, before: float) -> int:
        """Delete all turns older than a time (seconds since 1970); return how many."""
        count = 0
        # In small batches, of which none takes longer than a statement may.
        while deleted := await self._db.change(_PURGE, before):
            count += deleted
        if count:
            await self._db.wipe()
        return count

    async def check(self) -> None:
        """Raise `StoreError` if nothing can be written now."""
        await self._db.check()

    async def close(self) -> None:
        """Close the database once everything under way is written."""
        await self._db.close()


def _turn(row: tuple[Any, ...]) -> Turn:
    return Turn(row[0], row[1], row[2], row[3], json.loads(row[4]), row[5] or "", row[6] or "")
