"""Locks of conversations that hold for all workers.

Listed in `endpoints.scale.yml` as

lock_store:
type: bot.rasa.shared_lock_store.SharedLockStore
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME

from bot.rasa.conversations import conversations
from bot.rasa.lock_store import InTurnLockStore


class SharedLockStore(InTurnLockStore):
    """Lets the messages of a conversation through one after the other, whichever workers they reach.

    Those of this worker wait for each other in memory, so that one of them at a time waits, on one connection, for other workers.
    """

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 1
    ) -> AsyncGenerator[TicketLock, None]:
        """Hold a conversation; arguments as for `InTurnLockStore.lock`.

        Raises:
            LockError: If those before it in this worker took longer than that.
            StoreError: If another worker keeps it too long, or PostgreSQL does not answer.
        """
        async with (
            super().lock(conversation_id, lock_lifetime, wait_time_in_seconds) as ticket,
            conversations().hold(conversation_id),
        ):
            yield ticket
