"""The memory of a talk: what was asked, quoted, declined and offered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import Field, dataclass, fields, replace
from typing import Any

_MOST_GIVEN = 50
_MOST_ASKED_CHARACTERS = 300
# Outcomes that leave everything as it was: they neither ask nor offer.
_PASSING = frozenset({"smalltalk", "source", "error", "forgotten"})
# By the Python type of a field: the type of its slot in Rasa, and the function that turns a value into plain data.
_SLOT_KINDS: dict[type, tuple[str, Callable[[Any], Any]]] = {str: ("text", str), tuple: ("list", list), int: ("float", float)}


def _held(field: Field[Any]) -> Any:
    return type(field.default)


@dataclass(frozen=True)
class Talk:
    """What of the conversation a message may lean on; its fields are the slots of the domain.

    Attributes:
        asked: The last question, as it was typed.
        outcome: How the last question or offer came out, as in the contract of a reply.
        about: Keys (`document/passage`) of what was quoted last, or shown as the nearest since.
        given: Keys of all passages quoted so far, the newest last.
        nearest: Key of what was shown as the nearest or closest thing with the last reply, or empty.
        offered: Keys of the options that were shown last, in their order, unless something else than a quote came since.
        failures: Declined or misunderstood messages in a row.
    """

    asked: str = ""
    outcome: str = ""
    about: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    nearest: str = ""
    offered: tuple[str, ...] = ()
    failures: int = 0

    @classmethod
    def of(cls, slot: Callable[[str], Any]) -> Talk:
        """Read the memory from slots by name; what was never set is empty."""
        return cls(**{f.name: _held(f)(slot(f.name) or f.default) for f in fields(cls)})

    def slots(self) -> dict[str, Any]:
        """Return the memory as plain data by slot."""
        return {f.name: _SLOT_KINDS[_held(f)][1](getattr(self, f.name)) for f in fields(self)}

    @property
    def last(self) -> str:
        """Return the key of what the talk is about, or empty."""
        return self.about[0] if self.about else ""

    def after(self, asked: str, outcome: str, quoted: Sequence[str] = (), nearest: str = "", offered: Sequence[str] = ()) -> Talk:
        """Return the memory after a reply.

        Args:
            asked: The question that was replied to, or empty where none was asked ("go on", "what can I ask?").
            outcome: As in the contract of a reply.
            quoted: Keys of its citations, in the order shown.
            nearest: Key of what it showed as nearest or closest.
            offered: Keys of its options.
        """
        if outcome in _PASSING:
            return self
        if outcome == "restarted":
            return Talk(outcome=outcome, offered=tuple(offered))
        given = tuple(k for k in self.given if k not in quoted) + tuple(quoted)
        shown = tuple(quoted) or ((nearest,) if nearest else ())
        failed = outcome in ("declined", "clarify")
        return replace(
            self,
            asked=asked[:_MOST_ASKED_CHARACTERS] or self.asked,
            outcome=outcome,
            about=shown or self.about,
            given=given[-_MOST_GIVEN:],
            nearest=nearest,
            # What was offered before still stands on the screen: "1", and after its quote "and the second?"
            offered=tuple(offered) or (self.offered if outcome == "answered" else ()),
            failures=self.failures + 1 if failed else 0,
        )


# The slots of the domain, with their types in Rasa.
SLOTS = {f.name: _SLOT_KINDS[_held(f)][0] for f in fields(Talk)}
