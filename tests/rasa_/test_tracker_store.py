"""The bounded tracker stores, on SQLite and PostgreSQL, against Rasa's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa.tracker_store import RecentTrackerStore

Run = Callable[..., Any]
Stores = tuple[Any, SQLTrackerStore]

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [ask]
slots:
  last: {type: text, influence_conversation: false, mappings: [{type: custom}]}
  first: {type: text, influence_conversation: false, mappings: [{type: custom}]}
actions: [action_answer]
"""
)


def _turn(number: int) -> list[Event]:
    return [
        UserUttered(f"question {number}", {"name": "ask", "confidence": 1.0}),
        ActionExecuted("action_answer"),
        BotUttered(f"answer {number}"),
        SlotSet("last", str(number)),
        ActionExecuted("action_listen"),
    ]


def _start() -> list[Event]:
    return [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen"), SlotSet("first", "yes")]


async def _hold(store: Any, sender: str, turns: int) -> DialogueStateTracker:
    tracker = await store.get_or_create_tracker(sender)
    for events in (_start(), *map(_turn, range(turns))):
        tracker = await _say(store, tracker, events)
    return tracker


async def _say(store: Any, tracker: DialogueStateTracker, events: list[Event]) -> DialogueStateTracker:
    """Store some events of a conversation; returns it as it is read back."""
    for event in events:
        tracker.update(event, DOMAIN)
    await store.save(tracker)
    found = await store.retrieve(tracker.sender_id)
    assert found is not None
    return found


@pytest.fixture
def stores(engine: str, tmp_path: Path) -> Stores:
    rasa = SQLTrackerStore(domain=DOMAIN, dialect="sqlite", db=str(tmp_path / "rasa.db"))
    if engine == "sqlite":
        return RecentTrackerStore(domain=DOMAIN, dialect="sqlite", db=str(tmp_path / "recent.db")), rasa
    from bot.rasa.shared_tracker_store import SharedTrackerStore

    return SharedTrackerStore(DOMAIN), rasa


@pytest.mark.parametrize("turns", [0, 1, 3, 4, 5, 30])
def test_everything_is_stored_once_and_in_order(stores: Stores, run: Run, turns: int) -> None:
    full = []
    for store in stores:
        run(_hold(store, "a", turns))
        tracker = run(store.retrieve_full_tracker("a"))
        assert tracker is not None
        full.append([(type(e).__name__, getattr(e, "text", "")) for e in tracker.events])
    assert full[0] == full[1]


def test_a_long_conversation_keeps_its_slots_in_a_short_tracker(stores: Stores, run: Run) -> None:
    recent, rasa = (run(_hold(store, "a", 100)) for store in stores)
    assert recent.current_slot_values() == rasa.current_slot_values()
    assert (recent.get_slot("first"), recent.get_slot("last")) == ("yes", "99")
    assert len(recent.events) < 40
    assert len(rasa.events) > 500
    assert recent.latest_message.text == rasa.latest_message.text == "question 99"
    assert recent.latest_action_name == rasa.latest_action_name


def test_a_window_begins_with_a_turn(stores: Stores, run: Run) -> None:
    tracker = run(_hold(stores[0], "a", 50))
    first = next(e for e in tracker.events if not isinstance(e, SlotSet))
    assert isinstance(first, ActionExecuted)
    assert first.action_name == "action_listen"


@pytest.mark.parametrize("said", [1, 20, 60])
def test_a_turn_longer_than_the_window_keeps_its_message(stores: Stores, run: Run, said: int) -> None:
    async def talk(store: Any) -> DialogueStateTracker:
        tracker = await _hold(store, "a", 30)
        user, *rest = _turn(30)
        return await _say(store, tracker, [user, *(BotUttered(f"part {n}") for n in range(said)), *rest])

    recent, rasa = (run(talk(store)) for store in stores)
    assert recent.latest_message.text == rasa.latest_message.text == "question 30"
    assert recent.get_last_event_for(UserUttered) is not None
    assert recent.current_slot_values() == rasa.current_slot_values()


def test_a_new_session_forgets_the_slots_of_the_old(stores: Stores, run: Run) -> None:
    async def talk(store: Any) -> DialogueStateTracker:
        tracker = await _hold(store, "a", 30)
        again = [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]
        for events in (again, *map(_turn, range(20))):
            tracker = await _say(store, tracker, events)
        return tracker

    recent, rasa = (run(talk(store)) for store in stores)
    assert recent.current_slot_values() == rasa.current_slot_values()
    assert (recent.get_slot("first"), recent.get_slot("last")) == (None, "19")


def test_what_rasas_own_store_wrote_goes_on(tmp_path: Path) -> None:
    path = str(tmp_path / "t.db")
    asyncio.run(_hold(SQLTrackerStore(domain=DOMAIN, dialect="sqlite", db=path), "a", 12))
    store = RecentTrackerStore(domain=DOMAIN, dialect="sqlite", db=path)
    tracker = asyncio.run(store.retrieve("a"))
    assert tracker is not None
    assert tracker.get_slot("last") == "11"
    for event in _turn(12):
        tracker.update(event, DOMAIN)
    asyncio.run(store.save(tracker))
    assert len(asyncio.run(store.retrieve_full_tracker("a")).events) == 5 + 13 * 5  # type: ignore[union-attr]
    # And opening it again finds its index.
    RecentTrackerStore(domain=DOMAIN, dialect="sqlite", db=path)


def test_conversations_do_not_mix(stores: Stores, run: Run) -> None:
    store = stores[0]
    run(_hold(store, "a", 20))
    run(_hold(store, "b", 2))
    assert run(store.retrieve("b")).get_slot("last") == "1"  # type: ignore[union-attr]
    assert run(store.retrieve("nobody")) is None


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_what_is_deleted_is_not_published_any_more(stores: Stores, run: Run, postgres: str) -> None:
    import psycopg

    store = stores[0]
    store._spooled = True

    def counts() -> list[int]:
        with psycopg.connect(postgres) as connection:
            return [connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("events", "spool")]  # type: ignore[index]

    for sender in ("a", "b", "readiness-c"):
        run(_hold(store, sender, 1))
    events, spooled = counts()
    assert 0 < spooled == events * 2 // 3
    run(store.forget("a"))
    assert counts() == [events * 2 // 3, spooled // 2]
    assert run(store.purge(9e9)) == events * 2 // 3
    assert counts() == [0, 0]
