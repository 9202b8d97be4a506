"""Lessons as the decision sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.retrieve.shares import NOT_SAID, OFF_TOPIC
from bot.understand.hypotheses import CLARIFY, Hypotheses
from bot.understand.lessons import Lesson
from bot.understand.lexicon import lexicon
from bot.understand.listener import Listener
from bot.understand.parts import part
from bot.understand.talks import ANSWERED, DECLINED
from tools.decision.beside import beside


@dataclass(frozen=True)
class Example:
    """One part: all that it may mean, and what of that is accepted."""

    lesson: Lesson
    hypotheses: Hypotheses
    accepted: frozenset[str]


def examples(lessons: Sequence[Lesson], document: str) -> list[Example]:
    """Return the lessons of which something accepted is among the hypotheses."""
    found = []
    for lesson, evidence in zip(lessons, beside(_evidence, lessons)):
        accepted = accepted_names(lesson, document) & set(evidence.names)
        if accepted:
            found.append(Example(lesson, evidence, frozenset(accepted)))
    return found


def _evidence(listener: Listener, lesson: Lesson) -> Hypotheses:
    return listener.evidence(part(lesson.text, lexicon("en")), lesson.talk)[0]


def accepted_names(lesson: Lesson, document: str) -> set[str]:
    """Return the names of the hypotheses that a careful reader would accept."""
    names: set[str] = set()
    for right in lesson.right:
        if right.kind == ANSWERED:
            names |= {f"{document}/{p}" for p in right.passages}
        elif right.kind == DECLINED:
            # On the subject, but not said; a question off the subject has a kind of its own.
            names |= {NOT_SAID}
        else:
            names.add({"off_topic": OFF_TOPIC, "clarify": CLARIFY}.get(right.kind, right.kind))
    return names
