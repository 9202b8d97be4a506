"""The page's conversations, on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import stat
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.channels.web.store import MAX_TURNS, Conversations
from bot.memory.postgres import PostgresDatabase, pool
from bot.rasa.conversations import conversations
from bot.settings import DATABASE_URL

Step = Callable[[Conversations], Awaitable[Any]]
Steps = Callable[..., list[Any]]
ON_DISK = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


async def remember(*senders: str) -> None:
    """Store an event of each conversation as Rasa does, where that is in the same database."""
    if DATABASE_URL():
        database = PostgresDatabase(pool())
        for sender in senders:
            await database.change("INSERT INTO events (sender_id, type_name, data) VALUES (?, 'user', '{}')", sender)


@pytest.fixture
def steps(run: Callable[..., Any]) -> Steps:
    """Run steps one after the other on a store of their own; return what each gave."""

    def go(path: Path, *steps: Step) -> list[Any]:
        async def work() -> list[Any]:
            await remember("web-a", "web-b")
            store = Conversations(path)
            results = [await step(store) for step in steps]
            await store.close()
            return results

        return list(run(work()))

    return go


def test_history_survives_and_keeps_order(steps: Steps, tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    reply = [{"text": "“quoted”"}, {"custom": {"outcome": "answered"}}]
    steps(path, *(lambda s, i=i: s.add("web-a", "a", f"k{i}", f"q{i}", reply) for i in range(3)))
    (turns,) = steps(path, lambda s: s.history("a"))
    assert [t.question for t in turns] == ["q0", "q1", "q2"]
    assert turns[0].reply == reply


def test_sessions_do_not_see_each_other(steps: Steps, tmp_path: Path) -> None:
    turn, other, rated = steps(
        tmp_path / "c.db",
        lambda s: s.add("web-a", "a", "k", "q", []),
        lambda s: s.history("b"),
        lambda s: s.rate("b", "anything", "up", ""),
    )
    assert turn.question == "q"
    assert (other, rated) == ([], False)


def test_same_key_is_stored_once(steps: Steps, tmp_path: Path) -> None:
    first, second, history = steps(
        tmp_path / "c.db",
        lambda s: s.add("web-a", "a", "k", "q", [{"text": "one"}]),
        lambda s: s.add("web-a", "a", "k", "q", [{"text": "two"}]),
        lambda s: s.history("a"),
    )
    assert first == second
    assert history == [first]


def test_feedback_is_kept_changed_and_taken_back(steps: Steps, tmp_path: Path) -> None:
    async def work(store: Conversations) -> list[tuple[str, str]]:
        turn = await store.add("web-a", "a", "k", "q", [])
        seen = []
        for vote, word in (("down", "wrong paragraph"), ("up", ""), ("", "")):
            assert await store.rate("a", turn.id, vote, word)
            (kept,) = await store.history("a")
            seen.append((kept.vote, kept.word))
        return seen

    assert steps(tmp_path / "c.db", work) == [[("down", "wrong paragraph"), ("up", ""), ("", "")]]


@ON_DISK
def test_deleted_words_are_nowhere_on_disk(steps: Steps, tmp_path: Path) -> None:
    secret = "a very private question 4711"
    path = tmp_path / "c.db"

    async def work(store: Conversations) -> None:
        turn = await store.add("web-a", "a", "k", secret, [{"text": secret}])
        await store.rate("a", turn.id, "down", secret)
        await store.add("web-b", "b", "k", "another's question", [])
        assert await store.delete("a") == 1
        assert len(await store.history("b")) == 1
        for file in tmp_path.iterdir():
            assert secret.encode() not in file.read_bytes(), file

    steps(path, work)


def test_purge_deletes_only_what_is_old(steps: Steps, tmp_path: Path) -> None:
    async def work(store: Conversations) -> None:
        await store.add("web-a", "a", "old", "old", [])
        await asyncio.sleep(0.02)
        border = time.time()
        await store.add("web-a", "a", "new", "new", [])
        assert await store.purge(border) == 1
        assert [t.question for t in await store.history("a")] == ["new"]

    steps(tmp_path / "c.db", work)


def test_history_is_bounded(steps: Steps, tmp_path: Path) -> None:
    async def work(store: Conversations) -> None:
        for i in range(MAX_TURNS + 5):
            await store.add("web-a", "a", str(i), f"q{i}", [])
        turns = await store.history("a")
        assert len(turns) == MAX_TURNS
        assert turns[-1].question == f"q{MAX_TURNS + 4}"

    steps(tmp_path / "c.db", work)


@ON_DISK
def test_database_is_private(steps: Steps, tmp_path: Path) -> None:
    path = tmp_path / "var" / "c.db"
    steps(path, lambda s: s.add("web-a", "a", "k", "q", []))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_an_answer_that_comes_after_the_deletion_by_another_worker_is_not_stored(steps: Steps, tmp_path: Path) -> None:
    async def deleted_before(store: Conversations) -> None:
        await conversations().forget("web-a")
        await store.delete("a")
        late = await store.add("web-a", "a", "k", "q", [{"text": "said"}])
        assert (late.key, late.question, late.reply) == ("k", "q", [{"text": "said"}])
        assert await store.history("a") == []

    async def deleted_meanwhile(store: Conversations) -> None:
        await remember("web-a")
        async with pool().connection() as other:
            await other.execute("BEGIN")
            await other.execute("DELETE FROM events WHERE sender_id = 'web-a'")
            adding = asyncio.create_task(store.add("web-a", "a", "l", "q", []))
            await asyncio.sleep(0.2)
            assert not adding.done()
            await other.execute("COMMIT")
        await adding
        assert await store.history("a") == []

    steps(tmp_path / "c.db", deleted_before, deleted_meanwhile)
