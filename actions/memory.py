"""What the bot remembers of a conversation: a few named slots."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

LAST_PASSAGE = "last_passage"
LAST_QUESTION = "last_question"
GIVEN = "given"
OFFERED = "offered"
FAILURES = "failures"
CHOOSING = "choosing"
_MOST_GIVEN = 50


@dataclass(frozen=True)
class Memory:
    """The slots of one conversation.

    Attributes:
        last_passage: Key of the passage quoted last, or empty.
        last_question: The question it was quoted for, as understood.
        given: Keys of the passages quoted so far, the newest last.
        offered: Keys of the passages offered or runners-up last time.
        failures: Declined or misunderstood messages in a row.
        choosing: Keys of the options, right after the bot asked which is meant.
    """

    last_passage: str = ""
    last_question: str = ""
    given: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    failures: int = 0
    choosing: tuple[str, ...] = ()

    @classmethod
    def of(cls, tracker: Tracker) -> Memory:
        """Read the memory from a tracker."""
        slot = tracker.get_slot
        return cls(
            slot(LAST_PASSAGE) or "",
            slot(LAST_QUESTION) or "",
            tuple(slot(GIVEN) or ()),
            tuple(slot(OFFERED) or ()),
            int(slot(FAILURES) or 0),
            tuple(slot(CHOOSING) or ()),
        )

    def after_answer(self, keys: list[str], question: str, offered: tuple[str, ...] = ()) -> Memory:
        """Return the memory after passages were quoted for a question."""
        given = tuple(k for k in self.given if k not in keys) + tuple(keys)
        return Memory(keys[-1], question, given[-_MOST_GIVEN:], offered, 0)

    def after_failure(self, offered: tuple[str, ...] = (), choosing: tuple[str, ...] = (), nearest: str = "") -> Memory:
        """Return the memory after nothing could be answered.

        Args:
            offered: What was offered instead.
            choosing: The options, if the bot asked which is meant.
            nearest: What was shown as the nearest thing: the talk is about it
                if nothing was quoted before.
        """
        last = self.last_passage or nearest
        return replace(self, last_passage=last, offered=offered, failures=self.failures + 1, choosing=choosing)

    def events(self, before: Memory) -> list[dict[str, Any]]:
        """Return the slot events that turn `before` into this memory."""
        pairs = {
            LAST_PASSAGE: (self.last_passage, before.last_passage),
            LAST_QUESTION: (self.last_question, before.last_question),
            GIVEN: (list(self.given), list(before.given)),
            OFFERED: (list(self.offered), list(before.offered)),
            FAILURES: (float(self.failures), float(before.failures)),
            CHOOSING: (list(self.choosing), list(before.choosing)),
        }
        return [SlotSet(name, new) for name, (new, old) in pairs.items() if new != old]
