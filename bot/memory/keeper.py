"""Enforces the retention: purges every store, at the start and every hour; of several workers the one with the lease does."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from contextlib import suppress
from typing import Protocol
from weakref import WeakSet

from bot.memory.lease import RENEW_EVERY, Lease, lease
from bot.memory.store import StoreError
from bot.settings import RETENTION_DAYS

logger = logging.getLogger(__name__)

PURGE_EVERY = 3_600.0


class Store(Protocol):
    """What holds something that people typed."""

    name: str

    async def purge(self, before: float) -> int:
        """Delete for good what is older than a time (seconds since 1970); return how much."""

    async def check(self) -> None:
        """Raise `StoreError` if the store cannot be used now."""


class Keeper:
    """Purges registered stores; begun and ended on one event loop.

    Attributes:
        purged: What this process deleted since the start, by store.
    """

    def __init__(self) -> None:
        self.purged: Counter[str] = Counter()
        self._stores: WeakSet[Store] = WeakSet()
        self._task: asyncio.Task[None] | None = None

    def register(self, store: Store) -> None:
        """Take a store in, for as long as it is in use."""
        self._stores.add(store)

    @property
    def stores(self) -> list[Store]:
        """Return the stores, by name."""
        return sorted(self._stores, key=lambda store: store.name)

    def begin(self) -> None:
        """Purge from now on; does nothing if that has begun already.

        Raises:
            InputError: If `RETENTION_DAYS` cannot be used.
        """
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep(lease("retention"), RETENTION_DAYS() * 86_400))

    def end(self) -> None:
        """Stop."""
        if self._task:
            self._task.cancel()
            self._task = None

    async def purge(self, before: float) -> None:
        """Delete what is older than a time (seconds since 1970) from every store; a failure is logged."""
        for store in self.stores:
            try:
                count = await store.purge(before)
            except Exception:
                logger.exception("the retention was not kept: %s", store.name)
                continue
            if count:
                self.purged[store.name] += count
                logger.info("purged %d of %s", count, store.name)

    async def check(self) -> None:
        """Raise `StoreError` if a store cannot be used now."""
        for store in self.stores:
            await store.check()

    async def _keep(self, lease: Lease, seconds: float) -> None:
        due = 0.0
        while True:
            held = False
            with suppress(StoreError):
                # Renewed between purges too: else every worker would purge in turn.
                held = await lease.hold()
            if held and time.monotonic() >= due:
                purging = asyncio.ensure_future(self.purge(time.time() - seconds))
                try:
                    while not (await asyncio.wait({purging}, timeout=RENEW_EVERY))[0]:
                        # A purge may take longer than the lease lasts.
                        with suppress(StoreError):
                            await lease.hold()
                finally:
                    purging.cancel()
                due = time.monotonic() + PURGE_EVERY
            await asyncio.sleep(RENEW_EVERY)


# Of this process.
keeper = Keeper()
