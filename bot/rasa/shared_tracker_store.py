"""A tracker store on PostgreSQL for any number of workers.

Listed in `endpoints.scale.yml` as

tracker_store:
type: bot.rasa.shared_tracker_store.SharedTrackerStore
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import ujson
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker

from bot.memory.keeper import keeper
from bot.memory.postgres import PostgresDatabase, pool
from bot.rasa.conversations import Event, conversations
from bot.rasa.events import events_of
from bot.rasa.tracker_store import RECENT_EVENTS, RecentTrackerStore, first_turn, marked, row, session_start
from bot.settings import RABBITMQ_URL

# Conversations of the readiness probe are nobody's.
_PROBES = "readiness-"
# In small batches, of which none holds up others for long.
_PURGE = (
    "WITH old AS (SELECT id FROM events WHERE timestamp < ? ORDER BY timestamp LIMIT 1000),"
    " gone AS (DELETE FROM events USING old WHERE events.id = old.id RETURNING events.id),"
    " unspooled AS (DELETE FROM spool USING gone WHERE spool.id = gone.id) SELECT count(*) FROM gone"
)
_SESSION = "session_started"
_SLOT = "slot"


class SharedTrackerStore(TrackerStore):
    """Reads the last turns of a conversation, and every slot as it was set last; stores within the turn that is held.

    Args:
        domain: Of the assistant.
        named: What `TrackerStore` takes.
    """

    # One store of conversations, whichever engine: metrics and retention know it by this name.
    name = RecentTrackerStore.name

    def __init__(self, domain: Domain | None = None, **named: Any) -> None:
        super().__init__(domain)
        self._conversations = conversations()
        self._database = PostgresDatabase(pool())
        # Published later, by `bot.rasa.relay`.
        self._spooled = bool(RABBITMQ_URL())
        keeper.register(self)

    async def create_tracker(self, sender_id: str, append_action_listen: bool = True) -> DialogueStateTracker:
        """Return a new tracker, which is stored with its first turn: storing it now would end the transaction."""
        tracker = self.init_tracker(sender_id)
        if append_action_listen:
            tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
        tracker.stored_events = 0
        return tracker

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the tracker of a conversation's last turns; nothing if there is no such conversation."""
        most = RECENT_EVENTS
        events = await self._conversations.read(sender_id)
        while (kept := _replayed(events, most)) is None:
            # A turn longer than the window: without its message the session would never be found to have expired.
            most *= 2
            events = await self._conversations.read(sender_id, most)
        return self._tracker(sender_id, kept)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Return the tracker with all events of all sessions."""
        rows = await self._database.rows(
            "SELECT id, type_name, action_name, data, FALSE FROM events WHERE sender_id = ? ORDER BY id", conversation_id
        )
        return self._tracker(conversation_id, [Event(*r) for r in rows])

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the events that came since the tracker was read; ends the transaction of the turn."""
        new = list(tracker.events)[getattr(tracker, "stored_events", 0) :]
        rows = [row(tracker.sender_id, event) for event in new]
        names = ("type_name", "timestamp", "intent_name", "action_name", "data")
        await self._conversations.write(
            tracker.sender_id,
            tuple([r[name] for r in rows] for name in names),
            spooled=self._spooled and not tracker.sender_id.startswith(_PROBES),
        )
        marked(tracker)

    async def keys(self) -> Iterable[str]:
        """Return all conversations."""
        return [r[0] for r in await self._database.rows("SELECT DISTINCT sender_id FROM events")]

    async def forget(self, sender_id: str) -> None:
        """Delete a conversation for good."""
        await self._conversations.forget(sender_id)

    async def purge(self, before: float) -> int:
        """Delete events older than a time (seconds since 1970) for good; return how many."""
        count = 0
        while deleted := (await self._database.rows(_PURGE, before))[0][0]:
            count += deleted
        return count

    async def check(self) -> None:
        """Raise `StoreError` if nothing can be written now."""
        await self._database.check()

    def _tracker(self, sender: str, events: Sequence[Event]) -> DialogueStateTracker | None:
        if not self.domain or not events:
            return None
        made = events_of(ujson.loads(e.data) for e in events)
        return marked(DialogueStateTracker.from_events(sender, made, self.domain.slots))


def _replayed(events: Sequence[Event], most: int) -> list[Event] | None:
    """Return the events to replay: the slots set before the first whole turn among the newest events, and all from there on.

    Nothing if there may be a turn that is longer than the newest events, of which there are at most so many.
    """
    newest = [e for e in events if not e.older]
    starts = [i for i, e in enumerate(newest) if e.type_name == _SESSION]
    if starts:
        return newest[session_start(newest, starts[-1]) :]
    if len(newest) < most:
        return newest
    turn = first_turn(newest)
    if turn is None:
        return None
    before = newest[turn].id
    # The later of two for one slot stays.
    slots = {e.action_name: e for e in events if e.type_name == _SLOT and e.id < before}
    return [*sorted(slots.values(), key=lambda e: e.id), *newest[turn:]]
