"""Which engine keeps something: PostgreSQL where `DATABASE_URL` is set, else an SQLite file."""

from __future__ import annotations

from pathlib import Path

from bot.memory.sqlite import SqliteDatabase, SqliteSync
from bot.memory.store import Database, SyncDatabase
from bot.settings import DATABASE_URL


def open_database(path: Path, schema: str) -> Database:
    """Return a database for an event loop.

    Args:
        path: The SQLite file.
        schema: Statements that make the tables that are missing in it; those in PostgreSQL are made by `bot.memory.schema`.
    """
    if DATABASE_URL():
        from bot.memory.postgres import PostgresDatabase, pool

        return PostgresDatabase(pool())
    return SqliteDatabase(path, schema)


def open_sync_database(path: Path, schema: str) -> SyncDatabase:
    """Return a database for a thread that may wait.

    Args:
        path: As for `open_database`.
        schema: As for `open_database`.
    """
    if url := DATABASE_URL():
        from bot.memory.postgres import PostgresSync

        return PostgresSync(url)
    return SqliteSync(path, schema)
