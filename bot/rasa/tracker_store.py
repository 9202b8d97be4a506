"""A SQL tracker store whose cost for a message does not grow with the conversation.

Rasa's own reads every event since the session began, replays them, and on
SQLite waits for the disk at every message. Listed in `endpoints.yml` as

    tracker_store:
      type: bot.rasa.tracker_store.RecentTrackerStore
      dialect: sqlite
      db: var/tracker.db
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
import ujson
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Connection
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import QueuePool

from bot.memory.keeper import keeper
from bot.memory.sqlite import open_database, patiently, private_file, store_error
from bot.memory.store import StoreLocked
from bot.rasa.events import events_of
from bot.settings import TRACKER_DB

T = TypeVar("T")

# The longest turn and a little more: policies look at the last one, actions remember by slots.
RECENT_EVENTS = 24
_SESSION = "session_started"
_SLOT = "slot"
_USER = "user"
_BOT = "bot"
_INDEX = "events_sender_type_name"
# As text: SQLAlchemy takes longer to put a query together than SQLite to answer it.
_NEWEST = sa.text("SELECT id, type_name, action_name, data FROM events WHERE sender_id = :sender ORDER BY id DESC LIMIT :most")
_STORED = sa.text(
    "SELECT COUNT(*) FROM events WHERE sender_id = :sender AND timestamp >="
    f" (SELECT COALESCE(MAX(timestamp), 0) FROM events WHERE sender_id = :sender AND type_name = '{_SESSION}')"
)
_SLOTS_BEFORE = sa.text(
    "SELECT data FROM events WHERE id IN ("
    f" SELECT MAX(id) FROM events WHERE sender_id = :sender AND type_name = '{_SLOT}' AND id < :before AND id >"
    "  (SELECT COALESCE(MAX(id), 0) FROM events WHERE sender_id = :sender"
    f"  AND type_name = '{_SESSION}') GROUP BY action_name) ORDER BY id"
)
_FORGET = sa.text("DELETE FROM events WHERE sender_id = :sender")
# In small batches: messages wait for the write lock of each.
_PURGE = sa.text("DELETE FROM events WHERE id IN (SELECT id FROM events WHERE timestamp < :before LIMIT 1000)")
_ANYTHING = sa.text("SELECT 1")
_CHECKPOINT = sa.text("PRAGMA wal_checkpoint(TRUNCATE)")


class RecentTrackerStore(SQLTrackerStore):
    """Reads the last turns of a conversation, and every slot as it was set last.

    Everything is stored, in Rasa's own table; only reading is bounded. That is
    enough for policies and actions that remember by slots. What a message needs
    of the database is done in threads, and raises `StoreError` if it cannot be.

    Args:
        domain: Of the assistant.
        recent_events: Most events read for a message (from `endpoints.yml`).
        named: What `SQLTrackerStore` takes; for SQLite the setting `TRACKER_DB` names another `db`.
    """

    engine: Any
    name = "conversations"

    def __init__(self, domain: Domain | None = None, *, recent_events: int = RECENT_EVENTS, **named: Any) -> None:
        if named.get("dialect") == "sqlite":
            named["db"] = TRACKER_DB() or named.get("db") or "rasa.db"
            private_file(Path(named["db"]))
        super().__init__(domain, **named)
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="tracker")
        self._recent = int(recent_events)
        if self.engine.dialect.name == "sqlite":
            self._keep_open()
        # With it the slots set before the window are found without reading their rows.
        table = self.SQLEvent.__table__
        index = next((i for i in table.indexes if i.name == _INDEX), None)
        index = index or sa.Index(_INDEX, table.c.sender_id, table.c.type_name, table.c.action_name)
        index.create(self.engine, checkfirst=True)
        self._insert = table.insert()
        keeper.register(self)

    def _keep_open(self) -> None:
        """Pool the connections to SQLite: closing the last one checkpoints the write-ahead log, which would be every message."""
        url, path = self.engine.url, Path(self.engine.url.database)
        self.engine.dispose()
        self.engine = sa.create_engine(url, poolclass=QueuePool, pool_size=4, max_overflow=8, creator=lambda: open_database(path))
        self.sessionmaker = sessionmaker(bind=self.engine)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the tracker of a conversation's last turns; nothing if there is no such conversation."""
        # A plain connection: SQLAlchemy's session takes longer to come and go than these queries.
        rows = await self._run(lambda connection: self._window(connection, sender_id))
        if not self.domain or not rows:
            return None
        tracker = DialogueStateTracker.from_events(sender_id, events_of(map(ujson.loads, rows)), self.domain.slots)
        return marked(tracker)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Return the tracker with all events of all sessions."""
        tracker = await super().retrieve_full_tracker(conversation_id)
        return marked(tracker) if tracker else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the events that came since the tracker was read."""
        await self.stream_events(tracker)
        await self._run(lambda connection: self._store(connection, tracker))
        marked(tracker)

    async def forget(self, sender_id: str) -> None:
        """Delete a conversation for good."""
        await self._run(lambda connection: connection.execute(_FORGET, {"sender": sender_id}))
        await self._empty_log()

    async def purge(self, before: float) -> int:
        """Delete events older than a time (seconds since 1970) for good; return how many."""
        count = 0
        while deleted := await self._run(lambda connection: connection.execute(_PURGE, {"before": before}).rowcount):
            count += deleted
        if count:
            await self._empty_log()
        return count

    async def check(self) -> None:
        """Raise `StoreError` if the database does not answer; the question of the probe tells whether it can be written."""
        await self._run(lambda connection: connection.execute(_ANYTHING))

    async def _empty_log(self) -> None:
        if self.engine.dialect.name == "sqlite":
            # The write-ahead log still holds what was deleted until it is folded in.
            await self._run(lambda connection: connection.execute(_CHECKPOINT))

    async def _run(self, work: Callable[[Connection], T]) -> T:
        """Return what some work in one transaction gives, done in a thread; raises `StoreError`."""
        return await patiently(self._threads, lambda: self._work(work))

    def _work(self, work: Callable[[Connection], T]) -> T:
        try:
            with self.engine.begin() as connection:
                return work(connection)
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            told = store_error(self.name, getattr(error, "orig", error))
            if not isinstance(told, StoreLocked):
                # Reconnect next time: a connection opened read-only, or on a disk that failed, does not recover.
                self.engine.dispose()
            raise told from error

    def _store(self, connection: Connection, tracker: DialogueStateTracker) -> None:
        stored = getattr(tracker, "stored_events", None)
        if stored is None:
            # The tracker was not read from this store: count what is stored, as Rasa's own store does.
            stored = connection.execute(_STORED, {"sender": tracker.sender_id}).scalar()
        rows = [row(tracker.sender_id, event) for event in list(tracker.events)[stored:]]
        if rows:
            connection.execute(self._insert, rows)

    def _window(self, connection: Connection, sender_id: str) -> list[str]:
        """Return the data of the events to replay: slots set before the window, then the window."""
        most = self._recent
        while True:
            window = connection.execute(_NEWEST, {"sender": sender_id, "most": most}).all()[::-1]
            starts = [i for i, row in enumerate(window) if row.type_name == _SESSION]
            if starts:
                return [row.data for row in window[session_start(window, starts[-1]) :]]
            if len(window) < most:
                return [row.data for row in window]
            turn = first_turn(window)
            if turn is not None:
                window = window[turn:]
                return [*self._slots_before(connection, sender_id, window[0].id), *(row.data for row in window)]
            # A turn longer than the window: without its message the session would never be found to have expired.
            most *= 2

    def _slots_before(self, connection: Connection, sender_id: str, before: int) -> Sequence[str]:
        return list(connection.execute(_SLOTS_BEFORE, {"sender": sender_id, "before": before}).scalars())


def session_start(window: Sequence[Any], started: int) -> int:
    """Return where a session begins that is marked as started there: with what the bot said when it started it."""
    while started and window[started - 1].type_name == _BOT:
        started -= 1
    return started


def first_turn(window: Sequence[Any]) -> int | None:
    """Return where the first turn with a message begins, which is where the bot began to listen; None without one."""
    listens = [i for i, row in enumerate(window) if row.type_name == "action" and row.action_name == ACTION_LISTEN_NAME]
    if listens and any(row.type_name == _USER for row in window[listens[0] :]):
        return listens[0]
    return None


def row(sender_id: str, event: Any) -> dict[str, Any]:
    """Return an event as the columns of Rasa's table."""
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": ujson.dumps(data, escape_forward_slashes=False),
    }


def marked(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """Note on a tracker how many of its events are stored."""
    tracker.stored_events = len(tracker.events)
    return tracker
