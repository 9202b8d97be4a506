"""Follow-ups: which messages lean on the conversation, and what they ask in its light."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.retrieve.embedder import Floats, embedder

SAME = "same"
NONE = "not_said"
_EMBEDDING_WEIGHT = 3.0
_EVIDENCE_WEIGHT = 0.3
_FLOOR = 1e-4

# From a text to the probability of each passage of a document (in its order) and, last, of none.
Evidence = Callable[[str], Floats]


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


class _Features:
    """Words, letters and embedding of a short message."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b").fit(texts)
        self._letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2).fit(texts)

    def __call__(self, texts: Sequence[str], vectors: Floats) -> csr_matrix:
        words, letters = self._words.transform(texts), self._letters.transform(texts)
        return hstack([words, letters, csr_matrix(vectors * _EMBEDDING_WEIGHT)]).tocsr()


class Gate:
    """Tells messages that need the conversation from those that stand on their own."""

    def __init__(self, leaning: Sequence[str], standing: Sequence[str], vectors: Floats) -> None:
        """Learn from messages of both kinds; `vectors` embeds all of them, in that order."""
        texts = [*leaning, *standing]
        self._features = _Features(texts)
        self._model = LogisticRegression(C=10.0, max_iter=150, random_state=0)
        self._model.fit(self._features(texts, vectors), [True] * len(leaning) + [False] * len(standing))

    def __call__(self, text: str, vector: Floats) -> float:
        """Return the probability that a message needs the conversation."""
        return float(self._model.predict_proba(self._features([text], vector[None]))[0, 1])


class FollowUps:
    """What follow-ups ask for, learnt from the bank of one document."""

    def __init__(self, passages: Sequence[str], asks: Sequence[str], examples: Sequence[FollowUp], evidence: Evidence) -> None:
        """Learn which passage a message asks for after another was quoted.

        Args:
            passages: The document's passages, in the order of `evidence`.
            asks: For each of them a question that it answers.
            examples: Follow-ups of the bank.
            evidence: Probabilities of the passages for a text read alone.
        """
        self._passages = tuple(passages)
        self._asks = dict(zip(passages, asks))
        self._features = _Features([e.text for e in examples])
        self._model = LogisticRegression(C=3.0, max_iter=150, random_state=0)
        rows = [self._row(e.text, e.context, evidence) for e in examples]
        self._model.fit(self._stack([e.text for e in examples], rows), [self._class(e) for e in examples])

    def __call__(self, text: str, context: str, evidence: Evidence) -> dict[str, float]:
        """Return the probability of each passage, and of `not_said`, after `context`; they sum to one."""
        odds = self._model.predict_proba(self._stack([text], [self._row(text, context, evidence)]))[0]
        shares: dict[str, float] = {}
        for label, p in zip(self._model.classes_, odds):
            key = context if label == SAME else str(label)
            shares[key] = shares.get(key, 0.0) + float(p)
        return shares

    def _class(self, example: FollowUp) -> str:
        return SAME if example.label == example.context else example.label

    def _row(self, text: str, context: str, evidence: Evidence) -> tuple[Floats, Floats]:
        """Return the message's embedding, and beside it: the context, what the words alone and what they in context point at."""
        alone, together = evidence(text), evidence(f"{self._asks[context]} {text}")
        place = self._passages.index(context)
        here = np.zeros(len(self._passages), dtype=np.float32)
        here[place] = 1.0 / _EVIDENCE_WEIGHT
        logs = np.log(np.concatenate([alone, together]) + _FLOOR)
        beside = np.concatenate([here, logs, [logs[place], logs[len(alone) + place], alone[:-1].sum()]])
        return embedder().encode(text).vector, beside.astype(np.float32) * _EVIDENCE_WEIGHT

    def _stack(self, texts: Sequence[str], rows: Sequence[tuple[Floats, Floats]]) -> csr_matrix:
        vectors, beside = np.stack([r[0] for r in rows]), np.stack([r[1] for r in rows])
        return hstack([self._features(texts, vectors), csr_matrix(beside)]).tocsr()
