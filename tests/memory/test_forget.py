"""Deleting from Rasa's own memory."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channels.web.store import Conversations
from bot.memory.forget import forget
from bot.memory.keeper import Keeper
from bot.memory.store import StoreError
from bot.rasa.tracker_store import RecentTrackerStore


@pytest.fixture(autouse=True)
def keeper(monkeypatch: pytest.MonkeyPatch) -> Keeper:
    """One that knows the stores of this test only."""
    fresh = Keeper()
    for module in ("bot.memory.forget", "bot.rasa.tracker_store", "bot.channels.web.store"):
        monkeypatch.setattr(f"{module}.keeper", fresh)
    return fresh


@pytest.fixture
def agent() -> Any:
    return SimpleNamespace(lock_store=InMemoryLockStore())


def said(sender: str, text: str, at: float | None = None) -> DialogueStateTracker:
    return DialogueStateTracker.from_events(sender, [UserUttered(text, timestamp=at or time.time())], [])


def tracker_store(path: Path) -> RecentTrackerStore:
    return RecentTrackerStore(Domain.empty(), dialect="sqlite", db=str(path))


def test_forget_takes_one_sender_only(tmp_path: Path, agent: Any) -> None:
    async def steps() -> None:
        store = tracker_store(tmp_path / "t.db")
        await store.save(said("web-a", "something private 4711"))
        await store.save(said("web-b", "something else"))
        await forget(agent, "web-a")
        assert list(await store.keys()) == ["web-b"]

    asyncio.run(steps())
    for file in tmp_path.iterdir():
        assert b"private 4711" not in file.read_bytes()


def test_a_store_that_cannot_forget_is_told(agent: Any) -> None:
    with pytest.raises(NotImplementedError, match="RecentTrackerStore"):
        asyncio.run(forget(agent, "web-a"))


def test_the_keeper_purges_every_store_of_what_is_old_and_its_bytes(tmp_path: Path, keeper: Keeper) -> None:
    async def steps() -> None:
        store, page = tracker_store(tmp_path / "t.db"), Conversations(tmp_path / "c.db")
        now = time.time()
        await store.save(said("silent", "theoldwords", now - 100))
        await store.save(
            DialogueStateTracker.from_events(
                "talking", [UserUttered("theoldwords too", timestamp=now - 100), UserUttered("thenewwords")], []
            )
        )
        await page.add("web-a", "a", "k", "theoldwords", [])
        await asyncio.sleep(0.02)
        border = time.time()
        await page.add("web-a", "a", "l", "thenewwords", [])
        await keeper.purge(now - 50)
        assert dict(keeper.purged) == {"conversations": 2}
        assert list(await store.keys()) == ["talking"]
        talking = await store.retrieve("talking")
        assert talking is not None
        assert talking.latest_message.text == "thenewwords"
        await keeper.purge(border)
        assert [t.question for t in await page.history("a")] == ["thenewwords"]
        await page.close()

    asyncio.run(steps())
    left = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert b"theoldwords" not in left


def test_a_store_that_fails_keeps_no_other_from_being_purged(
    tmp_path: Path, keeper: Keeper, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        name = "a"

        async def purge(self, before: float) -> int:
            raise StoreError("broken")

        async def check(self) -> None:
            raise StoreError("broken")

    async def steps() -> None:
        broken, page = Broken(), Conversations(tmp_path / "c.db")
        keeper.register(broken)
        await page.add("web-a", "a", "k", "q", [])
        await keeper.purge(time.time() + 1)
        assert await page.history("a") == []
        await page.close()

    asyncio.run(steps())
    assert "the retention was not kept: a" in caplog.text


def test_forget_waits_for_a_message_that_is_being_handled(tmp_path: Path, agent: Any) -> None:
    async def steps() -> None:
        store = tracker_store(tmp_path / "t.db")

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
