"""Deletes conversations from Rasa's own memory, which has no way to do so itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from rasa.core.tracker_store import InMemoryTrackerStore, SQLTrackerStore, TrackerStore

if TYPE_CHECKING:
    # Brings TensorFlow along, which nothing here needs.
    from rasa.core.agent import Agent


async def forget(agent: Agent, sender_id: str) -> None:
    """Delete every event of one sender.

    Args:
        agent: The running agent; its lock is held, so that a message that is
            being handled does not write the conversation back.
        sender_id: Whose conversation.

    Raises:
        NotImplementedError: If the tracker store is of a kind not known here.
    """
    store = _innermost(agent.tracker_store)
    async with agent.lock_store.lock(sender_id, wait_time_in_seconds=0.1):
        if isinstance(store, InMemoryTrackerStore):
            store.store.pop(sender_id, None)
        elif isinstance(store, SQLTrackerStore):
            await asyncio.get_running_loop().run_in_executor(None, _delete, store, store.SQLEvent.sender_id == sender_id)
        else:
            raise NotImplementedError(f"cannot delete from a {type(store).__name__}")


async def purge(agent: Agent, before: float) -> int:
    """Delete what was said before a time, in whichever conversation.

    Args:
        agent: The running agent.
        before: Seconds since 1970.

    Returns:
        The number of events deleted; 0 for a store without a clock.
    """
    store = _innermost(agent.tracker_store)
    if not isinstance(store, SQLTrackerStore):
        return 0
    return await asyncio.get_running_loop().run_in_executor(None, _delete, store, store.SQLEvent.timestamp < before)


def _innermost(store: TrackerStore) -> TrackerStore:
    # Rasa wraps the configured store, in some versions twice.
    inner: Any = store
    while isinstance(getattr(inner, "_tracker_store", None), TrackerStore):
        inner = inner._tracker_store
    return inner


def _delete(store: SQLTrackerStore, which: Any) -> int:
    """Delete the events that an SQL condition picks, for good; return how many."""
    from sqlalchemy import text

    sqlite = store.engine.dialect.name == "sqlite"
    with store.session_scope() as session:
        if sqlite:
            # Overwritten, not just unlinked.
            session.execute(text("PRAGMA secure_delete = ON"))
        count = int(session.query(store.SQLEvent).filter(which).delete(synchronize_session=False))
        session.commit()
        if count and sqlite:
            # A write-ahead log would still hold the words; without one this does nothing.
            session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return count
