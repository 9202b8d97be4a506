"""Events on their way from a real PostgreSQL to a real RabbitMQ, which dies, hangs and comes back meanwhile."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import pytest

from bot.memory import schema
from bot.memory.lease import Lease
from bot.memory.postgres import Pool, PostgresDatabase
from bot.rasa.relay import Relay
from bot.settings import RABBITMQ_QUEUE
from tests.engines import engine
from tools.scale.engines import Postgres, RabbitMQ

pytestmark = pytest.mark.timeout(240)

Events = list[tuple[str, int]]
_INSERT = (
    "WITH new AS (INSERT INTO events (sender_id, type_name, timestamp, data)"
    " SELECT s, 'user', ?, d FROM unnest(?::text[], ?::text[]) AS r (s, d) RETURNING id) INSERT INTO spool SELECT id FROM new"
)


@pytest.fixture(scope="module")
def postgres(slow: None) -> Iterator[Postgres]:
    with engine(Postgres) as running:
        schema.migrate(running.url)
        yield running


@pytest.fixture(scope="module")
def rabbitmq(slow: None) -> Iterator[RabbitMQ]:
    with engine(RabbitMQ) as running:
        yield running


class Bench:
    """A database with events, a queue, and relays between them."""

    def __init__(self, database: PostgresDatabase, rabbitmq: RabbitMQ) -> None:
        self.database, self.rabbitmq = database, rabbitmq

    def relay(self) -> Relay:
        return Relay(self.database, self.rabbitmq.url, Lease(self.database, "relay"))

    async def spool(self, count: int, conversations: int = 20, first: int = 0) -> Events:
        """Store events, numbered, of several conversations in turn."""
        events = [(f"web-{n % conversations}", n) for n in range(first, first + count)]
        data = [json.dumps({"event": "user", "timestamp": 1.5, "text": f"për {n}", "number": n}) for _, n in events]
        await self.database.change(_INSERT, time.time(), [s for s, _ in events], data)
        return events

    async def waiting(self) -> int:
        return int((await self.database.rows("SELECT count(*) FROM spool"))[0][0])

    async def published(self, seconds: float = 30.0) -> None:
        """Wait until nothing waits any more."""
        until = time.monotonic() + seconds
        while await self.waiting():
            assert time.monotonic() < until, f"{await self.waiting()} events still wait"
            await asyncio.sleep(0.1)

    async def received(self) -> Events:
        """Return what lies in the queue, and empty it."""
        found: Events = []
        async with await aio_pika.connect(self.rabbitmq.url) as connection:
            queue = await (await connection.channel()).get_queue(RABBITMQ_QUEUE())
            while message := await queue.get(fail=False, no_ack=True):
                assert message.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
                body = json.loads(message.body)
                assert (body["event"], body["text"]) == ("user", f"për {body['number']}")
                found.append((body["sender_id"], body["number"]))
        return found

    async def away(self, relay: Relay, away: bool, seconds: float = 20.0) -> float:
        began = time.monotonic()
        while relay.away is not away:
            assert time.monotonic() - began < seconds
            await asyncio.sleep(0.02)
        return time.monotonic() - began

    async def hurt(self, work: Callable[[], Any]) -> None:
        """Do something to an engine while the relays go on."""
        await asyncio.get_running_loop().run_in_executor(None, work)


@pytest.fixture
def run(postgres: Postgres, rabbitmq: RabbitMQ) -> Callable[[Callable[[Bench], Coroutine[Any, Any, None]]], None]:
    async def within(work: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
        connections = Pool(postgres.url, 4)
        database = PostgresDatabase(connections)
        await database.change("DELETE FROM events")
        await database.change("DELETE FROM leases")
        try:
            await work(Bench(database, rabbitmq))
        finally:
            await connections.close()

    return lambda work: asyncio.run(within(work))


@asynccontextmanager
async def running(*relays: Relay) -> AsyncIterator[None]:
    for relay in relays:
        relay.begin()
    try:
        yield
    finally:
        for relay in relays:
            await relay.end()


def first_times(received: Events) -> Events:
    """Leave out what came again."""
    return list(dict.fromkeys(received))


def in_order(received: Events) -> dict[str, list[int]]:
    """Return the numbers of each conversation, in the order in which they came."""
    found: dict[str, list[int]] = {}
    for sender, number in received:
        found.setdefault(sender, []).append(number)
    return found


def test_events_come_once_in_order_and_as_rasa_writes_them(run: Any) -> None:
    async def work(bench: Bench) -> None:
        events = await bench.spool(1_000)
        relay = bench.relay()
        async with running(relay):
            await bench.published()
            assert (relay.published, await relay.spooled(), relay.held, relay.away) == (1_000, 0, True, False)
            # What comes later too.
            events += await bench.spool(3, first=1_000)
            await bench.published(5)
        assert in_order(await bench.received()) == in_order(events)
        assert not relay.held and not await bench.database.rows("SELECT * FROM leases")

    run(work)


def test_a_rabbitmq_that_is_killed_in_the_middle_loses_nothing(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def work(bench: Bench) -> None:
        relay = bench.relay()
        events = await bench.spool(5_000)
        async with running(relay):
            while relay.published < 600:
                await asyncio.sleep(0.01)
            await bench.hurt(bench.rabbitmq.kill)
            assert await bench.waiting()
            assert await bench.away(relay, True) < 5
            events += await bench.spool(100, first=5_000)
            await bench.hurt(bench.rabbitmq.start)
            assert await bench.away(relay, False) < 7
            await bench.published()
        received = await bench.received()
        assert in_order(first_times(received)) == in_order(events)
        # Twice at most what was under way when it died.
        assert len(received) - len(events) <= 300

    with caplog.at_level(logging.WARNING, "bot"):
        run(work)
    away, back = [record.getMessage() for record in caplog.records if record.name.startswith("bot")]
    assert away.startswith("RabbitMQ is away") and back == "RabbitMQ is back"


def test_a_rabbitmq_that_hangs_is_noticed_also_when_nothing_is_said(run: Any) -> None:
    async def work(bench: Bench) -> None:
        relay = bench.relay()
        async with running(relay):
            await bench.spool(1)
            await bench.published()
            await bench.received()
            bench.rabbitmq.pause()
            try:
                assert await bench.away(relay, True) < 5
                events = await bench.spool(50)
                await asyncio.sleep(1)
                assert await bench.waiting() == 50
            finally:
                bench.rabbitmq.resume()
            await bench.away(relay, False)
            await bench.published()
        assert in_order(first_times(await bench.received())) == in_order(events)

    run(work)


def test_of_two_relays_one_publishes_until_it_ends(run: Any) -> None:
    async def work(bench: Bench) -> None:
        one, two = bench.relay(), bench.relay()
        async with running(one, two):
            events = await bench.spool(1_000)
            await bench.published()
            first, second = (one, two) if one.held else (two, one)
            assert (first.published, second.published, second.held, await second.spooled()) == (1_000, 0, False, None)
            assert not one.away and not two.away
            await first.end()
            events += await bench.spool(1_000, first=1_000)
            # Released, so that nobody waits for it to expire.
            await bench.published(6)
            assert (first.published, second.published) == (1_000, 1_000)
        assert in_order(await bench.received()) == in_order(events)

    run(work)


def test_a_relay_that_died_is_followed_when_its_lease_has_expired(run: Any) -> None:
    async def work(bench: Bench) -> None:
        dead = Lease(bench.database, "relay")
        assert await dead.hold()
        relay = bench.relay()
        async with running(relay):
            events = await bench.spool(10)
            await asyncio.sleep(2)
            assert await bench.waiting() == 10
            await bench.published(13)
        assert in_order(await bench.received()) == in_order(events)

    run(work)


def test_a_queue_that_was_deleted_is_made_again_and_gets_what_waits(run: Any) -> None:
    async def work(bench: Bench) -> None:
        relay = bench.relay()
        async with running(relay):
            await bench.spool(1)
            await bench.published()
            async with await aio_pika.connect(bench.rabbitmq.url) as connection:
                await (await connection.channel()).queue_delete(RABBITMQ_QUEUE())
            events = await bench.spool(100)
            await bench.published(10)
        assert in_order(first_times(await bench.received())) == in_order(events)

    run(work)
