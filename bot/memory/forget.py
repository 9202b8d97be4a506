"""Deletes conversations from what Rasa remembers, which has no way to do so itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from bot.memory.keeper import keeper

if TYPE_CHECKING:
    # Brings TensorFlow along, which nothing here needs.
    from rasa.core.agent import Agent


@runtime_checkable
class _Forgetful(Protocol):
    async def forget(self, sender_id: str) -> None:
        """Delete a conversation for good."""


async def forget(agent: Agent, sender_id: str) -> None:
    """Delete every event of one sender.

    Args:
        agent: The running agent; its lock is held, so that a message that is
            being handled does not write the conversation back.
        sender_id: Whose conversation.

    Raises:
        NotImplementedError: If the tracker store is none of ours.
        StoreError: If it cannot be written.
    """
    stores = [store for store in keeper.stores if isinstance(store, _Forgetful)]
    if not stores:
        raise NotImplementedError("cannot delete from this tracker store; bot.rasa.tracker_store.RecentTrackerStore can")
    async with agent.lock_store.lock(sender_id, wait_time_in_seconds=0.1):
        for store in stores:
            await store.forget(sender_id)
