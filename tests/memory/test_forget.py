"""Deleting from Rasa's own memory."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore, SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.memory.forget import forget, purge
from bot.rasa.tracker_store import RecentTrackerStore


def agent_with(store: TrackerStore) -> Any:
    return SimpleNamespace(tracker_store=FailSafeTrackerStore(store), lock_store=InMemoryLockStore())


def said(sender: str, text: str, at: float | None = None) -> DialogueStateTracker:
    return DialogueStateTracker.from_events(sender, [UserUttered(text, timestamp=at or time.time())], [])


def sql_store(path: Path) -> SQLTrackerStore:
    return SQLTrackerStore(Domain.empty(), dialect="sqlite", db=str(path))


@pytest.mark.parametrize("kind", ["sql", "memory"])
def test_forget_takes_one_sender_only(tmp_path: Path, kind: str) -> None:
    async def steps() -> None:
        store = sql_store(tmp_path / "t.db") if kind == "sql" else InMemoryTrackerStore(Domain.empty())
        agent = agent_with(store)
        await store.save(said("web-a", "something private 4711"))
        await store.save(said("web-b", "something else"))
        await forget(agent, "web-a")
        assert list(await store.keys()) == ["web-b"]

    asyncio.run(steps())
    for file in tmp_path.iterdir():
        assert b"private 4711" not in file.read_bytes()


@pytest.mark.parametrize("kind", [SQLTrackerStore, RecentTrackerStore])
def test_purge_deletes_what_is_old_and_its_bytes(tmp_path: Path, kind: type[SQLTrackerStore]) -> None:
    async def steps() -> None:
        store = kind(Domain.empty(), dialect="sqlite", db=str(tmp_path / "t.db"))
        now = time.time()
        await store.save(said("silent", "theoldwords", now - 100))
        await store.save(
            DialogueStateTracker.from_events(
                "talking", [UserUttered("theoldwords too", timestamp=now - 100), UserUttered("thenewwords")], []
            )
        )
        assert await purge(agent_with(store), now - 50) == 2
        assert list(await store.keys()) == ["talking"]
        talking = await store.retrieve("talking")
        assert talking is not None
        assert talking.latest_message.text == "thenewwords"

    asyncio.run(steps())
    left = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert b"theoldwords" not in left


def test_forget_waits_for_a_message_that_is_being_handled(tmp_path: Path) -> None:
    async def steps() -> None:
        store = sql_store(tmp_path / "t.db")
        agent = agent_with(store)

        async def handle() -> None:
            async with agent.lock_store.lock("web-a"):
                await asyncio.sleep(0.3)
                await store.save(said("web-a", "late"))

        handling = asyncio.create_task(handle())
        await asyncio.sleep(0.05)
        await forget(agent, "web-a")
        await handling
        assert list(await store.keys()) == []

    asyncio.run(steps())
