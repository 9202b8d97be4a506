"""Conversations in PostgreSQL: one message at a time over all workers, in bounded time; who lost the lock writes nothing."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from bot.memory import postgres as postgres_module
from bot.memory.postgres import Pool
from bot.memory.store import StoreError
from bot.rasa.conversations import Conversations

Run = Callable[..., Any]
pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


class Worker:
    """What one process has: a pool, and its view on the conversations."""

    def __init__(self, url: str, most: int = 4) -> None:
        self.pool = Pool(url, most)
        self.conversations = Conversations(self.pool, recent=100)
        self.turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def say(self, sender: str, text: str) -> int:
        """Store one event; returns how many there were before."""
        async with self.turns[sender], self.conversations.hold(sender):
            before = await self.conversations.read(sender)
            await asyncio.sleep(0.005)
            await self.write(sender, text)
        return len(before)

    async def write(self, sender: str, text: str) -> None:
        await self.conversations.write(sender, (["user"], [time.time()], [None], [None], [text]), True)


@pytest.fixture
def workers(postgres: str, run: Run) -> Any:
    two = Worker(postgres), Worker(postgres)
    yield two
    for worker in two:
        run(worker.pool.close())


def stored(url: str, sender: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [r[0] for r in connection.execute("SELECT data FROM events WHERE sender_id = %s ORDER BY id", (sender,))]


def test_every_message_sees_those_before_it_whichever_worker_has_it(workers: Any, postgres: str, run: Run) -> None:
    async def talk() -> list[int]:
        turns = []
        for number in range(20):
            turns += [asyncio.create_task(w.say(s, f"{n}{number}")) for n, w in enumerate(workers) for s in ("a", "b")]
        return list(await asyncio.gather(*turns))

    seen = run(talk())
    # Each saw another number of messages before it: none was handled beside another.
    assert sorted(seen) == sorted([*range(40), *range(40)])
    assert len(stored(postgres, "a")) == 40


def test_who_dies_lets_the_next_one_through_and_has_written_nothing(workers: Any, postgres: str, run: Run) -> None:
    async def steps() -> float:
        one, two = workers
        with pytest.raises(StoreError):
            async with one.conversations.hold("a"):
                waiting = asyncio.create_task(two.say("a", "second"))
                await asyncio.sleep(0.1)
                assert not waiting.done()
                with psycopg.connect(postgres, autocommit=True) as other:
                    other.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
                started = time.monotonic()
                await waiting
                seconds = time.monotonic() - started
                await one.write("a", "first")
        return seconds

    assert run(steps()) < 1.0
    assert stored(postgres, "a") == ["second"]


def test_an_error_in_a_turn_writes_nothing_and_frees_the_conversation(workers: Any, postgres: str, run: Run) -> None:
    async def steps() -> None:
        with pytest.raises(ValueError, match="broken"):
            async with workers[0].conversations.hold("a"):
                raise ValueError("broken")
        await asyncio.wait_for(workers[1].say("a", "next"), 1.0)
        await asyncio.wait_for(workers[0].say("a", "after"), 1.0)

    run(steps())
    assert stored(postgres, "a") == ["next", "after"]


def test_whoever_gives_up_while_waiting_is_passed_over(workers: Any, postgres: str, run: Run) -> None:
    async def steps() -> None:
        one, two = workers
        async with one.conversations.hold("a"):
            waiting = asyncio.create_task(two.say("a", "gave up"))
            await asyncio.sleep(0.1)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await one.write("a", "one")
        await asyncio.wait_for(two.say("a", "two"), 1.0)

    run(steps())
    assert stored(postgres, "a") == ["one", "two"]


def test_a_server_that_closed_idle_connections_costs_nobody_a_message(workers: Any, postgres: str, run: Run) -> None:
    async def steps() -> None:
        for number in range(3):
            await workers[0].say("a", str(number))
            with psycopg.connect(postgres, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'bot'"
                )
            await asyncio.sleep(0.05)

    run(steps())
    assert stored(postgres, "a") == ["0", "1", "2"]


def test_more_messages_than_connections_wait_for_each_other(postgres: str, run: Run) -> None:
    worker = Worker(postgres, most=2)
    run(asyncio.wait_for(_many(worker), 10))
    run(worker.pool.close())
    assert all(len(stored(postgres, f"c{n}")) == 1 for n in range(40))


async def _many(worker: Worker) -> None:
    await asyncio.gather(*(worker.say(f"c{n}", "x") for n in range(40)))


def test_a_server_that_does_not_answer_is_given_up_in_time(postgres: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes connections and says nothing, as one that was stopped."""
    monkeypatch.setattr(postgres_module, "_CONNECT_SECONDS", 1)

    async def steps() -> float:
        silent = await asyncio.start_server(lambda r, w: asyncio.sleep(30), "127.0.0.1", 0)
        port = silent.sockets[0].getsockname()[1]
        worker = Worker(f"postgresql://bot@127.0.0.1:{port}/bot")
        started = time.monotonic()
        with pytest.raises(StoreError):
            await worker.say("a", "x")
        seconds = time.monotonic() - started
        await worker.pool.close()
        silent.close()
        return seconds

    assert run(steps()) < 6.0
