"""Conversations in PostgreSQL, each message in one transaction that holds the conversation's lock.

The lock and what was stored before come in one round trip, what is new and the end of the transaction in another. Who has lost
the lock, a worker that was stopped or cut off, has lost the transaction with it and can no longer write.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from bot.memory.postgres import LOCK_SECONDS, Connection, Pool, in_time, pool

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
# The newest events, and before them the last event of every slot since the session began.
_READ = """
WITH newest AS (
    SELECT id, type_name, action_name, data FROM events WHERE sender_id = %(sender)s ORDER BY id DESC LIMIT %(most)s
), session AS (
    SELECT COALESCE(MAX(id), 0) AS id FROM events WHERE sender_id = %(sender)s AND type_name = 'session_started'
), slots AS (
    SELECT DISTINCT ON (action_name) id, type_name, action_name, data FROM events
    WHERE sender_id = %(sender)s AND type_name = 'slot'
    AND id > (SELECT id FROM session) AND id < (SELECT MIN(id) FROM newest)
    ORDER BY action_name, id DESC
)
SELECT id, type_name, action_name, data, FALSE AS older FROM newest
UNION ALL SELECT id, type_name, action_name, data, TRUE FROM slots ORDER BY id
"""
# With the ids of those that are to be published in a table of their own: a mark in the events' would write each of them twice.
_INSERT = (
    "WITH new AS (INSERT INTO events (sender_id, type_name, timestamp, intent_name, action_name, data)"
    " SELECT %s, rows.* FROM unnest(%s::text[], %s::double precision[], %s::text[], %s::text[], %s::text[]) AS rows"
    " RETURNING id) INSERT INTO spool SELECT id FROM new WHERE %s"
)
_FORGET = (
    "WITH gone AS (DELETE FROM events WHERE sender_id = %s RETURNING id) DELETE FROM spool USING gone WHERE spool.id = gone.id"
)


class Event(NamedTuple):
    """A stored event; `older` marks the last one of a slot before the newest events."""

    id: int
    type_name: str
    action_name: str | None
    data: str
    older: bool


@dataclass
class Turn:
    """A conversation that is held.

    Attributes:
        connection: In a transaction until something is written.
        events: What was stored before, oldest first.
        open: Whether the transaction goes on.
    """

    connection: Connection
    events: list[Event]
    open: bool = True


class Conversations:
    """Those of all workers.

    Args:
        pool: Of this process.
        recent: Most events that are read at once.
    """

    def __init__(self, pool: Pool, recent: int) -> None:
        self._pool = pool
        self._recent = recent
        self._held: dict[str, Turn] = {}

    @asynccontextmanager
    async def hold(self, sender: str) -> AsyncIterator[None]:
        """Hold a conversation against all workers; raises `StoreError`, `StoreLocked` where another one keeps it too long."""
        async with self._pool.connection() as connection:
            events = await in_time(connection, self._begin(connection, sender), LOCK_SECONDS)
            turn = self._held[sender] = Turn(connection, events)
            try:
                yield
                if turn.open:
                    await in_time(connection, connection.execute("COMMIT"))
            finally:
                # What is left open by an error ends with its connection: see `Pool.connection`.
                del self._held[sender]

    async def read(self, sender: str, most: int | None = None) -> list[Event]:
        """Return the newest events, oldest first, and before them the last event of every slot; raises `StoreError`."""
        turn = self._held.get(sender)
        if turn and most is None:
            return turn.events
        async with self._connection(turn) as connection:
            return await in_time(connection, self._read(connection, sender, most or self._recent))

    async def write(self, sender: str, columns: tuple[list[Any], ...], spooled: bool) -> None:
        """Store events and end the transaction of the conversation, if it is held; raises `StoreError`.

        Args:
            sender: The conversation.
            columns: Types, timestamps, intents, actions or slots, and data of `n` events.
            spooled: Whether these events are to be published.
        """
        turn = self._held.get(sender)
        async with self._connection(turn) as connection:
            await in_time(connection, self._write(connection, turn, (sender, *columns, spooled)))

    async def forget(self, sender: str) -> None:
        """Delete a conversation for good; raises `StoreError`."""
        async with self._connection(self._held.get(sender)) as connection:
            await in_time(connection, connection.execute(_FORGET, (sender,)))

    @asynccontextmanager
    async def _connection(self, turn: Turn | None) -> AsyncIterator[Connection]:
        if turn:
            yield turn.connection
        else:
            async with self._pool.connection() as connection:
                yield connection

    async def _begin(self, connection: Connection, sender: str) -> list[Event]:
        async with connection.pipeline():
            await connection.execute("BEGIN")
            await connection.execute(_LOCK, (sender,))
            found = await connection.execute(_READ, {"sender": sender, "most": self._recent})
        return [Event(*row) for row in await found.fetchall()]

    @staticmethod
    async def _read(connection: Connection, sender: str, most: int) -> list[Event]:
        found = await connection.execute(_READ, {"sender": sender, "most": most})
        return [Event(*row) for row in await found.fetchall()]

    @staticmethod
    async def _write(connection: Connection, turn: Turn | None, values: tuple[Any, ...]) -> None:
        if not turn or not turn.open:
            await connection.execute(_INSERT, values)
            return
        async with connection.pipeline():
            await connection.execute(_INSERT, values)
            await connection.execute("COMMIT")
        turn.open = False


@lru_cache(maxsize=1)
def conversations() -> Conversations:
    """Return those of this process: the tracker store and the lock store share them."""
    from bot.rasa.tracker_store import RECENT_EVENTS

    return Conversations(pool(), RECENT_EVENTS)
