"""`python -m tools.bench.locks`: a Redis lock and PostgreSQL's advisory lock, as the order of a conversation would use them.

Milliseconds for getting and giving back a free lock; and with several that want the same lock, from one holder's giving back
to the next one's getting it, and the longest wait, which tells whether they come in turn. Starts both engines on its own.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis as Client

from bot.memory.postgres import Pool
from tools.scale.engines import Postgres, Redis

FREE = 500
CONTENDERS = 8
TURNS = 15
# As long as a message holds its conversation.
HELD_SECONDS = 0.01

Lock = Callable[[str], AbstractAsyncContextManager[None]]


def redis_lock(client: Client, sleep: float) -> Lock:
    """Return redis-py's own lock: a token that expires, and waiters that look again every so many seconds."""

    @asynccontextmanager
    async def lock(name: str) -> AsyncIterator[None]:
        async with client.lock(name, timeout=30, sleep=sleep):
            yield

    return lock


def advisory_lock(pool: Pool) -> Lock:
    """Return PostgreSQL's lock of a transaction, whose waiters PostgreSQL wakes in order."""

    @asynccontextmanager
    async def lock(name: str) -> AsyncIterator[None]:
        async with pool.connection() as connection:
            async with connection.pipeline():
                await connection.execute("BEGIN")
                await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))
            yield
            await connection.execute("COMMIT")

    return lock


async def free(lock: Lock) -> list[float]:
    """Return the milliseconds of getting and giving back locks that nobody else wants."""
    found = []
    for number in range(FREE):
        began = time.perf_counter()
        async with lock(f"free-{number}"):
            pass
        found.append((time.perf_counter() - began) * 1000)
    return found


async def wanted(lock: Lock) -> tuple[list[float], float]:
    """Return the milliseconds from the end of one turn to the begin of the next, with one lock for all, and the longest wait."""
    found, waits, ended = [], [], 0.0

    async def contend() -> None:
        nonlocal ended
        for _ in range(TURNS):
            asked = time.perf_counter()
            async with lock("wanted"):
                waits.append((time.perf_counter() - asked) * 1000)
                if ended:
                    found.append((time.perf_counter() - ended) * 1000)
                await asyncio.sleep(HELD_SECONDS)
                ended = time.perf_counter()

    await asyncio.gather(*(contend() for _ in range(CONTENDERS)))
    return found, max(waits)


async def measure(redis_url: str, postgres_url: str) -> None:
    """Print the table."""
    client, pool = Client.from_url(redis_url), Pool(postgres_url, CONTENDERS + 1)
    kinds = {
        "redis-py, looks every 100 ms (its default)": redis_lock(client, 0.1),
        "redis-py, looks every 10 ms": redis_lock(client, 0.01),
        "PostgreSQL, advisory lock": advisory_lock(pool),
    }
    print(f"| milliseconds | free p50 | p99 | next of {CONTENDERS} p50 | p99 | longest wait |\n| --- |{' ---: |' * 5}")
    for name, lock in kinds.items():
        async with lock("warm"):
            pass
        alone, (after, longest) = await free(lock), await wanted(lock)
        cells = [*(statistics.quantiles(found, n=100)[at] for found in (alone, after) for at in (49, 98)), longest]
        print(f"| {name} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")
    await client.close()
    await pool.close()


def main() -> None:
    """Start the engines and measure."""
    with tempfile.TemporaryDirectory() as folder:
        # The user `postgres` has to get in.
        Path(folder).chmod(0o711)
        with Redis(Path(folder) / "redis") as redis, Postgres(Path(folder) / "postgres") as postgres:
            asyncio.run(measure(redis.url, postgres.url))


if __name__ == "__main__":
    main()
