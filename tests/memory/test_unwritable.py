"""Stores that cannot be written while the bot runs: people are told, nothing that was answered is lost, others go on."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
import requests

from bot.channels.gateway import apology
from bot.errors import ROOT
from bot.run.process import BotProcess
from tests.conftest import start_unit
from tools.bench.store import without_room

JOINED = "When did Albania join NATO?"
Break = Callable[[BotProcess], AbstractContextManager[None]]


@contextmanager
def held(unit: BotProcess, name: str = "tracker.db") -> Iterator[None]:
    """Hold a database with another connection."""
    with closing(sqlite3.connect(unit._var / name, isolation_level=None, timeout=10)) as db:
        db.execute("BEGIN EXCLUSIVE")
        yield


def lead(unit: BotProcess, text: str, sender: str) -> tuple[str, str]:
    """Return the outcome of a reply over REST and its first words."""
    messages = unit.ask(text, sender)
    return next(m["custom"]["outcome"] for m in messages if "custom" in m), messages[0].get("text", "")


def readiness(unit: BotProcess, status: int) -> bool:
    """Tell whether `/readyz` comes to a status; what it found it tells for five seconds."""
    until = time.monotonic() + 15
    while time.monotonic() < until:
        if requests.get(f"{unit.url}/readyz", timeout=10).status_code == status:
            return True
        time.sleep(0.5)
    return False


def stored(unit: BotProcess) -> dict[str, int]:
    with closing(sqlite3.connect(f"file:{unit._var / 'tracker.db'}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT sender_id, COUNT(*) FROM events WHERE type_name = 'user' GROUP BY sender_id")
        return {sender.removeprefix("rest-"): count for sender, count in rows}


@pytest.mark.parametrize("broken", [held, without_room])
def test_a_talk_that_cannot_be_saved_is_not_answered_and_goes_on_afterwards(model: None, broken: Break) -> None:
    people = [f"person-{n}" for n in range(8)]
    with start_unit() as unit, ThreadPoolExecutor(len(people)) as pool:
        assert {lead(unit, JOINED, who)[0] for who in people} == {"answered"}
        before = stored(unit)
        with broken(unit):
            asked = pool.map(lambda who: lead(unit, "What does Albania do in the Aegean Sea?", who), people)
            # Who needs no store does not wait.
            longest = 0.0
            for _ in range(10):
                started = time.monotonic()
                assert requests.get(f"{unit.url}/healthz", timeout=5).ok
                longest = max(longest, time.monotonic() - started)
            assert longest < 1
            assert set(asked) == {("error", apology("not_saved").lead)}
            assert readiness(unit, 503)
        assert readiness(unit, 200)
        # The question that was not answered is not remembered, the one before is.
        assert stored(unit) == before
        messages = unit.ask("repeat that", people[0])
        custom = next(m["custom"] for m in messages if "custom" in m)
        assert custom["citations"][0]["passage"] == "p1s1"
        assert stored(unit)[people[0]] == before[people[0]] + 1
        log = (unit._var / "log" / "rasa.log").read_text()
        assert "InMemoryTrackerStore" not in log


def test_a_page_that_cannot_save_keeps_the_question_and_no_other_channel_waits(model: None) -> None:
    with start_unit() as unit:
        token = requests.post(f"{unit.url}/api/session", json={}, timeout=10).json()["token"]

        def say(key: str) -> requests.Response:
            return requests.post(f"{unit.url}/api/message", json={"token": token, "key": key, "text": JOINED}, timeout=10)

        assert say("one").status_code == 200
        with held(unit, "conversations.db"), ThreadPoolExecutor(1) as pool:
            saying = pool.submit(say, "two")
            assert lead(unit, JOINED, "somebody")[0] == "answered"
            refused = saying.result()
            assert (refused.status_code, refused.json()["error"], refused.headers["Retry-After"]) == (503, "not_saved", "2")
            assert readiness(unit, 503)
        again = say("two")
        assert (again.status_code, again.json()["custom"]["outcome"]) == (200, "answered")
        headers = {"Authorization": f"Bearer {token}"}
        turns = requests.get(f"{unit.url}/api/history", headers=headers, timeout=10).json()["turns"]
        assert [t["key"] for t in turns] == ["one", "two"]
        assert readiness(unit, 200)


@pytest.fixture
def rights(slow: None) -> None:
    """Rights count for this process, or for one of another user, which takes its time."""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody whom the rights of a folder stop")
def test_a_folder_that_may_not_be_written_is_told_and_used_once_it_may(rights: None) -> None:
    program = """
import asyncio, os, sys
from pathlib import Path
from bot.memory.sqlite import SqliteDatabase
from bot.memory.store import StoreError
os.seteuid(65534)
folder = Path(sys.argv[1])
async def steps():
    database = SqliteDatabase(folder / "x.db", "CREATE TABLE IF NOT EXISTS said (words TEXT)")
    try:
        await database.check()
    except StoreError as error:
        print("told", error)
    os.seteuid(0); folder.chmod(0o700); os.seteuid(65534)
    await database.check()
    print("written")
    await database.close()
asyncio.run(steps())
"""
    # Not below the folder of pytest, which others may not enter.
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o500)
    os.chown(folder, 65534, 65534)
    try:
        done = subprocess.run([sys.executable, "-c", program, str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert done.stdout.splitlines()[-1:] == ["written"], done.stderr
        assert done.stdout.startswith("told x.db: ")
    finally:
        shutil.rmtree(folder)
