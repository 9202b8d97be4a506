"""PostgreSQL behind the same interfaces as the SQLite files, in bounded time.

The tables are made by `bot/memory/migrations`; schemas `public`, `web` and `telegram` are all on the search path, so that
a statement names a table as it does in an SQLite file.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from bot.memory.store import Cursor, Row, StoreError, StoreLocked
from bot.settings import DATABASE_CONNECTIONS, DATABASE_URL

T = TypeVar("T")
Connection = psycopg.AsyncConnection[Row]

# For a statement, and for a connection of the pool.
STATEMENT_SECONDS = 3.0
_CONNECT_SECONDS = 2
# Longer than `_IDLE_SECONDS`: who waits for a conversation gets it from a worker that was stopped in the middle of a message.
LOCK_SECONDS = 12.0
_IDLE_SECONDS = 10
_OPTIONS = (
    "-c search_path=public,web,telegram "
    f"-c statement_timeout={int(LOCK_SECONDS * 1000)} "
    f"-c idle_in_transaction_session_timeout={_IDLE_SECONDS * 1000}"
)
# Elsewhere than on Linux an end that the server sent first is noticed by the next statement.
_CLOSED = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)
_BUSY = (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled, psycopg.errors.DeadlockDetected)


def _connect_options() -> dict[str, Any]:
    return {
        "autocommit": True,
        "connect_timeout": _CONNECT_SECONDS,
        "options": _OPTIONS,
        # A machine that vanished is noticed by the kernel: nothing else ends a read.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        "application_name": "albania-nato-bot",
    }


@lru_cache(maxsize=256)
def _translated(statement: str) -> str:
    return statement.replace("%", "%%").replace("?", "%s")


def _error(error: Exception, where: str = "PostgreSQL") -> StoreError:
    said = str(error).strip().splitlines()
    kind = StoreLocked if isinstance(error, _BUSY) else StoreError
    return kind(f"{where}: {said[0] if said else type(error).__name__}")


class Pool:
    """The connections of this process, for its event loop; opened at the first use.

    Args:
        url: Of the database.
        most: How many connections there may be.
    """

    def __init__(self, url: str, most: int) -> None:
        self._url, self._most = url, most
        self._pool: AsyncConnectionPool[Connection] | None = None
        # Whoever waits for others of this process waits as long as it likes; the time limit is for the server.
        self._places = asyncio.Semaphore(most)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection; one that is left inside a transaction is closed.

        Raises:
            StoreError: If there is none in time, and for every error of PostgreSQL within.
        """
        async with self._places, self._lent() as connection:
            yield connection

    @asynccontextmanager
    async def _lent(self) -> AsyncIterator[Connection]:
        if self._pool is None:
            self._pool = AsyncConnectionPool(
                self._url,
                connection_class=psycopg.AsyncConnection,
                kwargs=_connect_options(),
                min_size=1,
                max_size=self._most,
                open=False,
                # Past this the pool gives up, and the next message makes it try again at once; it would else wait for minutes.
                reconnect_timeout=1.0,
                num_workers=2,
                name="bot",
            )
            await self._pool.open()
        pool = self._pool
        try:
            connection = await self._lend(pool)
        except (psycopg.Error, PoolTimeout) as error:
            raise _error(error) from error
        try:
            yield connection
        except psycopg.Error as error:
            raise _error(error) from error
        finally:
            if connection.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                # Closing ends the transaction and frees its lock, without a round trip to a server that may not answer.
                connection.pgconn.finish()
            await pool.putconn(connection)

    @staticmethod
    async def _lend(pool: AsyncConnectionPool[Connection]) -> Connection:
        """Return a connection that was not closed by the server while it lay in the pool."""
        until = time.monotonic() + STATEMENT_SECONDS
        while True:
            connection = await pool.getconn(timeout=max(until - time.monotonic(), 0.05))
            if not _ended(connection):
                return connection
            connection.pgconn.finish()
            await pool.putconn(connection)

    async def close(self) -> None:
        """Close all connections."""
        if self._pool is not None:
            await self._pool.close(timeout=2.0)
            self._pool = None


