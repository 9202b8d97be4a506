"""Order: one thing at a time in a chat, chats side by side, late updates put back in place."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

logger = logging.getLogger("bot.channels.telegram")

Item = TypeVar("Item")
_TICKS = 10


class ChatQueues(Generic[Item]):
    """Handles items of one chat in the order they were put, those of different chats at the same time.

    Args:
        handle: What to do with an item; its failures are logged and pass.
    """

    def __init__(self, handle: Callable[[Item], Awaitable[None]]) -> None:
        """Start with no queue."""
        self._handle = handle
        self._waiting: dict[int, deque[Item]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def put(self, chat: int, item: Item) -> None:
        """Queue an item in its chat's queue."""
        if self._closed:
            return
        if chat in self._waiting:
            self._waiting[chat].append(item)
            return
        self._waiting[chat] = deque([item])
        task = asyncio.get_running_loop().create_task(self._run(chat))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, seconds: float) -> None:
        """Begin nothing new, and give what is begun some seconds to end."""
        self._closed = True
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, chat: int) -> None:
        queue = self._waiting[chat]
        try:
            while queue and not self._closed:
                try:
                    await self._handle(queue[0])
                except Exception:
                    logger.exception("Telegram: an update could not be handled.")
                queue.popleft()
        finally:
            del self._waiting[chat]


class UpdateOrder(Generic[Item]):
    """Puts updates that overtook each other on their way back in order.

    A webhook's updates come over several connections. One whose predecessor is
    missing waits for it a moment; not for long, since the predecessor may never
    come.

    Waiting is counted in ticks of the loop, not by the clock: after a stall of the
    machine, what arrived during it is read before anything is given up.

    Args:
        release: Called with the updates, in order as far as could be seen.
        patience: Seconds to wait for a missing one.
    """

    def __init__(self, release: Callable[[Item], None], patience: float = 1.0) -> None:
        """Start with no update seen: the first sets the count."""
        self._release = release
        self._every = patience / _TICKS
        self._tick = 0
        self._held: dict[int, tuple[Item, int]] = {}
        self._last: int | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start_after(self, number: int) -> None:
        """Set the number of the last update known."""
        self._last = number

    def put(self, number: int, update: Item) -> None:
        """Take in an update that has not been seen before."""
        self._held[number] = (update, self._tick)
        self._let_go()
        self._watch()

    def _let_go(self) -> None:
        while self._held:
            first = min(self._held)
            # A number far off begins a new count: Telegram does so after a silent week.
            if self._last is not None and self._last + 1 < first <= self._last + 1_000:
                return
            self._release(self._held.pop(first)[0])
            self._last = first if self._last is None or abs(first - self._last) > 1_000 else max(self._last, first)

    def _watch(self) -> None:
        if self._held and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._every, self._count)

    def _count(self) -> None:
        """Count a tick, and pass over a gap once something has waited behind it long enough."""
        self._timer = None
        self._tick += 1
        if self._held and self._tick - min(since for _, since in self._held.values()) >= _TICKS:
            self._last = min(self._held) - 1
            self._let_go()
        self._watch()
