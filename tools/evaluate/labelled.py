"""Labelled questions that stand alone, of calibration and held-out files."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

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
