"""Fit how messages are arranged into questions, on labelled talks that no reading was taught with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.understand.arrangement import Arranger, evidence
from bot.understand.decision import fit
from bot.understand.hypotheses import Hypotheses
from bot.understand.lessons import Lesson
from bot.understand.listener import Listener
from bot.understand.talks import Turn
from tools.evaluate.talks import judge

# Chosen by leaving out one author after the other.
_RIDGE = 2e-3


def arrange(listener: Listener, turns: Sequence[Turn], made: Sequence[Lesson], document: str) -> tuple[Arranger, str]:
    """Return the fitted arranger, and a line about it.

    Args:
        listener: Trained, with the decision that it will have.
        turns: Labelled talks.
        made: Messages of one question, made for a cue.
        document: The statement that they are about.
    """
    rows: list[Hypotheses] = []
    accepted: list[frozenset[str]] = []
    first, most = 0.0, 0.0
    for turn in [*turns, *(Turn("", "", x.text, x.talk, (x.right,), 0) for x in made)]:
        among = listener.arrangements(turn.message, turn.talk)
        worth = [judge(turn, listener.understood(one), document).worth for one in among]
        first, most = first + worth[0], most + max(worth)
        if min(worth) < max(worth):
            rows.append(evidence(among, turn.talk))
            accepted.append(frozenset(str(i) for i, w in enumerate(worth) if w == max(worth)))
    weights = fit(rows, accepted, ridge=_RIDGE)
    chosen = [str(int(np.argmax(r.rows @ weights))) in right for r, right in zip(rows, accepted)]
    count = len(turns) + len(made)
    told = f"{count} messages: {first / count:.3f} right uncut, {most / count:.3f} in some arrangement"
    return Arranger(weights), f"{told}; it matters in {len(rows)}, of which {np.mean(chosen):.3f} are arranged right"
