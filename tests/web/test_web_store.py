"""Conversations on disk."""

from __future__ import annotations

import asyncio
import stat
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bot.channels.web.store import MAX_TURNS, Conversations


def run(path: Path, *steps: Callable[[Conversations], Awaitable[Any]]) -> list[Any]:
    """Run steps one after the other on a store of their own; return what each gave."""

    async def work() -> list[Any]:
        store = Conversations(path)
        results = [await step(store) for step in steps]
        await store.close()
        return results

    return asyncio.run(work())


def test_history_survives_and_keeps_order(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    reply = [{"text": "“quoted”"}, {"custom": {"outcome": "answered"}}]
    run(path, *(lambda s, i=i: s.add("a", f"k{i}", f"q{i}", reply) for i in range(3)))
    (turns,) = run(path, lambda s: s.history("a"))
    assert [t.question for t in turns] == ["q0", "q1", "q2"]
    assert turns[0].reply == reply


def test_sessions_do_not_see_each_other(tmp_path: Path) -> None:
    turn, other, rated, found = run(
        tmp_path / "c.db",
        lambda s: s.add("a", "k", "q", []),
        lambda s: s.history("b"),
        lambda s: s.rate("b", "anything", "up", ""),
        lambda s: s.find("b", "k"),
    )
    assert turn.question == "q"
    assert (other, rated, found) == ([], False, None)


def test_same_key_is_stored_once(tmp_path: Path) -> None:
    first, second, history = run(
        tmp_path / "c.db",
        lambda s: s.add("a", "k", "q", [{"text": "one"}]),
        lambda s: s.add("a", "k", "q", [{"text": "two"}]),
        lambda s: s.history("a"),
    )
    assert first == second
    assert history == [first]


def test_feedback_is_kept_changed_and_taken_back(tmp_path: Path) -> None:
    async def steps(store: Conversations) -> list[tuple[str, str]]:
        turn = await store.add("a", "k", "q", [])
        seen = []
        for vote, word in (("down", "wrong paragraph"), ("up", ""), ("", "")):
            assert await store.rate("a", turn.id, vote, word)
            (kept,) = await store.history("a")
            seen.append((kept.vote, kept.word))
        return seen

    assert run(tmp_path / "c.db", steps) == [[("down", "wrong paragraph"), ("up", ""), ("", "")]]


def test_deleted_words_are_nowhere_on_disk(tmp_path: Path) -> None:
    secret = "a very private question 4711"
    path = tmp_path / "c.db"

    async def steps(store: Conversations) -> None:
        turn = await store.add("a", "k", secret, [{"text": secret}])
        await store.rate("a", turn.id, "down", secret)
        await store.add("b", "k", "another's question", [])
        assert await store.delete("a") == 1
        assert len(await store.history("b")) == 1
        for file in tmp_path.iterdir():
            assert secret.encode() not in file.read_bytes(), file

    run(path, steps)


def test_purge_deletes_only_what_is_old(tmp_path: Path) -> None:
    async def steps(store: Conversations) -> None:
        await store.add("a", "old", "old", [])
        await asyncio.sleep(0.02)
        border = time.time()
        await store.add("a", "new", "new", [])
        assert await store.purge(border) == 1
        assert [t.question for t in await store.history("a")] == ["new"]

    run(tmp_path / "c.db", steps)


def test_history_is_bounded(tmp_path: Path) -> None:
    async def steps(store: Conversations) -> None:
        for i in range(MAX_TURNS + 5):
            await store.add("a", str(i), f"q{i}", [])
        turns = await store.history("a")
        assert len(turns) == MAX_TURNS
        assert turns[-1].question == f"q{MAX_TURNS + 4}"

    run(tmp_path / "c.db", steps)


def test_database_is_private(tmp_path: Path) -> None:
    path = tmp_path / "var" / "c.db"
    run(path, lambda s: s.add("a", "k", "q", []))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
