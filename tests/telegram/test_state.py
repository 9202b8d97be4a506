"""What the channel keeps, in an SQLite file and in PostgreSQL: what survives a restart, and what does not stay."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram.state import SCHEMA, LeaseLost, TelegramState
from bot.memory.database import open_sync_database
from bot.memory.lease import SyncLease

# Opens what is kept, each time with a connection of its own; holding a lease if told so.
Open = Callable[..., TelegramState]
ON_DISK = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
SHARED = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "telegram.db"


@pytest.fixture
def open_state(engine: str, path: Path) -> Iterator[Open]:
    opened = []

    def make(lease: bool = False) -> TelegramState:
        database = open_sync_database(path, SCHEMA)
        held = SyncLease(database, "telegram") if lease else None
        assert held is None or held.take()
        opened.append(TelegramState(database, held))
        return opened[-1]

    yield make
    for state in opened:
        state.close()


def open_updates(state: TelegramState) -> list[dict[str, Any]]:
    return list(state.kept(state.waiting(2**60)).values())


def test_update_is_taken_in_once_even_after_a_restart(open_state: Open) -> None:
    state = open_state()
    state.take_in([(2, {"update": 2}), (1, {"update": 1}), (2, {})])
    assert state.waiting(0) == [1, 2]
    state.finish(1)
    state.close()
    state = open_state()
    state.take_in([(1, {}), (2, {}), (3, {"update": 3})])
    assert [u["update"] for u in open_updates(state)] == [2, 3]


def test_an_update_that_several_take_in_at_once_is_stored_once(open_state: Open) -> None:
    states = [open_state() for _ in range(4)]
    states[0].take_in([])
    threads = [threading.Thread(target=s.take_in, args=([(u, {"by": n}) for u in range(50)],)) for n, s in enumerate(states)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states[0].waiting(0) == list(range(50))


@ON_DISK
def test_handled_update_leaves_no_words(open_state: Open, path: Path) -> None:
    state = open_state()
    state.take_in([(1, {"text": "a very private question"})])
    state.plan(1, [{"text": "a very private answer"}])
    state.finish(1)
    state.wipe()
    assert b"very private" not in b"".join(p.read_bytes() for p in path.parent.iterdir())


def test_update_with_nothing_to_do_is_only_counted(open_state: Open) -> None:
    state = open_state()
    assert state.highest_update() == 0
    state.take_in([(7, None)])
    state.take_in([(7, {"update": 7})])
    assert state.waiting(7) == []
    assert state.waiting(6) == [7]
    assert state.kept([7]) == {}
    assert state.highest_update() == 7


def test_what_was_kept_of_many_updates_is_read_in_parts(open_state: Open) -> None:
    state = open_state()
    for start in range(0, 2_500, 100):
        state.take_in([(n, {"update": n}) for n in range(start, start + 100)])
    assert state.kept(state.waiting(0)) == {n: {"update": n} for n in range(2_500)}


def test_outbox_goes_on_where_it_stopped(open_state: Open) -> None:
    state = open_state()
    state.take_in([(1, {})])
    state.plan(1, [{"text": "a"}, {"text": "b"}, {"text": "c"}])
    state.sending(1, 0, 40)
    state.sent(1, 0, 41)
    state.sending(1, 1, 41)
    assert state.under_way() == 1
    state.close()
    rows = open_state().planned(1)
    assert [(r.part, r.fields["text"], r.sending_after, r.message) for r in rows] == [
        (0, "a", 40, 41),
        (1, "b", 41, None),
        (2, "c", None, None),
    ]


@SHARED
def test_who_has_lost_the_lease_sends_nothing_and_changes_nothing(open_state: Open) -> None:
    state, other = open_state(lease=True), open_state()
    state.take_in([(1, {"update": 1}), (2, {"update": 2})])
    state.plan(1, [{"text": "a"}])
    state.sending(1, 0, 40)

    def elsewhere(statement: str) -> None:
        other._db.execute(statement)

    # Nobody had it meanwhile: it goes on.
    elsewhere("UPDATE leases SET until = clock_timestamp() - interval '1 minute'")
    state.sending(1, 0, 40)
    # Too little is left of it to send something: it is renewed before.
    elsewhere("UPDATE leases SET until = clock_timestamp() + interval '1 second'")
    state.sending(1, 0, 40)
    elsewhere("DELETE FROM leases")
    for work in (
        lambda: state.sending(1, 0, 50),
        lambda: state.plan(1, [{"text": "b"}]),
        lambda: state.plan(2, [{"text": "b"}]),
        lambda: state.finish(1),
    ):
        with pytest.raises(LeaseLost):
            work()
    assert [(p.fields, p.sending_after) for p in state.planned(1)] == [({"text": "a"}, 40)]
    assert state.planned(2) == []
    assert [u["update"] for u in open_updates(state)] == [1, 2]
    # It also knows when the lease was another's and is free again.
    following = open_state(lease=True)
    following.finish(1)
    elsewhere("DELETE FROM leases")
    with pytest.raises(LeaseLost):
        state.sending(1, 0, 50)


def test_option_id_is_short_stable_and_finds_its_question(open_state: Open) -> None:
    state = open_state()
    short = state.option_id("albania_in_nato/p7s2", "Since when? " * 50)
    assert len(short.encode()) <= 64
    state.close()
    state = open_state()
    assert state.option_id("albania_in_nato/p7s2", "Since when? " * 50) == short
    assert state.option_question(short) == "Since when? " * 50
    assert state.option_question("q:made-up") is None


def test_a_tap_is_acknowledged_once(open_state: Open) -> None:
    state = open_state()
    assert not state.is_acknowledged("7")
    for _ in range(2):
        state.acknowledged("7")
    assert state.is_acknowledged("7")
    state.prune()
    assert state.is_acknowledged("7")


def test_conversation_is_one_a_person_and_chat_and_cannot_be_guessed(open_state: Open) -> None:
    state = open_state()
    names = {state.conversation(-5, 1), state.conversation(-5, 2), state.conversation(1, 1)}
    assert len(names) == 3
    assert state.conversation(-5, 1) in names
    assert all(len(name) > 25 and not any(c in name for c in ("-5/", "/1")) for name in names)


@ON_DISK
def test_names_of_an_older_version_are_those_that_the_gateway_knows(open_state: Open, path: Path) -> None:
    state = open_state()
    name = state.conversation(1, 1)
    state.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE people SET conversation = 'telegram-' || conversation")
    for _ in range(2):
        state = open_state()
        assert state.known_conversation(1, 1) == name
        state.close()


def test_dropped_conversation_begins_anew(open_state: Open) -> None:
    state = open_state()
    first = state.conversation(1, 1)
    state.drop_conversation(first)
    assert state.known_conversation(1, 1) is None
    assert state.conversation(1, 1) != first


def test_conversations_move_with_their_group(open_state: Open) -> None:
    state = open_state()
    name, other = state.conversation(-5, 1), state.conversation(-5, 2)
    there = state.conversation(-1005, 2)
    state.move_chat(-5, -1005)
    assert state.conversation(-1005, 1) == name
    # Somebody who has spoken in the new one already goes on with that.
    assert state.conversation(-1005, 2) == there
    assert state.conversation(-5, 2) == other


def test_stale_conversations_are_those_not_seen_for_days(open_state: Open) -> None:
    state = open_state()
    name = state.conversation(1, 1)
    assert state.stale_conversations(1) == []
    assert state.stale_conversations(-1) == [name]


def test_what_messages_are_about_is_bounded_and_goes_with_its_conversation(open_state: Open) -> None:
    state = open_state()
    ana, besa = state.conversation(1, 1), state.conversation(-5, 2)
    state.keep_light(-5, [7, 0], besa, {"quoted": ["d/p1s1"]})
    state.keep_light(-5, [0], besa, {"quoted": ["d/p2s1"]})
    for message in range(1, 1_001, 2):
        state.keep_light(1, [message, message + 1, message], ana, {"quoted": [f"d/p{message}s1"]})
    assert state.light(1, 1_000) == state.light(1, 999) == {"quoted": ["d/p999s1"]}
    assert state.light(1, 1) is None
    assert state._db.execute("SELECT count(*) FROM lights").fetchone()[0] <= 500
    state.drop_conversation(ana)
    assert state.light(1, 1_000) is None
    assert state.light(-5, 7) == {"quoted": ["d/p1s1"]}
    assert state.light(-5, 0) is None


def test_facts_are_remembered_and_forgotten(open_state: Open) -> None:
    state = open_state()
    for value in ("1", "2", None):
        state.remember("bot", value)
        assert state.fact("bot") == value
    state.remember("bot", "3")
    state.reset()
    assert state.fact("bot") is None


@ON_DISK
def test_file_is_for_its_owner_only(open_state: Open, path: Path) -> None:
    open_state().take_in([(1, None)])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_words_of_any_characters_are_stored(open_state: Open) -> None:
    state = open_state()
    state.take_in([(1, {"text": "\ud800 \0 100 % ?"})])
    assert open_updates(state)[0]["text"] == "\ud800 \0 100 % ?"
