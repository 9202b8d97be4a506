"""The scoreboard as Markdown and as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np

from bot.read.document import Document
from tools.evaluate.labelled import LabelledQuestion
from tools.evaluate.measure import Score

matplotlib.use("Agg")
from matplotlib import pyplot as plt

COLUMNS = ("all right", "right sentence", "near miss declined", "off topic declined", "answerable declined", "closest")


def table(scores: Sequence[Score], intervals: bool = True) -> str:
    """Return the scoreboard as a Markdown table."""
    lines = [f"| | {' | '.join(COLUMNS)} | AUROC | ms |", "| --- |" + " --- |" * (len(COLUMNS) + 2)]
    for score in scores:
        cells = []
        for column in COLUMNS:
            value, low, high = score.figures[column]
            cells.append(f"{value:.3f} ({low:.2f}–{high:.2f})" if intervals else f"{value:.3f}")
        lines.append(f"| {score.name} | {' | '.join(cells)} | {score.auroc:.3f} | {score.milliseconds:.1f} |")
    return "\n".join(lines)


def outcomes(counts: Mapping[tuple[str, str], int], path: Path) -> None:
    """Draw the confusion matrix of outcomes, with counts, coloured by the share of what was due.

    Args:
        counts: By (due, given).
        path: Of the PNG to write.
    """
    due = [n for n in ("answered", "clarify", "declined", "off_topic", "move") if any(d == n for d, _ in counts)]
    given = ["answered", "closest", "clarify", "declined", "move"]
    grid = np.array([[counts.get((d, g), 0) for g in given] for d in due], dtype=float)
    figure, axes = plt.subplots(figsize=(7, 4.5))
    shares = grid / np.maximum(grid.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for i, j in np.ndindex(*grid.shape):
        axes.text(j, i, f"{int(grid[i, j])}", ha="center", va="center", color="white" if shares[i, j] > 0.5 else "black")
    axes.set_xticks(range(len(given)), given)
    axes.set_yticks(range(len(due)), [d.replace("_", " ") for d in due])
    axes.set_xlabel("given")
    axes.set_ylabel("due")
    axes.set_title("Outcomes in talks of strangers")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def picture(score: Score, questions: Sequence[LabelledQuestion], document: Document, threshold: float, path: Path) -> None:
    """Draw which passages are confused, and what a moving threshold gains and costs.

    Args:
        score: Of our bot.
        questions: Those it was measured on.
        document: Whose passages are the classes.
        threshold: In force.
        path: Of the PNG to write.
    """
    names = [p.id for p in document.quotable] + ["none"]
    grid = np.zeros((len(names), len(names)))
    for verdict, question in zip(score.verdicts, questions):
        wanted = question.passages[0] if question.kind == "answerable" else "none"
        grid[names.index(wanted), names.index(verdict.passage if verdict.outcome == "answered" else "none")] += 1
    figure, (left, right) = plt.subplots(1, 2, figsize=(14, 6))
    shares = grid / np.maximum(grid.sum(axis=1, keepdims=True), 1)
    left.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for i, j in zip(*np.nonzero(grid)):
        left.text(
            j, i, f"{int(grid[i, j])}", ha="center", va="center", fontsize=6, color="white" if shares[i, j] > 0.5 else "black"
        )
    left.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    left.set_yticks(range(len(names)), names, fontsize=7)
    left.set_xlabel("answered with")
    left.set_ylabel("should be")
    left.set_title("Confusion between passages")
    wanted_mask = np.array([q.kind == "answerable" for q in questions])
    hit = np.array([v.passage in q.passages for v, q in zip(score.verdicts, questions)])
    sure = np.array([v.score for v in score.verdicts])
    thresholds = np.linspace(0, 1, 201)
    answered_right = [(hit & wanted_mask & (sure >= t)).sum() / wanted_mask.sum() for t in thresholds]
    answered_wrong = [(~(hit & wanted_mask) & (sure >= t)).sum() / len(sure) for t in thresholds]
    right.plot(thresholds, answered_right, label="answerable questions answered right")
    right.plot(thresholds, answered_wrong, label="all questions answered wrongly")
    right.axvline(threshold, color="grey", linestyle="--", label=f"threshold in force ({threshold:.2f})")
    right.set_xlabel("answer from this probability on")
    right.set_ylim(0, 1)
    right.legend()
    right.set_title("What the threshold gains and costs")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)
