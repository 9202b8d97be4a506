"""How often somebody may ask: counted in this process and in a real Redis, which also dies, hangs and comes back."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.channels.rate import LocalRates, Rates
from bot.channels.shared_rate import PAUSE_SECONDS, Link, SharedRates
from tests.engines import engine
from tools.scale.engines import Redis

RATES = {"few": (2, 6.0), "many": (5, 6.0), "quick": (3, 120.0)}
Run = Callable[[Callable[[Rates], Coroutine[Any, Any, None]]], None]


@pytest.fixture(scope="module")
def redis(slow: None) -> Iterator[Redis]:
    with engine(Redis) as running:
        yield running


@asynccontextmanager
async def shared(redis: Redis, channel: str = "test") -> AsyncIterator[SharedRates]:
    link = Link(redis.url)
    try:
        yield SharedRates(link, channel, RATES)
    finally:
        await link.close()


@pytest.fixture(params=["in this process", "in Redis"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run something on rates of either kind."""

    def local(work: Callable[[Rates], Coroutine[Any, Any, None]]) -> None:
        asyncio.run(work(LocalRates(RATES)))

    def remote(work: Callable[[Rates], Coroutine[Any, Any, None]]) -> None:
        async def within() -> None:
            async with shared(server, str(random.random())) as rates:
                await work(rates)
                assert not rates._link.away

        server = request.getfixturevalue("redis")
        asyncio.run(within())

    return local if request.param == "in this process" else remote


def test_so_many_at_once_and_then_so_many_a_minute(run: Run) -> None:
    async def work(rates: Rates) -> None:
        assert [await rates.wait([("few", "x")]) for _ in range(4)] == [0, 0, 10, 10]
        assert await rates.wait([("few", "y")]) == 0

    run(work)


def test_whoever_waits_as_long_as_told_may_go_on(run: Run) -> None:
    async def work(rates: Rates) -> None:
        assert [await rates.wait([("quick", "x")]) for _ in range(4)] == [0, 0, 0, 1]
        await asyncio.sleep(1.01)
        # Two came back.
        assert [await rates.wait([("quick", "x")]) for _ in range(3)] == [0, 0, 1]

    run(work)


def test_a_full_bucket_does_not_overflow(run: Run) -> None:
    async def work(rates: Rates) -> None:
        assert await rates.wait([("quick", "x")]) == 0
        await asyncio.sleep(1.2)
        assert [await rates.wait([("quick", "x")]) for _ in range(4)] == [0, 0, 0, 1]

    run(work)


def test_a_refusal_takes_nothing_from_any(run: Run) -> None:
    async def work(rates: Rates) -> None:
        both = [("many", "address"), ("few", "conversation")]
        assert [await rates.wait(both) for _ in range(2)] == [0, 0]
        assert all([await rates.wait(both) == 10 for _ in range(10)])
        # Three of five are left, in whichever order they are named.
        assert [await rates.wait([("few", f"{n}"), ("many", "address")]) for n in range(4)] == [0, 0, 0, 10]
        assert [await rates.wait([("few", "3")]) for _ in range(3)] == [0, 0, 10]

    run(work)


def test_one_waits_for_the_slowest_of_all(run: Run) -> None:
    async def work(rates: Rates) -> None:
        both = [("quick", "x"), ("few", "x")]
        assert [await rates.wait(both) for _ in range(2)] == [0, 0]
        assert await rates.wait([("quick", "x")]) == 0
        assert await rates.wait(both) == 10

    run(work)


def test_nothing_counted_is_never_refused(run: Run) -> None:
    async def work(rates: Rates) -> None:
        assert all([await rates.wait([]) == 0 for _ in range(10)])

    run(work)


def test_many_at_once_get_no_more_than_there_is(run: Run) -> None:
    async def work(rates: Rates) -> None:
        waits = await asyncio.gather(*(rates.wait([("many", "x")]) for _ in range(100)))
        assert sorted(waits) == [0] * 5 + [10] * 95

    run(work)


def test_nobody_is_remembered_for_ever_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.rate._MOST_KEYS", 100)

    async def work() -> None:
        rates = LocalRates({"address": (1, 0.001)})
        people = [str(random.random()) for _ in range(1_000)]
        assert not any([await rates.wait([("address", person)]) for person in people])
        assert await rates.wait([("address", people[-1])])
        # The first is new again.
        assert await rates.wait([("address", people[0])]) == 0
        assert len(rates._full["address"]) == 100

    asyncio.run(work())


