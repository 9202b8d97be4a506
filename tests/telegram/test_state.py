"""The channel's file: what survives a restart, and what does not stay."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from bot.channels.telegram.state import TelegramState


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "telegram.db"


def test_update_is_taken_in_once_even_after_a_restart(path: Path) -> None:
    state = TelegramState(path)
    assert state.take_in([(2, {"update": 2}), (1, {"update": 1}), (2, {})]) == [2, 1]
    state.finish(1)
    state.close()
    state = TelegramState(path)
    assert state.take_in([(1, {}), (2, {}), (3, {"update": 3})]) == [3]
    assert [u["update"] for u in state.open_updates()] == [2, 3]


def test_handled_update_leaves_no_words(path: Path) -> None:
    state = TelegramState(path)
    state.take_in([(1, {"text": "a very private question"})])
    state.plan(1, [{"text": "a very private answer"}])
    state.finish(1)
    state.wipe()
    assert b"very private" not in b"".join(p.read_bytes() for p in path.parent.iterdir())


def test_update_with_nothing_to_do_is_only_counted(path: Path) -> None:
    state = TelegramState(path)
    assert state.take_in([(1, None)]) == [1]
    assert state.open_updates() == []
    assert state.take_in([(1, {"update": 1})]) == []
    assert state.last_update() == 1


def test_outbox_goes_on_where_it_stopped(path: Path) -> None:
    state = TelegramState(path)
    state.take_in([(1, {})])
    state.plan(1, [{"text": "a"}, {"text": "b"}, {"text": "c"}])
    state.sending(1, 0, 40)
    state.sent(1, 0, 41)
    state.sending(1, 1, 41)
    state.close()
    rows = TelegramState(path).planned(1)
    assert [(r.part, r.fields["text"], r.sending_after, r.message) for r in rows] == [
        (0, "a", 40, 41),
        (1, "b", 41, None),
        (2, "c", None, None),
    ]


def test_option_id_is_short_stable_and_finds_its_question(path: Path) -> None:
    state = TelegramState(path)
    short = state.option_id("albania_in_nato/p7s2", "Since when? " * 50)
    assert len(short.encode()) <= 64
    state.close()
    state = TelegramState(path)
    assert state.option_id("albania_in_nato/p7s2", "Since when? " * 50) == short
    assert state.option_question(short) == "Since when? " * 50
    assert state.option_question("q:made-up") is None


def test_conversation_is_one_a_person_and_chat_and_cannot_be_guessed(path: Path) -> None:
    state = TelegramState(path)
    names = {state.conversation(-5, 1), state.conversation(-5, 2), state.conversation(1, 1)}
    assert len(names) == 3
    assert state.conversation(-5, 1) in names
    assert all(len(name) > 25 and not any(c in name for c in ("-5/", "/1")) for name in names)


def test_names_of_an_older_version_are_those_that_the_gateway_knows(path: Path) -> None:
    state = TelegramState(path)
    name = state.conversation(1, 1)
    state.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE people SET conversation = 'telegram-' || conversation")
    for _ in range(2):
        state = TelegramState(path)
        assert state.known_conversation(1, 1) == name
        state.close()


def test_dropped_conversation_begins_anew(path: Path) -> None:
    state = TelegramState(path)
    first = state.conversation(1, 1)
    state.drop_conversation(first)
    assert state.known_conversation(1, 1) is None
    assert state.conversation(1, 1) != first


def test_conversations_move_with_their_group(path: Path) -> None:
    state = TelegramState(path)
    name = state.conversation(-5, 1)
    state.move_chat(-5, -1005)
    assert state.conversation(-1005, 1) == name


def test_stale_conversations_are_those_not_seen_for_days(path: Path) -> None:
    state = TelegramState(path)
    name = state.conversation(1, 1)
    assert state.stale_conversations(1) == []
    assert state.stale_conversations(-1) == [name]


def test_what_messages_are_about_is_bounded_and_goes_with_its_conversation(path: Path) -> None:
    state = TelegramState(path)
    ana, besa = state.conversation(1, 1), state.conversation(-5, 2)
    state.keep_light(-5, [7, 0], besa, {"quoted": ["d/p1s1"]})
    for message in range(1, 1_001, 2):
        state.keep_light(1, [message, message + 1], ana, {"quoted": [f"d/p{message}s1"]})
    assert state.light(1, 1_000) == state.light(1, 999) == {"quoted": ["d/p999s1"]}
    assert state.light(1, 1) is None
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM lights").fetchone()[0] <= 500
    state.drop_conversation(ana)
    assert state.light(1, 1_000) is None
    assert state.light(-5, 7) == {"quoted": ["d/p1s1"]}
    assert state.light(-5, 0) is None


def test_file_is_for_its_owner_only(path: Path) -> None:
    TelegramState(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_lone_surrogates_are_stored(path: Path) -> None:
    state = TelegramState(path)
    assert state.take_in([(1, {"text": "\ud800"})]) == [1]
    assert state.open_updates()[0]["text"] == "\ud800"
