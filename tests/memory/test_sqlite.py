"""Opening a database, and working on one that others hold or that cannot be written."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import time
from pathlib import Path

import pytest

from bot.memory.sqlite import PATIENCE_SECONDS, SqliteDatabase, open_database
from bot.memory.store import StoreError, StoreLocked

SCHEMA = "CREATE TABLE IF NOT EXISTS said (words TEXT)"


def say(db: sqlite3.Connection) -> int:
    return db.execute("INSERT INTO said VALUES ('x')").rowcount


def test_a_file_is_made_for_its_owner_only_with_its_log(tmp_path: Path) -> None:
    path = tmp_path / "var" / "x.db"
    db = open_database(path, SCHEMA)
    say(db)
    db.commit()
    assert {stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()} == {0o600}
    assert len(list(path.parent.iterdir())) == 3
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    db.close()


def test_a_file_of_an_older_version_opens_and_is_private_from_then_on(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    old = sqlite3.connect(path)
    old.executescript(f"{SCHEMA}; INSERT INTO said VALUES ('before');")
    old.close()
    path.chmod(0o644)
    db = open_database(path, SCHEMA)
    assert db.execute("SELECT words FROM said").fetchall() == [("before",)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    db.close()


@pytest.mark.parametrize("kind", ["folder", "no database", "no folder"])
def test_what_cannot_be_opened_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.db"
    if kind == "folder":
        path.mkdir()
    elif kind == "no database":
        path.write_bytes(b"words " * 1_000)
    else:
        path.write_bytes(b"")
        path = path / "y.db"
    with pytest.raises(StoreError, match=path.name):
        open_database(path, SCHEMA)


def test_a_locked_file_is_waited_for_without_holding_up_the_loop(tmp_path: Path) -> None:
    async def steps() -> None:
        database = SqliteDatabase(tmp_path / "x.db", SCHEMA)
        await database.run(say)
        other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        working = asyncio.create_task(database.run(say))
        longest, last = 0.0, time.monotonic()
        for _ in range(40):
            await asyncio.sleep(0.01)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        assert longest < 0.3
        assert not working.done()
        other.execute("ROLLBACK")
        assert await working == 1
        other.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        for work in (database.run(say), database.check()):
            with pytest.raises(StoreLocked, match="locked"):
                await work
        assert time.monotonic() - started < 2 * PATIENCE_SECONDS + 1
        other.close()
        await database.check()
        assert await database.run(lambda db: db.execute("SELECT COUNT(*) FROM said").fetchone()) == (2,)
        await database.close()

    asyncio.run(steps())
