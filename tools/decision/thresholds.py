"""Choose where the outcomes part, on parts of authors that the weights were not fitted to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.understand.decision import Thresholds, decided
from bot.understand.talks import ANSWERED
from tools.decision.examples import Example

# Of the answerable and of the others, this share at most may end as "not certain".
_MOST_CLOSEST = (0.10, 0.15)
# Between an answer and a refusal there is always some room for doubt, though the score alone would do without:
# people are served better by an honest doubt than by a wrong answer.
_MIDDLE = 0.12
# Half of the standard error of the worth of some 4,000 parts.
_NOISE = 0.0025


def score(example: Example, chances: dict[str, float], at: Thresholds) -> tuple[float, bool, bool]:
    """Return what an outcome is worth (1, 0.5 for a fair doubt, 0), whether it is closest, and whether the part is answerable."""
    got = decided(chances, at)
    kinds = {r.kind for r in example.lesson.right}
    answerable = ANSWERED in kinds
    if got.outcome == "answered":
        worth = float(got.answers[0] in example.accepted)
    elif got.outcome == "closest":
        worth = 0.5 * float(got.ranked[0] in example.accepted or bool(kinds & {"declined", "off_topic"}))
    elif got.outcome == "declined":
        worth = float(bool(kinds & {"declined", "off_topic"}))
    elif got.outcome == "clarify":
        worth = float("clarify" in kinds)
    else:
        worth = float(got.move in example.accepted)
    return worth, got.outcome == "closest", answerable


def choose(chances: Sequence[dict[str, float]], examples: Sequence[Example]) -> tuple[Thresholds, list[tuple[float, bool, bool]]]:
    """Return the thresholds worth most that keep within the shares of uncertain answers, and the scores at them.

    Args:
        chances: For each example the probabilities of its hypotheses.
        examples: Parts of labelled talks.
    """
    found: list[tuple[float, Thresholds, list[tuple[float, bool, bool]]]] = []
    for answer in np.arange(0.30, 0.87, 0.04):
        for closest in np.arange(0.14, answer - _MIDDLE + 0.001, 0.04):
            at = Thresholds(round(float(answer), 2), round(float(min(closest, answer)), 2))
            scores = [score(e, c, at) for e, c in zip(examples, chances)]
            shares = [np.mean([c for _, c, a in scores if a == kind] or [False]) for kind in (True, False)]
            if all(s <= most for s, most in zip(shares, _MOST_CLOSEST)):
                found.append((float(np.mean([w for w, _, _ in scores])), at, scores))
    most = max(worth for worth, _, _ in found)
    # Among those within the noise of the best, the one nearest to 0.5: the probabilities are calibrated.
    _, best, scores = min((f for f in found if f[0] >= most - _NOISE), key=lambda f: (abs(f[1].answer - 0.5), -f[0]))
    return best, scores


def told(scores: Sequence[tuple[float, bool, bool]]) -> str:
    """Return the mean worth of parts in all, of the answerable, of the others, and the shares of uncertain answers of both."""
    means = [np.mean([w for w, _, a in scores if a in kinds]) for kinds in ((True, False), (True,), (False,))]
    shares = [np.mean([c for _, c, a in scores if a == kind]) for kind in (True, False)]
    return " | ".join(f"{m:.3f}" for m in (*means, *shares))
