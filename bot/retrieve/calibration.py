"""Calibrate the answerable probability, and choose where to stop answering."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from bot.errors import ROOT, InputError

CALIBRATION = ROOT / "data" / "calibration"
KINDS = ("answerable", "near_miss", "off_topic")


@dataclass(frozen=True)
class LabelledQuestion:
    """A question with its verdict, for calibration or for a test.

    Attributes:
        kind: `answerable`, `near_miss` or `off_topic`.
        passages: Passages that answer, the best first; for a near miss the
            nearest one; empty for off topic.
        text: The question.
    """

    kind: str
    passages: tuple[str, ...]
    text: str


def load_labelled(path: Path) -> list[LabelledQuestion]:
    """Load labelled questions.

    Args:
        path: Tab-separated lines: kind, passages (comma-separated or `-`), question.

    Raises:
        InputError: Naming the first line that is not so.
    """
    if not path.is_file():
        raise InputError(path, "no such file.")
    rows = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
            if len(row) != 3 or row[0] not in KINDS or not row[2].strip():
                raise InputError(path, f"needs a kind ({', '.join(KINDS)}), passages and a question, apart by tabs.", number)
            passages = tuple(p for p in row[1].split(",") if p != "-")
            rows.append(LabelledQuestion(row[0], passages, row[2].strip()))
    return rows


@dataclass(frozen=True)
class Calibration:
    """A logistic curve over the log-odds of the raw probability, and a threshold on it.

    Attributes:
        slope: Of the curve.
        offset: Of the curve.
        threshold: Answer from this calibrated probability on.
    """

    slope: float = 1.0
    offset: float = 0.0
    threshold: float = 0.5

    def __call__(self, raw: float) -> float:
        """Return the calibrated probability for a raw one."""
        return float(1.0 / (1.0 + np.exp(-(self.slope * _log_odds(raw) + self.offset))))


def calibrate(raw: Sequence[float], right: Sequence[bool], answerable: Sequence[bool]) -> Calibration:
    """Fit a calibration.

    Args:
        raw: Raw answerable probabilities of `n` questions that the model has not seen.
        right: Whether the first candidate is right, for each.
        answerable: Whether it has an answer at all, for each.

    Returns:
        The curve, with a threshold: of those that get as many questions right
        as the best, give or take one standard error, the one nearest to where
        the model itself is undecided. So many questions tell no more; it is
        the one-standard-error rule of Breiman et al., Classification and
        Regression Trees (1984), for a threshold.
    """
    odds = np.array([_log_odds(r) for r in raw])[:, None]
    model = LogisticRegression(C=100.0).fit(odds, np.asarray(answerable))
    curve = Calibration(float(model.coef_[0, 0]), float(model.intercept_[0]))
    scores, good, wanted = np.asarray(raw), np.asarray(right), np.asarray(answerable)
    # Over the raw probabilities: where the questions are told apart well, the curve is nearly a step.
    grid = np.linspace(0.02, 0.98, 193)
    won = np.array([np.where(wanted, good & (scores >= t), scores < t).sum() for t in grid])
    share = won.max() / len(wanted)
    error = float(np.sqrt(len(wanted) * share * (1 - share)))
    nearest = min(grid[won >= won.max() - error], key=lambda t: abs(t - 0.5))
    return Calibration(curve.slope, curve.offset, curve(float(nearest)))


def _log_odds(probability: float) -> float:
    p = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(p / (1 - p)))