def test_nobody_is_remembered_for_ever_in_redis(redis: Redis) -> None:
    async def work() -> None:
        async with shared(redis, "expiry") as rates:
            client = rates._link.redis
            await rates.wait([("quick", "10.0.0.1"), ("few", "conversation")])
            keys = [key async for key in client.scan_iter("rate:expiry:*")]
            # Until the bucket is full: half a second for one kind, ten for the other. No address can be read.
            quick, few = sorted([await client.pttl(key) for key in keys])
            assert 0 < quick <= 501 and 9_000 < few <= 10_001
            assert not any(b"10.0.0.1" in key for key in keys)

    asyncio.run(work())


def test_workers_count_together(redis: Redis) -> None:
    async def work() -> None:
        async with shared(redis, "together") as one, shared(redis, "together") as two, shared(redis, "apart") as other:
            taken = [("many", "x")]
            assert [await rates.wait(taken) for rates in (one, two, one, two, one)] == [0] * 5
            assert (await one.wait(taken), await two.wait(taken), await other.wait(taken)) == (10, 10, 0)

    asyncio.run(work())


def test_a_message_is_one_round_trip(redis: Redis) -> None:
    async def calls(client: Any) -> dict[str, int]:
        stats = await client.info("commandstats")
        # Within the script a command costs no round trip.
        within = ("cmdstat_time", "cmdstat_get", "cmdstat_set")
        return {name: each["calls"] for name, each in stats.items() if name not in within}

    async def work() -> None:
        async with shared(redis, "counted") as rates:
            await rates.wait([("few", "warm")])
            before = await calls(rates._link.redis)
            for n in range(50):
                await rates.wait([("many", f"{n}"), ("few", f"{n % 3}")])
            after = await calls(rates._link.redis)
        changed = {name: count - before.get(name, 0) for name, count in after.items() if count != before.get(name, 0)}
        assert changed == {"cmdstat_evalsha": 50, "cmdstat_info": 1}

    asyncio.run(work())


def test_a_redis_that_was_restarted_is_told_the_script_again(redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        async with shared(redis) as rates:
            await rates.wait([("few", "x")])
            await asyncio.get_running_loop().run_in_executor(None, redis.restart)
            # Over a connection that broke while it lay idle.
            assert [await rates.wait([("few", "x")]) for _ in range(3)] == [0, 0, 10]
            assert not rates._link.away

    with caplog.at_level(logging.WARNING, "bot"):
        asyncio.run(work())
    assert not caplog.records


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_while_redis_is_away_each_counts_for_itself(redis: Redis, how: str, caplog: pytest.LogCaptureFixture) -> None:
    async def timed(rates: Rates, count: int) -> tuple[list[int], list[float]]:
        waits, seconds = [], []
        for _ in range(count):
            began = time.perf_counter()
            waits.append(await rates.wait([("many", how)]))
            seconds.append(time.perf_counter() - began)
        return waits, seconds

    async def work() -> None:
        async with shared(redis) as rates:
            assert (await timed(rates, 6))[0] == [0] * 5 + [10]
            (redis.kill if how == "killed" else redis.pause)()
            waits, seconds = await timed(rates, 200)
            # Full buckets at first, and no message but the first waits for a Redis that hangs.
            assert waits[:6] == [0] * 5 + [10]
            assert rates._link.away and seconds[0] < 1.0
            assert max(seconds[1:]) < 0.1
            # All at once, when it is time to ask again: only one asks.
            await asyncio.sleep(PAUSE_SECONDS)
            began = time.perf_counter()
            each = await asyncio.gather(*(timed(rates, 1) for _ in range(50)))
            assert time.perf_counter() - began < 1.0
            assert sum(seconds[0] > 0.1 for _, seconds in each) <= 1
            (redis.start if how == "killed" else redis.resume)()
            await asyncio.sleep(PAUSE_SECONDS)
            assert await rates._link.check()
            assert await rates.wait([("few", f"after it was {how}")]) == 0

    with caplog.at_level(logging.WARNING, "bot"):
        asyncio.run(work())
    away, back = [record.getMessage() for record in caplog.records]
    assert away.startswith("Redis is away") and back == "Redis is back"
