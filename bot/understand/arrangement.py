"""Which pieces of a message are its questions: each way to arrange them is read, and the evidence of all readings chooses one.

A conditional logit over the arrangements, as over what one part may mean (`decision`), fitted by `tools/decision` to labelled
talks that no reading was taught with, and kept in `arrangement.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bot.retrieve.embedder import Floats
from bot.understand.cues import Cues
from bot.understand.cuts import Gap, cuts
from bot.understand.decision import Decided
from bot.understand.hypotheses import Hypotheses
from bot.understand.lexicon import Lexicon
from bot.understand.parts import MOST_PARTS, Part, joined, split
from bot.understand.talk import Talk

FITTED_FILE = Path(__file__).with_name("arrangement.json")
# Moves that are answered with content: they count as a part of their own beside a question; other moves are small talk.
CONTENT_MOVES = frozenset({"ask_source", "ask_overview", "ask_topics", "ask_count", "repeat", "repeat_earlier", "tell_more"})
_FLOOR = 0.02
# Features of an arrangement; each is a sum over its questions unless it says otherwise.
# - cut_likelihood: log-likelihood of the cuts.
# - asking: log-probability that they are no asides; telling: that the pieces left aside are.
# - decided: mean log-probability of the outcomes of the questions.
# - echoes: questions that neither ask nor choose and are answered with what the talk is about already.
# - two, more: 1 if there are two questions, or more. All below but `aside_passage` are 0 for a single question.
# - answered, closest, declined, move: questions with that outcome; best: log-probability of the best passage, if answered.
# - told: those that do not ask and end as statements do; beside: those that do not ask, if another one does.
# - aside_passage: probability of the best passage, summed over the pieces left aside.
# - whole_answered: 1 if the uncut message is answered; whole_among: 1 if a part has the same answer.
# - joint: 1 if each stretch was read as one text; joint_move: 1 if such a one is a move and nothing else is left.
# - found: 1 if the uncut message is declined, but a part is answered; found_likelihood: log-likelihood of the cuts then.
EVIDENCE = (
    "cut_likelihood", "asking", "telling", "decided", "echoes", "two", "more", "answered", "closest", "declined", "move", "best",
    "told", "beside", "aside_passage", "whole_answered", "whole_among", "found", "found_likelihood", "joint", "joint_move",
)  # fmt: skip


@dataclass(frozen=True)
class Heard:
    """A piece of a message with what it was decided to mean where it stands, and how likely it is to ask nothing."""

    part: Part
    decided: Decided
    cues: Cues
    aside: float

    @property
    def chosen(self) -> bool:
        """Tell whether it chooses something that was offered, a place or a word of the text."""
        return bool(self.cues.picked or self.cues.placed or self.cues.mentioned)

    @property
    def small(self) -> bool:
        """Tell whether it is small talk, which never stands beside a question."""
        return self.decided.outcome == "move" and self.decided.move not in CONTENT_MOVES


@dataclass(frozen=True)
class Arrangement:
    """One way to take a message.

    Attributes:
        likelihood: Log-likelihood of its cuts by the words around them.
        questions: The pieces that count, in their order; at least one.
        aside: Those that do not.
        joint: Whether each stretch was read as one text.
    """

    likelihood: float
    questions: tuple[Heard, ...]
    aside: tuple[Heard, ...]
    joint: bool = False


class Way(NamedTuple):
    """One way to cut a message: the log-likelihood of the cuts, and its pieces by stretch (`parts.split`)."""

    likelihood: float
    pieces: list[list[Part]]


def whole(text: str, lexicon: Lexicon) -> list[Way]:
    """Return the one way to take a message that is known as it stands."""
    return [Way(0.0, split(text, (), lexicon))]


def ways(text: str, lexicon: Lexicon) -> list[Way]:
    """Return all ways to cut a message at its doubtful gaps, first the one without a cut."""
    gaps = cuts(lexicon.code).doubtful(text, lexicon)
    found = []
    for number in range(len(gaps) + 1):
        for taken in combinations(gaps, number):
            likelihood = sum(_log_probability(g, g in taken) for g in gaps)
            found.append(Way(likelihood, split(text, [g.start for g in taken], lexicon)))
    return found


def _log_probability(gap: Gap, taken: bool) -> float:
    return -math.log1p(math.exp(-gap.score if taken else gap.score))


def arrangements(
    found: Iterable[Way], hear: Callable[[list[list[Part]]], list[list[Heard]]], lexicon: Lexicon
) -> list[Arrangement]:
    """Return the arrangements of a message, first the one without a cut; no two have the same questions.

    Args:
        found: The ways to cut it.
        hear: Reads pieces one after the other, each in the light of those before it.
        lexicon: Of its language.
    """
    out: dict[tuple[str, ...], Arrangement] = {}
    for way in found:
        stretches = hear(way.pieces)
        everything = [h for stretch in stretches for h in stretch]
        for questions in (_shaped(everything), _by_stretch(stretches)):
            kept = tuple(questions[:MOST_PARTS])
            aside = tuple(h for h in everything if h not in kept)
            out.setdefault(tuple(h.part.text for h in kept), Arrangement(way.likelihood, kept, aside))
        if any(len(stretch) > 1 for stretch in way.pieces):
            # Each stretch read as one text: a remark of several sentences, or a question that leans on what was told before it.
            together = [stretch[0] for stretch in hear([[joined(stretch, lexicon)] for stretch in way.pieces])]
            kept = tuple([h for h in together if not h.small] or together[-1:])
            aside = tuple(h for h in together if h not in kept)
            out.setdefault(tuple(h.part.text for h in kept), Arrangement(way.likelihood, kept, aside, joint=True))
    return list(out.values())


def _shaped(heard: Sequence[Heard]) -> list[Heard]:
    """Return the pieces that are shaped like questions or choose something; without any, all that is no small talk."""
    kept = [h for h in heard if h.part.asks or h.chosen] or list(heard)
    asked = [h for h in kept if not h.small] or kept[-1:]
    if len(asked) == 1 and asked[0].small:
        # Nothing but small talk: what was said last, before the thanks.
        return [next((h for h in heard if not h.small), asked[0])]
    return asked


def _by_stretch(stretches: Sequence[Sequence[Heard]]) -> list[Heard]:
    """Return of each stretch the pieces that ask, or the last one that is no small talk."""
    asked: list[Heard] = []
    for stretch in stretches:
        real = [h for h in stretch if not h.small]
        asked += [h for h in real if h.part.asks or h.chosen] or real[-1:]
    return asked or list(stretches[-1][-1:])


class Arranger:
    """Weighs the arrangements of a message."""

    def __init__(self, weights: Floats) -> None:
        """Take fitted weights, shape `(len(EVIDENCE),)`."""
        self._weights = weights

    @classmethod
    def load(cls, path: Path = FITTED_FILE) -> Arranger:
        """Load the fitted weights."""
        data = json.loads(path.read_text(encoding="utf-8"))
        if tuple(data) != EVIDENCE:
            raise ValueError(f"{path.name} was fitted to other evidence; run `make decision`")
        return cls(np.array(list(data.values()), dtype=np.float32))

    def save(self, path: Path = FITTED_FILE) -> None:
        """Write the fitted weights."""
        data = dict(zip(EVIDENCE, (round(float(w), 4) for w in self._weights)))
        path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")

    def __call__(self, among: Sequence[Arrangement], talk: Talk) -> Arrangement:
        """Return the arrangement that the evidence speaks for."""
        if len(among) == 1:
            return among[0]
        return among[int(np.argmax(evidence(among, talk).rows @ self._weights))]


def evidence(among: Sequence[Arrangement], talk: Talk) -> Hypotheses:
    """Return what is known of the arrangements of a message, by their place among them.

    Args:
        among: All of them, first the one without a cut.
        talk: What was before the message.
    """
    rows = np.zeros((len(among), len(EVIDENCE)), dtype=np.float32)
    for row, one in zip(rows, among):
        for name, value in _known(one, among[0].questions[0].decided, talk):
            row[EVIDENCE.index(name)] += value
    return Hypotheses(tuple(map(str, range(len(among)))), rows)


def _known(one: Arrangement, together: Decided, talk: Talk) -> Iterator[tuple[str, float]]:
    count = len(one.questions)
    yield "cut_likelihood", one.likelihood
    if one.joint:
        yield "joint", 1.0
        yield "joint_move", one.questions[0].decided.outcome == "move"
    for heard in one.questions:
        decided = heard.decided
        yield "decided", _log(decided.chance) / count
        yield "asking", _log(1.0 - heard.aside)
        if not heard.part.asks and not heard.chosen and decided.outcome in ("answered", "closest"):
            yield "echoes", (decided.answers or decided.ranked)[0] in talk.about
        if count > 1:
            yield from _beside(heard, one)
    for heard in one.aside:
        yield "aside_passage", heard.decided.best
        yield "telling", _log(heard.aside)
    if count > 1:
        yield "two" if count == 2 else "more", 1.0
        if together.outcome == "answered":
            yield "whole_answered", 1.0
            yield "whole_among", any(together.answers[0] in h.decided.answers for h in one.questions)
        elif together.outcome == "declined" and any(h.decided.outcome == "answered" for h in one.questions):
            yield "found", 1.0
            yield "found_likelihood", one.likelihood


def _beside(heard: Heard, one: Arrangement) -> Iterator[tuple[str, float]]:
    """Yield what is known of a question among several."""
    decided = heard.decided
    if decided.outcome in EVIDENCE:
        yield decided.outcome, 1.0
    if decided.outcome == "answered":
        yield "best", _log(decided.best)
    if not heard.part.asks:
        yield "told", heard.part.text.rstrip().endswith((".", "!", "…"))
        yield "beside", any(h.part.asks for h in one.questions)


def _log(chance: float) -> float:
    return math.log(max(chance, _FLOOR))
