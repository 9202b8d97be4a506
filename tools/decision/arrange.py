"""Fit how messages are arranged into questions, on labelled talks that no reading was taught with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from bot.understand.arrangement import Arranger, evidence
from bot.understand.decision import Decision, fit
from bot.understand.hypotheses import Hypotheses
from bot.understand.lessons import Lesson
from bot.understand.listener import Listener
from bot.understand.talks import Turn
from tools.decision.beside import beside
from tools.evaluate.talks import judge

# Chosen by leaving out one author after the other.
_RIDGE = 2e-3


def arrange(decision: Decision, turns: Sequence[Turn], made: Sequence[Lesson], document: str) -> tuple[Arranger, str]:
    """Return the fitted arranger, and a line about it.

    Args:
        decision: Which the listener will decide with.
        turns: Labelled talks.
        made: Messages of one question, made for a cue.
        document: The statement that they are about.
    """
    messages = [*turns, *(Turn("", "", x.text, x.talk, (x.right,), 0) for x in made)]
    heard = beside(partial(_heard, document), messages, decision)
    matter = [(rows, worth) for rows, worth in heard if min(worth) < max(worth)]
    accepted = [frozenset(str(i) for i, w in enumerate(worth) if w == max(worth)) for _, worth in matter]
    weights = fit([rows for rows, _ in matter], accepted, ridge=_RIDGE)
    chosen = [str(int(np.argmax(rows.rows @ weights))) in right for (rows, _), right in zip(matter, accepted)]
    first, most = (np.mean([f(worth) for _, worth in heard]) for f in (lambda worth: worth[0], max))
    told = f"{len(heard)} messages: {first:.3f} right uncut, {most:.3f} in some arrangement"
    return Arranger(weights), f"{told}; it matters in {len(matter)}, of which {np.mean(chosen):.3f} are arranged right"


def _heard(document: str, listener: Listener, turn: Turn) -> tuple[Hypotheses, list[float]]:
    """Return the evidence for each arrangement of a message, and what each is worth."""
    among = listener.arrangements(turn.message, turn.talk)
    return evidence(among, turn.talk), [judge(turn, listener.understood(one), document).worth for one in among]
