"""Locks of conversations in memory, whose waiters are woken one after the other.

Rasa's own locks look once a second whether it is their turn. Listed in
`endpoints.yml` as

    lock_store:
      type: bot.rasa.lock_store.InTurnLockStore
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore, LockError
from rasa.core.utils import number_of_sanic_workers
from rasa.utils.endpoints import EndpointConfig


class InTurnLockStore(InMemoryLockStore):
    """Lets the messages of a conversation through in the order in which they came, each as soon as the one before is done.

    Args:
        endpoint_config: From `endpoints.yml`; it has no settings.

    Raises:
        LockError: If Rasa would start several workers, which share no memory.
    """

    def __init__(self, endpoint_config: EndpointConfig | None = None) -> None:
        super().__init__()
        if number_of_sanic_workers(endpoint_config) > 1:
            raise LockError("Locks in memory hold for one process; several workers need a lock store that they share.")
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 1
    ) -> AsyncGenerator[TicketLock, None]:
        """Hold a conversation.

        Args:
            conversation_id: Which.
            lock_lifetime: Longest wait, in seconds.
            wait_time_in_seconds: Not needed here.

        Raises:
            LockError: If those before took longer than that.
        """
        # Kept alive by those who wait for it or hold it.
        turn = self._turns.setdefault(conversation_id, asyncio.Lock())
        if turn.locked():
            try:
                await asyncio.wait_for(turn.acquire(), lock_lifetime)
            except asyncio.TimeoutError:
                raise LockError(f"No turn for this conversation within {lock_lifetime:.0f} s.") from None
        else:
            await turn.acquire()
        try:
            yield self.create_lock(conversation_id)
        finally:
            turn.release()
