"""Read labelled talks with the trained listener, each turn in the talk as it really was, and judge what it decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.understand.listener import Meant, Understanding
from bot.understand.talk import Talk
from bot.understand.talks import ANSWERED, CLARIFY, DECLINED, MOVES, OFF_TOPIC, Right, Turn

Understand = Callable[[str, Talk], Understanding]
_NOT_THERE = (DECLINED, OFF_TOPIC)
# Moves that a careful reader would not tell apart.
_ALIKE = (
    {"thanks", "praise", "acknowledge", "goodbye", "stop", "feeling", "greet", "insult", "emoji"},
    {"bot_challenge", "who_made_you", "role_play", "ask_person", "ask_privacy"},
    {"ask_overview", "ask_topics"},
    {"delete_data", "start_over", "ask_privacy", "stop"},
    {"not_what_i_asked", "acknowledge", "insult"},
)


@dataclass(frozen=True)
class Judged:
    """One turn with what was decided.

    Attributes:
        turn: As labelled.
        understood: As decided.
        parts: For each labelled part what the outcome is worth: 1 right, 0.5 an honest doubt, 0 wrong.
        due: What was due for the first part: `answered`, `declined`, `clarify`, `off_topic` or `move`.
        given: What was given for it.
    """

    turn: Turn
    understood: Understanding
    parts: tuple[float, ...]
    due: str
    given: str

    @property
    def worth(self) -> float:
        """Return what the message is worth: its worst part."""
        return min(self.parts)


def judge(turn: Turn, understood: Understanding, document: str) -> Judged:
    """Compare what was decided with what a careful reader would accept."""
    got = list(understood.parts)
    if len(turn.right) == 1 or _alike(turn.right):
        parts: tuple[float, ...] = (max(worth(accepted, one, document) for one in _best(got) for accepted in turn.right),)
    else:
        parts = tuple(
            worth(right, got[i], document)
            if len(got) == len(turn.right)
            else max(worth(right, one, document) for one in got) * 0.0
            for i, right in enumerate(turn.right)
        )
    first = turn.right[0][0].kind
    due = first if first in (ANSWERED, DECLINED, CLARIFY, OFF_TOPIC) else "move"
    return Judged(turn, understood, parts, due, _best(got)[0].outcome)


def _alike(right: Sequence[Sequence[Right]]) -> bool:
    """Tell whether one reply does for all parts: "thanks, bye" and "who wrote it, and is it official" are a single move."""
    firsts = {accepted[0].kind for accepted in right}
    return firsts <= set(MOVES.values()) and (len(firsts) == 1 or any(firsts <= alike for alike in _ALIKE))


def _best(parts: Sequence[Meant]) -> list[Meant]:
    """Return the parts whose outcome is that of the message."""
    order = ("answered", "closest", "clarify", "move", "declined")
    best = min(order.index(p.outcome) for p in parts)
    return [p for p in parts if order.index(p.outcome) == best]


def worth(accepted: Sequence[Right], got: Meant, document: str) -> float:
    """Return what the outcome of a part is worth."""
    return max(_worth(right, got, document) for right in accepted)


def _worth(right: Right, got: Meant, document: str) -> float:
    keys = {f"{document}/{p}" for p in right.passages}
    if got.outcome == "answered":
        return float(right.kind in (ANSWERED, CLARIFY) and got.answers[0] in keys)
    if got.outcome == "closest":
        if right.kind in _NOT_THERE:
            return 0.5
        return 0.5 * float(right.kind in (ANSWERED, CLARIFY) and got.ranked[0] in keys)
    if got.outcome == "declined":
        return float(right.kind in _NOT_THERE or right.kind == "ask_count")
    if got.outcome == "clarify":
        return float(right.kind == CLARIFY)
    if right.kind == got.move or any({right.kind, got.move} <= alike for alike in _ALIKE):
        return 1.0
    return 0.0


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """Return shares over turns; those of a kind that does not occur are 1."""

    def mean(values: Sequence[float]) -> float:
        return sum(values) / len(values) if values else 1.0

    later = [j for j in judged if j.turn.later]
    asking = [j for j in later if j.due != "move"]
    return {
        "turns": float(len(judged)),
        "all right": mean([j.worth for j in judged]),
        "first turns": mean([j.worth for j in judged if not j.turn.later]),
        "later turns that ask": mean([j.worth for j in asking]),
        "answerable right": mean([j.worth for j in judged if j.due == ANSWERED and len(j.turn.right) == 1]),
        "refusals right": mean([j.worth for j in judged if j.due in _NOT_THERE and len(j.turn.right) == 1]),
        "moves right": mean([j.worth for j in judged if j.due == "move"]),
        "two questions": mean([j.worth for j in judged if len(j.turn.right) > 1 and not _alike(j.turn.right)]),
        "nearest right": mean(
            [float(_near(j)) for j in judged if j.due == DECLINED and j.given == DECLINED and j.turn.right[0][0].passages]
        ),
        "closest, answerable": mean([float(j.given == "closest") for j in judged if j.due == ANSWERED]),
        "closest, not said": mean([float(j.given == "closest") for j in judged if j.due in _NOT_THERE]),
    }


def _near(judged: Judged) -> bool:
    """Tell whether a refusal shows the sentence that a careful reader would call the nearest."""
    near = {p for right in judged.turn.right[0] for p in right.passages}
    return any(p.ranked[0].partition("/")[2] in near for p in judged.understood.parts if p.outcome == DECLINED and p.ranked)


def table(judged: Sequence[Judged]) -> Counter[tuple[str, str]]:
    """Return the confusion matrix of outcomes: counts by (due, given)."""
    return Counter((j.due, j.given) for j in judged)
