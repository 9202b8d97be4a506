"""Count what a system gets right, with bootstrap intervals."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from tools.evaluate.labelled import LabelledQuestion
from tools.evaluate.systems import System, Verdict

RESAMPLES = 1_000


@dataclass(frozen=True)
class Score:
    """A system on the scoreboard.

    Attributes:
        name: Of the system.
        figures: Share right by measure, each with its 95 % interval.
        auroc: Of the score, answerable against near miss.
        milliseconds: Median time of a question, one thread.
        verdicts: One a question, in their order.
    """

    name: str
    figures: dict[str, tuple[float, float, float]]
    auroc: float
    milliseconds: float
    verdicts: tuple[Verdict, ...] = field(repr=False)


def measure(system: System, questions: Sequence[LabelledQuestion]) -> Score:
    """Put every question to a system.

    A clarification of what could have been answered counts as wrong, and so
    does an answer with another sentence than an accepted one; "closest" counts half.
    """
    verdicts, seconds = [], []
    for question in questions:
        started = time.perf_counter()
        verdicts.append(system.verdict(question.text))
        seconds.append(time.perf_counter() - started)
    kinds = np.array([q.kind for q in questions])
    declined = np.array([v.outcome == "declined" for v in verdicts])
    answered = np.array([v.outcome == "answered" for v in verdicts])
    hit = np.array([v.passage in q.passages for v, q in zip(verdicts, questions)])
    best = np.array([v.passage == (q.passages or ("",))[0] for v, q in zip(verdicts, questions)])
    wanted = kinds == "answerable"
    doubted = np.array([v.outcome == "closest" for v in verdicts])
    # An honest doubt is worth half where its sentence is right or nothing answers.
    right = np.where(wanted, (answered & hit) + 0.5 * (doubted & hit), declined + 0.5 * doubted)
    rows = {
        "all right": (right, np.ones_like(wanted)),
        "right sentence": ((answered | doubted) & hit, wanted),
        "right sentence, best only": ((answered | doubted) & best, wanted),
        "near miss declined": (declined | doubted, kinds == "near_miss"),
        "off topic declined": (declined, kinds == "off_topic"),
        "answerable declined": (declined, wanted),
        "closest": (doubted, np.ones_like(wanted)),
    }
    figures = {name: _interval(np.asarray(values[mask], dtype=float)) for name, (values, mask) in rows.items()}
    on_topic = kinds != "off_topic"
    auroc = float(roc_auc_score(wanted[on_topic], np.array([v.score for v in verdicts])[on_topic]))
    return Score(system.name, figures, auroc, float(np.median(seconds) * 1000), tuple(verdicts))


def _interval(values: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    draws = np.random.default_rng(0).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return float(values.mean()), float(low), float(high)
