"""Messages of one conversation are let through in the order in which they came, and nobody else waits."""

from __future__ import annotations

import asyncio
import time

import pytest
from rasa.core.lock_store import LockError, LockStore
from rasa.utils.endpoints import EndpointConfig

from bot.rasa.lock_store import InTurnLockStore

CONFIG = EndpointConfig(type="bot.rasa.lock_store.InTurnLockStore")


def test_first_come_first_served_without_a_pause() -> None:
    store, served, together = InTurnLockStore(), [], 0

    async def one(number: int) -> None:
        nonlocal together
        async with store.lock("a"):
            together += 1
            assert together == 1
            await asyncio.sleep(0.01)
            served.append(number)
            together -= 1

    async def all_() -> float:
        started = time.monotonic()
        await asyncio.gather(*(one(n) for n in range(20)))
        return time.monotonic() - started

    # Rasa's own would look after a second whether it is its turn.
    assert asyncio.run(all_()) < 0.9
    assert served == list(range(20))


def test_others_do_not_wait() -> None:
    store = InTurnLockStore()

    async def steps() -> None:
        async with store.lock("a"):
            for sender in "bcd":
                async with store.lock(sender):
                    pass

    asyncio.run(asyncio.wait_for(steps(), 0.5))


def test_whoever_goes_away_while_waiting_is_passed_over() -> None:
    store, served = InTurnLockStore(), []

    async def one(number: int) -> None:
        async with store.lock("a"):
            served.append(number)

    async def steps() -> None:
        async with store.lock("a"):
            tasks = [asyncio.create_task(one(n)) for n in range(3)]
            await asyncio.sleep(0.01)
            tasks[0].cancel()
            await asyncio.sleep(0.01)
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(steps())
    assert served == [1, 2]


def test_a_failure_lets_the_next_one_through() -> None:
    store = InTurnLockStore()

    async def steps() -> None:
        with pytest.raises(ValueError, match="failed"):
            async with store.lock("a"):
                raise ValueError("failed")
        async with store.lock("a"):
            pass

    asyncio.run(asyncio.wait_for(steps(), 0.5))


def test_nobody_waits_for_ever() -> None:
    store = InTurnLockStore()

    async def steps() -> None:
        async with store.lock("a"):
            with pytest.raises(LockError):
                async with store.lock("a", lock_lifetime=0.05):
                    pass
        async with store.lock("a"):
            pass

    asyncio.run(steps())


def test_nothing_is_kept_of_conversations_that_nobody_holds() -> None:
    store = InTurnLockStore()

    async def steps() -> None:
        for number in range(100):
            async with store.lock(f"c{number}"):
                pass

    asyncio.run(steps())
    assert len(store._turns) == 0


def test_rasa_makes_it_from_endpoints_and_several_workers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(LockStore.create(CONFIG), InTurnLockStore)
    monkeypatch.setenv("SANIC_WORKERS", "2")
    with pytest.raises(LockError, match="several workers"):
        LockStore.create(CONFIG)
