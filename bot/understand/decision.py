"""The one decision: what a part means, from all the evidence, with calibrated probabilities.

A conditional logit (McFadden 1974) over the hypotheses of a part: one weight a figure of evidence, the same for all
passages and for all moves, so that it holds for any statement and bank. It is fitted once on labelled talks that no
reading was taught with (`tools/decision`), and kept in `decision.json`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from bot.retrieve.embedder import Floats
from bot.retrieve.shares import NOT_SAID, OFF_TOPIC
from bot.understand.hypotheses import CLARIFY, WIDTH, Hypotheses

FITTED_FILE = Path(__file__).with_name("decision.json")
_MOST_QUOTED = 3
_MOST_OPTIONS = 3


@dataclass(frozen=True)
class Decided:
    """What a part means.

    Attributes:
        outcome: `answered`, `closest`, `clarify`, `declined` or `move`.
        move: The intent of the move, else empty.
        answers: Keys of the passages that answer, the best first.
        ranked: Keys of passages, the best first: by their probability, and by how near they come if it is declined.
        answerable: Probability that some passage answers, given that it is a question.
        foreign: Whether a declined part has nothing to do with the documents.
        chance: Probability of the outcome, whatever the passage or the move.
        best: Probability of the likeliest passage.
    """

    outcome: str
    move: str = ""
    answers: tuple[str, ...] = ()
    ranked: tuple[str, ...] = ()
    answerable: float = 0.0
    foreign: bool = False
    chance: float = 0.0
    best: float = 0.0


@dataclass(frozen=True)
class Thresholds:
    """Limits between the outcomes; found on labelled talks of authors that nothing else was fitted to.

    Attributes:
        answer: From this probability of being answerable on, the outcome is `answered`.
        closest: Below `answer`, but from this probability on, it is `closest`; below that, `declined`.
        beside: A further passage is quoted if its probability is at least this share of the best one's.
        certain: None is, if the best one has at least this share of the probability of all passages.
    """

    answer: float = 0.5
    closest: float = 0.5
    beside: float = 0.6
    certain: float = 0.6


class Decision:
    """Weighs the hypotheses of a part."""

    def __init__(self, weights: Floats, thresholds: Thresholds, nearest: Floats | None = None) -> None:
        """Take fitted weights of all hypotheses, and those by which the nearest passage is chosen; both of shape `(WIDTH,)`.

        What comes nearest to a question that no passage answers is another choice than what may answer: mostly what the talk is
        about, though it has just been found not to say it. By default the likeliest answer is the nearest.
        """
        self.weights = weights
        self.thresholds = thresholds
        self.nearest = weights if nearest is None else nearest

    @classmethod
    def load(cls, path: Path = FITTED_FILE) -> Decision:
        """Load the fitted decision."""
        data = json.loads(path.read_text(encoding="utf-8"))
        weights, nearest = (np.array(data.get(name, ()), dtype=np.float32) for name in ("weights", "nearest"))
        if len(weights) != WIDTH or len(nearest) != WIDTH:
            raise ValueError(f"{path.name} was fitted to other evidence; run `make decision`")
        return cls(weights, Thresholds(**data["thresholds"]), nearest)

    def save(self, path: Path = FITTED_FILE) -> None:
        """Write the fitted decision."""
        fitted = {name: [round(float(w), 4) for w in getattr(self, name)] for name in ("weights", "nearest")}
        data = {"thresholds": vars(self.thresholds), **fitted}
        path.write_text(json.dumps(data) + "\n", encoding="utf-8")

    def chances(self, of: Hypotheses) -> dict[str, float]:
        """Return the probability of each hypothesis; they sum to one."""
        scores = of.rows @ self.weights
        odds = np.exp(scores - scores.max())
        return dict(zip(of.names, (odds / odds.sum()).tolist()))

    def __call__(self, of: Hypotheses) -> Decided:
        """Decide what a part means."""
        found = decided(self.chances(of), self.thresholds)
        if found.outcome != "declined":
            return found
        nearness = dict(zip(of.names, (of.rows @ self.nearest).tolist()))
        keys = sorted((k for k in nearness if "/" in k), key=lambda k: -nearness[k])
        return replace(found, ranked=tuple(keys[: _MOST_OPTIONS + 1]))


def decided(chances: dict[str, float], at: Thresholds) -> Decided:
    """Return what a part means by the probabilities of its hypotheses."""
    keys = sorted((n for n in chances if "/" in n), key=lambda n: -chances[n])
    moves = [n for n in chances if "/" not in n and n not in (NOT_SAID, OFF_TOPIC, CLARIFY)]
    passages = sum(chances[k] for k in keys)
    absent, foreign = chances.get(NOT_SAID, 0.0), chances.get(OFF_TOPIC, 0.0)
    asked = max(passages + absent + foreign, 1e-9)
    answerable = passages / asked
    ranked = tuple(keys[: _MOST_OPTIONS + 1])
    move = max(moves, key=lambda n: chances[n], default="")
    moved, unclear, best = sum(chances[n] for n in moves), chances.get(CLARIFY, 0.0), chances[keys[0]] if keys else 0.0
    if moved > max(asked, unclear):
        return Decided("move", move, (), ranked, answerable, False, moved, best)
    if unclear > asked or not keys:
        return Decided("clarify", "", (), ranked, answerable, False, unclear, best) if keys else Decided("declined", foreign=True)
    if answerable >= at.answer:
        answers = [keys[0]]
        if best < at.certain * passages:
            answers += [k for k in keys[1:_MOST_QUOTED] if chances[k] >= at.beside * best]
        return Decided("answered", "", tuple(answers), ranked, answerable, False, passages, best)
    if answerable >= at.closest:
        return Decided("closest", "", (), ranked, answerable, False, passages, best)
    return Decided("declined", "", (), ranked, answerable, foreign > absent, absent + foreign, best)


def fit(
    examples: Sequence[Hypotheses],
    accepted: Sequence[frozenset[str]],
    weights: Sequence[float] | None = None,
    ridge: float = 3e-4,
) -> Floats:
    """Return the weights of a conditional logit.

    Args:
        examples: The hypotheses of `n` parts.
        accepted: Those of each that a careful reader would accept; at least one of them among its names.
        weights: How much each part counts.
        ridge: Penalty on the square of the weights.
    """
    rows = np.concatenate([e.rows for e in examples]).astype(np.float64)
    sizes = np.array([len(e.names) for e in examples])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    owner = np.repeat(np.arange(len(examples)), sizes)
    good = np.array([name in right for e, right in zip(examples, accepted) for name in e.names])
    count = np.ones(len(examples)) if weights is None else np.asarray(weights, dtype=np.float64)
    total = count.sum()

    def loss(w: Floats) -> tuple[float, Floats]:
        scores = rows @ w
        odds = np.exp(scores - np.maximum.reduceat(scores, starts)[owner])
        shares = odds / np.add.reduceat(odds, starts)[owner]
        right = np.maximum(np.add.reduceat(shares * good, starts), 1e-12)
        slope = (shares - shares * good / right[owner]) * count[owner]
        return float(-(count * np.log(right)).sum() / total + ridge * (w @ w)), rows.T @ slope / total + 2 * ridge * w

    found = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return np.asarray(found.x, dtype=np.float32)
