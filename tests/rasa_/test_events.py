"""Events made from plain data are those that Rasa makes."""

from __future__ import annotations

from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    FollowupAction,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
    deserialise_events,
)

from bot.rasa.events import events_of


def test_they_are_the_same_as_rasas() -> None:
    events = [
        SessionStarted(timestamp=1.0),
        ActionExecuted("action_listen", "SomePolicy", 0.5, 2.0, {"a": 1}, hide_rule_turn=True),
        ActionExecuted(action_text="said", timestamp=3.0),
        UserUttered("hello", {"name": "greet"}, parse_data={"parts": []}, timestamp=4.0, input_channel="rest"),
        DefinePrevUserUtteredFeaturization(False, timestamp=5.0),
        BotUttered("hi", {"custom": {"outcome": "smalltalk"}}, {"m": 1}, 6.0),
        SlotSet("asked", "why?", 7.0),
        SlotSet("asked", None, 8.0, {"m": 2}),
        FollowupAction("action_answer", timestamp=9.0),
        Restarted(timestamp=10.0),
    ]
    data = [e.as_dict() for e in events]
    made = events_of(data)
    assert [type(e) for e in made] == [type(e) for e in events]
    assert [vars(e) for e in made] == [vars(e) for e in deserialise_events(data)]


def test_what_an_action_returns_without_a_time_gets_one() -> None:
    (event,) = events_of([{"event": "slot", "name": "asked", "value": "x", "timestamp": None}])
    assert event.timestamp > 0


def test_data_that_is_no_event_is_left_out_as_rasa_does() -> None:
    assert events_of([{}, {"name": "x"}]) == []
