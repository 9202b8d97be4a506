"""Follow-ups: which messages lean on the conversation, and what they ask in its light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from bot.bank.bank import normalised
from bot.retrieve.classifier import Linear
from bot.retrieve.embedder import Encoded, Floats
from bot.retrieve.features import Terms

SAME = "same"
NONE = "not_said"
LEANING, STANDING = "leaning", "standing"
_EVIDENCE_WEIGHT = 0.3
_FLOOR = 1e-4
_ITERATIONS = 150
# More than elsewhere: a follow-up is short, and its few words say less.
_EMBEDDING_WEIGHT = 3.0


@dataclass(frozen=True)
class Utterance:
    """A text as the models see it.

    Attributes:
        text: As it was written.
        spelt: The same with its slips mended: what the models read.
        encoded: Its embedding.
        terms: Its words and letters.
    """

    text: str
    spelt: str
    encoded: Encoded
    terms: Terms


@dataclass(frozen=True)
class Evidence:
    """What a message points at: the probability of each passage of a document (in its order) and, last, of none.

    Attributes:
        alone: By its own words.
        together: As the second half of the question before it.
    """

    alone: Floats
    together: Floats


@dataclass(frozen=True)
class FollowUp:
    """A message as it came after a quote.

    Attributes:
        context: The passage quoted before.
        label: The passage that answers, or `not_said`.
        text: The message.
    """

    context: str
    label: str
    text: str


class Gate:
    """Tells messages that need the conversation from those that stand on their own."""

    def __init__(self, terms: csr_matrix, vectors: Floats, leaning: int) -> None:
        """Learn from messages of both kinds; the first `leaning` rows of each argument are those that lean."""
        self._model = Linear(10.0, _ITERATIONS, _EMBEDDING_WEIGHT)
        self._model.fit(terms, vectors, [LEANING] * leaning + [STANDING] * (len(vectors) - leaning))

    def __call__(self, utterance: Utterance) -> float:
        """Return the probability that a message needs the conversation."""
        return float(self._model(utterance.terms, utterance.encoded.vector)[self._model.classes.index(LEANING)])


class FollowUps:
    """What follow-ups ask for, learnt from the bank of one document."""

    def __init__(self, passages: Sequence[str]) -> None:
        """Make an untrained model for a document's passages, in the order of the evidence."""
        self._passages = tuple(passages)
        self._model = Linear(3.0, _ITERATIONS, _EMBEDDING_WEIGHT)
        self._known: dict[tuple[str, str], str] = {}

    def fit(
        self, examples: Sequence[FollowUp], utterances: Sequence[Utterance], terms: csr_matrix, evidence: Sequence[Evidence]
    ) -> None:
        """Learn which passage a message asks for after another was quoted.

        Args:
            examples: Follow-ups of the bank, `n` of them.
            utterances: The same, read.
            terms: Their terms, shape `(n, t)`.
            evidence: What each points at.
        """
        self._known = {(f.context, normalised(f.text)): f.label for f in examples}
        vectors = np.stack([u.encoded.vector for u in utterances])
        beside = np.stack([self._beside(f.context, e) for f, e in zip(examples, evidence)])
        self._model.fit(terms, vectors, [SAME if f.label == f.context else f.label for f in examples], beside)

    def __call__(self, utterance: Utterance, context: str, evidence: Evidence) -> dict[str, float]:
        """Return the probability of each passage, and of `not_said`, after `context`; they sum to one."""
        odds = self._model(utterance.terms, utterance.encoded.vector, self._beside(context, evidence))
        shares: dict[str, float] = {}
        for label, p in zip(self._model.classes, odds):
            key = context if label == SAME else label
            shares[key] = shares.get(key, 0.0) + float(p)
        known = self._known.get((context, normalised(utterance.text)))
        if known:
            # What stands in the bank has been labelled by a person.
            shares = {k: 0.05 * p + 0.95 * (k == known) for k, p in {known: 0.0, **shares}.items()}
        return shares

    def _beside(self, context: str, evidence: Evidence) -> Floats:
        """Return the columns beside the message itself: the context, and the evidence."""
        place = self._passages.index(context)
        here = np.zeros(len(self._passages), dtype=np.float32)
        here[place] = 1.0 / _EVIDENCE_WEIGHT
        alone, joined = (np.log(e + _FLOOR) for e in (evidence.alone, evidence.together))
        beside = np.concatenate([here, alone, joined, [alone[place], joined[place], evidence.alone[:-1].sum()]])
        return np.asarray(beside * _EVIDENCE_WEIGHT, dtype=np.float32)


def together(asked: str, text: str) -> str:
    """Return a message as the second half of the question before it."""
    return f"{asked} {text}"