def _ended(connection: Connection) -> bool:
    """Tell whether the server, or `_break_off`, has closed a connection that lies idle."""
    if connection.closed:
        return True
    # Asked of the kernel: what there is to read may also be a TLS ticket.
    waiting = select.poll()
    waiting.register(connection.fileno(), _CLOSED)
    return bool(waiting.poll(0))


async def in_time(connection: Connection, work: Awaitable[T], seconds: float = STATEMENT_SECONDS) -> T:
    """Return what some work on a connection gives; the connection is broken off if that takes too long.

    Cancelling psycopg would wait for the server's consent, which a stopped server does not give.

    Raises:
        StoreError: If it takes longer than that.
        psycopg.Error: As the work does.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        await _break_off(connection, task)
        raise
    if not done:
        await _break_off(connection, task)
        raise StoreError(f"PostgreSQL: no answer within {seconds:g} s")
    return task.result()


async def _break_off(connection: Connection, task: asyncio.Future[Any]) -> None:
    """End some work on a connection by shutting its socket down, and the connection with it."""
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as there:
        # The read under way then ends with an error. Closing the descriptor instead would leave the event loop waiting on it.
        there.shutdown(socket.SHUT_RDWR)
    await asyncio.wait({task}, timeout=1.0)
    if task.done() and not task.cancelled():
        # Retrieved, so that asyncio does not log it.
        task.exception()


@lru_cache(maxsize=1)
def pool() -> Pool:
    """Return the process's one pool, as the settings ask for it."""
    return Pool(DATABASE_URL(), DATABASE_CONNECTIONS())


class PostgresDatabase:
    """A `Database` on the pool.

    Args:
        pool: Of this process.
    """

    # The lock of the row makes a deletion by another worker wait, or is not to be had after it.
    remembered = "EXISTS (SELECT 1 FROM events WHERE sender_id = ? FOR SHARE)"

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def rows(self, statement: str, *values: Any) -> list[Row]:
        """Return what a statement gives; raises `StoreError`."""
        return await self._run(lambda connection: _rows(connection, _translated(statement), values))

    async def change(self, statement: str, *values: Any) -> int:
        """Return how many rows a statement changed; raises `StoreError`."""
        return await self._run(lambda connection: _changed(connection, _translated(statement), values))

    async def wipe(self) -> None:
        """Do nothing: PostgreSQL's own vacuum reuses the room of what was deleted."""

    async def check(self) -> None:
        """Raise `StoreError` if nothing can be written now."""
        # `pg_current_xact_id` takes a transaction id, which a server in recovery or read-only refuses.
        await self.rows("SELECT pg_current_xact_id()")

    async def close(self) -> None:
        """Do nothing: the pool is that of the process, which closes it when no message is under way any more."""

    async def _run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async with self._pool.connection() as connection:
            return await in_time(connection, work(connection))


async def _rows(connection: Connection, statement: str, values: Sequence[Any]) -> list[Row]:
    return await (await connection.execute(statement, values)).fetchall()


async def _changed(connection: Connection, statement: str, values: Sequence[Any]) -> int:
    return (await connection.execute(statement, values)).rowcount


class PostgresSync:
    """A `SyncDatabase`: one connection, opened at the first use and anew after an error.

    Args:
        url: Of the database.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._open: psycopg.Connection[Row] | None = None

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Cursor:
        """Run a statement; raises `StoreError`."""
        try:
            return self._connection().execute(_translated(statement), values)
        except psycopg.Error as error:
            raise self._failed(error) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make one transaction of the statements within; raises `StoreError`."""
        try:
            with self._connection().transaction():
                yield
        except psycopg.Error as error:
            raise self._failed(error) from error

    def wipe(self) -> None:
        """Do nothing: PostgreSQL's own vacuum reuses the room of what was deleted."""

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _connection(self) -> psycopg.Connection[Row]:
        if self._open is None:
            options = _connect_options()
            options["options"] += f" -c statement_timeout={int(STATEMENT_SECONDS * 1000)}"
            self._open = psycopg.Connection.connect(self._url, **options)
        return self._open

    def _failed(self, error: Exception) -> StoreError:
        self.close()
        return _error(error)
