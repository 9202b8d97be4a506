"""Fit the weights of the decision: to all authors at once, or cross-validated by author."""

from __future__ import annotations

from collections.abc import Sequence

from bot.retrieve.embedder import Floats
from bot.understand.decision import Decision, Thresholds, fit
from bot.understand.hypotheses import Hypotheses
from bot.understand.talks import DECLINED
from tools.decision.examples import Example

_FOLDS = 7
# Of the weights for the nearest passage, which a quarter of the parts can teach.
_NEAREST_RIDGE = 1e-3
# A made message stands for a whole kind: all of them together weigh somewhat more than the talks.
_MADE = 24.0


def weights(examples: Sequence[Example], made: Sequence[Example]) -> Floats:
    """Return the weights fitted to parts of labelled talks and to made ones."""
    counts = [1.0] * len(examples) + [_MADE] * len(made)
    everything = [*examples, *made]
    return fit([e.hypotheses for e in everything], [e.accepted for e in everything], counts)


def nearest(examples: Sequence[Example], document: str) -> Floats:
    """Return the weights by which the passage is chosen that comes nearest to what the statement does not say."""
    rows: list[Hypotheses] = []
    meant: list[frozenset[str]] = []
    for example in examples:
        near = {f"{document}/{p}" for r in example.lesson.right if r.kind == DECLINED for p in r.passages}
        places = [i for i, name in enumerate(example.hypotheses.names) if "/" in name]
        names = tuple(example.hypotheses.names[i] for i in places)
        if near & set(names):
            rows.append(Hypotheses(names, example.hypotheses.rows[places]))
            meant.append(frozenset(near & set(names)))
    return fit(rows, meant, ridge=_NEAREST_RIDGE)


def crossed(examples: Sequence[Example], made: Sequence[Example]) -> list[dict[str, float]]:
    """Return for each part the probabilities of its hypotheses by weights that were fitted to other authors."""
    authors = sorted({e.lesson.author for e in examples})
    found: list[dict[str, float]] = [{} for _ in examples]
    for fold in range(_FOLDS):
        held = set(authors[fold::_FOLDS])
        decision = Decision(weights([e for e in examples if e.lesson.author not in held], made), Thresholds())
        for place, example in enumerate(examples):
            if example.lesson.author in held:
                found[place] = decision.chances(example.hypotheses)
    return found
