"""What each kind of evidence is worth: the decision fitted without it, on the same talks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.understand.decision import Decision, Thresholds, fit
from bot.understand.hypotheses import BLOCKS, OWN, SITUATION, WIDTH, Hypotheses
from tools.decision.examples import Example
from tools.decision.thresholds import choose, score

_BANK = ("alone_sure", "best_alone", "spread_alone")
_READER = ("context_sure", "best_context", "spread_context")


def _columns(dropped: str) -> list[int]:
    """Return the columns that depend on the bank's reading (`alone`), the reader's (`inside`) or the cues (`cues`)."""
    found, start = [], 0
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


def ablations(taught: Sequence[Example], counts: Sequence[float], held: Sequence[Example]) -> str:
    """Return a table of what the decision is worth on held-out parts with each evidence and with all.

    Args:
        taught: Parts that it is fitted to.
        counts: How much each counts.
        held: Parts of other authors, on which the thresholds are chosen and the worth is measured.
    """
    rows = {
        "(a) bank's reading and cues, without the reader": ("inside",),
        "(b) reader alone": ("alone", "cues"),
        "bank's reading alone": ("inside", "cues"),
        "both readings, without cues": ("cues",),
        "(c) all": (),
    }
    lines = ["| evidence | worth of a part | of the answerable | of the others |", "| --- | --- | --- | --- |"]
    for name, dropped in rows.items():
        kept = np.ones(WIDTH, dtype=np.float32)
        kept[[c for d in dropped for c in _columns(d)]] = 0.0
        masked = [_masked(e.hypotheses, kept) for e in taught]
        decision = Decision(fit(masked, [e.accepted for e in taught], counts), Thresholds())
        seen = [Example(e.lesson, _masked(e.hypotheses, kept), e.accepted) for e in held]
        at, _ = choose(decision, seen)
        scores = [score(e, decision.chances(e.hypotheses), at) for e in seen]
        means = [float(np.mean([w for w, _, a in scores if a in kinds])) for kinds in ((True, False), (True,), (False,))]
        lines.append(f"| {name} | " + " | ".join(f"{m:.3f}" for m in means) + " |")
    return "\n".join(lines)


def _masked(of: Hypotheses, kept: np.ndarray) -> Hypotheses:
    return Hypotheses(of.names, of.rows * kept)
