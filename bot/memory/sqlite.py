"""The one way to open an SQLite file, and to work on it without holding up whoever else is served."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.memory.store import Cursor, Row, StoreError, StoreLocked

T = TypeVar("T")

# Of one try in a thread; between tries the thread serves others.
BUSY_SECONDS = 0.05
# Of all tries: longer than any lock of our own lasts, and short enough for whoever waits for words.
PATIENCE_SECONDS = 1.0
_PAUSE_SECONDS = 0.02


def open_database(path: Path, schema: str = "", autocommit: bool = False) -> sqlite3.Connection:
    """Open a file, made with its folder and for its owner only if missing.

    What is deleted is overwritten. A commit goes to the write-ahead log without an fsync: a power cut may lose the last
    commits, but does not corrupt the file. Several threads may use the connection, one at a time.

    Args:
        path: The file.
        schema: Statements that make the tables that are missing.
        autocommit: Whether every statement is a transaction of its own, unless one is begun.

    Raises:
        StoreError: If it cannot be opened, or is no database.
    """
    try:
        private_file(path)
        db = sqlite3.connect(
            path, timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None if autocommit else "DEFERRED"
        )
    except (OSError, sqlite3.Error) as error:
        raise store_error(path.name, error) from error
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA secure_delete = ON")
        if schema:
            db.executescript(schema)
    except sqlite3.Error as error:
        db.close()
        raise store_error(path.name, error) from error
    return db


def private_file(path: Path) -> None:
    """Make a file, and its folder, for what only the bot may read; the log beside a database gets the same rights.

    Raises:
        OSError: If that cannot be.
    """
    private_folder(path.parent)
    # `touch` does not open a file that exists: closing it would release the POSIX locks of this process on it.
    path.touch(mode=0o600)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def private_folder(folder: Path) -> None:
    """Make a folder for what only the bot may read."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def empty_log(db: sqlite3.Connection) -> None:
    """Fold the write-ahead log into the file: until then it still holds what was deleted."""
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def store_error(name: str, error: Exception) -> StoreError:
    """Return what to raise instead of an error of SQLite or of the system."""
    kind = StoreLocked if isinstance(error, sqlite3.OperationalError) and "locked" in str(error) else StoreError
    return kind(f"{name}: {error}")


async def patiently(threads: Executor, work: Callable[[], T]) -> T:
    """Do some work in a thread and return its result; retry while another connection locks the store.

    Args:
        threads: Runs the work.
        work: Leaves nothing behind when it raises.

    Raises:
        StoreError: At once, or `StoreLocked` after `PATIENCE_SECONDS`.
    """
    loop = asyncio.get_running_loop()
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await loop.run_in_executor(threads, work)
        except StoreLocked:
            if time.monotonic() >= until:
                raise
            await asyncio.sleep(_PAUSE_SECONDS)


class SqliteDatabase:
    """A `Database`: an SQLite file with a thread of its own; opened at the first call, and anew after an error.

    Args:
        path: The file.
        schema: As `open_database` takes it.
    """

    remembered = "? IS NOT NULL"

    def __init__(self, path: Path, schema: str) -> None:
        self._path = path
        self._schema = schema
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=path.stem)
        self._open: sqlite3.Connection | None = None

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what some work on the connection gives: one transaction, or reading.

        Raises:
            StoreError: If the file cannot be read or written now.
        """
        return await patiently(self._thread, lambda: self._work(work))

    async def rows(self, statement: str, *values: Any) -> list[Row]:
        """Return what a statement gives; raises `StoreError`."""
        return await self.run(lambda db: db.execute(statement, values).fetchall())

    async def change(self, statement: str, *values: Any) -> int:
        """Return how many rows a statement changed; raises `StoreError`."""
        return await self.run(lambda db: db.execute(statement, values).rowcount)

    async def wipe(self) -> None:
        """Fold the write-ahead log into the file: until then it still holds what was deleted; raises `StoreError`."""
        await self.run(empty_log)

    async def check(self) -> None:
        """Write something that changes nothing; raises `StoreError`."""
        await self.run(lambda db: db.execute("PRAGMA user_version = 0"))

    async def close(self) -> None:
        """Close the file once everything under way is written."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop)
        self._thread.shutdown()

    def _work(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._open is None:
            self._open = open_database(self._path, self._schema)
        try:
            with self._open:
                return work(self._open)
        except sqlite3.Error as error:
            # Reopened at the next call: a connection opened read-only, or on a disk that failed, does not recover.
            self._drop()
            raise store_error(self._path.name, error) from error

    def _drop(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


@dataclass
class _Fetched:
    """A `Cursor` with all that its statement gave."""

    rowcount: int
    rows: list[Row]

    def fetchone(self) -> Row | None:
        return self.rows.pop(0) if self.rows else None

    def fetchall(self) -> list[Row]:
        rows, self.rows = self.rows, []
        return rows


class SqliteSync:
    """A `SyncDatabase`: an SQLite file, opened at the first use and anew after an error.

    Args:
        path: The file.
        schema: As `open_database` takes it.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self._path = path
        self._schema = schema
        self._open: sqlite3.Connection | None = None

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Cursor:
        """Run a statement, which is a transaction of its own outside of `transaction`; raises `StoreError`."""
        if self._open is None:
            self._open = open_database(self._path, self._schema, autocommit=True)
        try:
            cursor = self._open.execute(statement, values)
            # At once: a row that is left keeps the statement, and its transaction, open.
            rows = cursor.fetchall()
        except sqlite3.Error as error:
            self.close()
            raise store_error(self._path.name, error) from error
        return _Fetched(cursor.rowcount, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make one transaction of the statements within; raises `StoreError`."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            # Which takes back what was begun.
            self.close()
            raise
        self.execute("COMMIT")

    def wipe(self) -> None:
        """Fold the write-ahead log into the file: until then it still holds what was deleted; raises `StoreError`."""
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file; the next use opens it anew."""
        if self._open is not None:
            self._open.close()
            self._open = None
