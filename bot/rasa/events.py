"""Events of Rasa from plain data; Rasa itself looks through all its classes of events for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    Event,
    SlotSet,
    deserialise_events,
)

Data = dict[str, Any]


def _action(data: Data) -> ActionExecuted:
    return ActionExecuted(
        data.get("name"),
        data.get("policy"),
        data.get("confidence"),
        data.get("timestamp"),
        data.get("metadata"),
        data.get("action_text"),
        data.get("hide_rule_turn", False),
    )


def _bot(data: Data) -> BotUttered:
    return BotUttered(data.get("text"), data.get("data"), data.get("metadata"), data.get("timestamp"))


def _slot(data: Data) -> SlotSet:
    return SlotSet(data.get("name"), data.get("value"), data.get("timestamp"), data.get("metadata"))


# The commonest; Rasa makes all others.
_MAKERS: dict[str, Callable[[Data], Event]] = {
    ActionExecuted.type_name: _action,
    BotUttered.type_name: _bot,
    SlotSet.type_name: _slot,
}


def events_of(data: Iterable[Data]) -> list[Event]:
    """Return the events that Rasa's `deserialise_events` makes of the same data."""
    made: list[Event] = []
    for one in data:
        maker = _MAKERS.get(one.get("event", ""))
        made += [maker(one)] if maker else deserialise_events([one])
    return made
