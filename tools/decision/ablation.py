"""What each kind of evidence is worth: the decision fitted without it, on the same talks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bot.retrieve.embedder import Floats
from bot.understand.hypotheses import BLOCKS, OWN, SITUATION, WIDTH, Hypotheses
from tools.decision.examples import Example
from tools.decision.thresholds import choose, told
from tools.decision.weights import crossed

_BANK = ("alone_sure", "best_alone", "spread_alone")
_READER = ("context_sure", "best_context", "spread_context")


def _columns(dropped: str) -> list[int]:
    """Return the columns that depend on the bank's reading (`alone`), the reader's (`inside`) or the cues (`cues`)."""
    found: list[int] = []
    start = 0
    size = len(SITUATION)
    names = {"alone": _BANK, "inside": _READER}.get(dropped, ())
    for block, width in BLOCKS.items():
        own = OWN[block]
        read = width > size + len(own)
        if read and dropped in ("alone", "inside"):
            first = start + size * (dropped == "inside")
            found += range(first, first + size)
        situation = start + 2 * size * read
        found += [situation + i for i, name in enumerate((*SITUATION, *own)) if name in names]
        if dropped == "cues":
            found += [situation + size + i for i, name in enumerate(own) if name not in _BANK + _READER]
        start += width
    return found


def ablations(examples: Sequence[Example], made: Sequence[Example]) -> str:
    """Return a table of what the decision is worth with each evidence and with all, on parts of authors it was not fitted to.

    Args:
        examples: Parts of labelled talks.
        made: Parts that are only fitted to.
    """
    rows = {
        "(a) bank's reading and cues, without the reader": ("inside",),
        "(b) reader alone": ("alone", "cues"),
        "bank's reading alone": ("inside", "cues"),
        "both readings, without cues": ("cues",),
        "(c) all": (),
    }
    lines = [
        "| evidence | worth of a part | of the answerable | of the others | closest, answerable | closest, others |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, dropped in rows.items():
        kept = np.ones(WIDTH, dtype=np.float32)
        kept[[c for d in dropped for c in _columns(d)]] = 0.0
        seen, only = _masked(examples, kept), _masked(made, kept)
        _, scores = choose(crossed(seen, only), seen)
        lines.append(f"| {name} | {told(scores)} |")
    return "\n".join(lines)


def _masked(examples: Sequence[Example], kept: Floats) -> list[Example]:
    return [replace(e, hypotheses=Hypotheses(e.hypotheses.names, e.hypotheses.rows * kept)) for e in examples]
