"""A linear model over the embedding and the terms of a message; every classifier here is one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from bot.retrieve.embedder import Floats
from bot.retrieve.features import Terms

# How much the embedding (unit length) weighs beside the word and letter counts (unit length each).
EMBEDDING_WEIGHT = 1.5


class Linear:
    """Multinomial logistic regression over terms, embedding and further columns.

    Args:
        inverse_regularisation: scikit-learn's `C`.
        iterations: Where fitting stops; stopping early gets as many questions
            right as running to convergence, in a third of the time.
        embedding_weight: 0 leaves the embedding out, to measure its worth.
    """

    def __init__(
        self, inverse_regularisation: float = 20.0, iterations: int = 60, embedding_weight: float = EMBEDDING_WEIGHT
    ) -> None:
        """Make an untrained model."""
        self._inverse_regularisation = inverse_regularisation
        self._iterations = iterations
        self._embedding_weight = embedding_weight
        self.classes: tuple[str, ...] = ()
        self._weights = np.zeros((0, 0), dtype=np.float32)
        self._bias = np.zeros(0, dtype=np.float32)
        self._terms = 0

    def fit(self, terms: csr_matrix, vectors: Floats, classes: Sequence[str], beside: Floats | None = None) -> None:
        """Learn from `n` labelled messages.

        Args:
            terms: Shape `(n, t)`.
            vectors: Embeddings, shape `(n, 384)`.
            classes: One a message, at least two different ones.
            beside: Further columns, shape `(n, m)`.
        """
        blocks = [terms, csr_matrix(vectors * self._embedding_weight)]
        if beside is not None:
            blocks.append(csr_matrix(beside))
        model = LogisticRegression(C=self._inverse_regularisation, max_iter=self._iterations, random_state=0)
        model.fit(hstack(blocks).tocsr(), np.asarray(classes))
        self.classes = tuple(str(c) for c in model.classes_)
        weights, bias = model.coef_, model.intercept_
        if len(self.classes) == 2:
            # Of two classes scikit-learn keeps one row; half of it each way is the same model.
            weights, bias = np.vstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
        self._terms = terms.shape[1]
        self._weights = np.ascontiguousarray(weights.T, dtype=np.float32)
        self._bias = bias.astype(np.float32)

    def __call__(self, terms: Terms, vector: Floats, beside: Floats | None = None) -> Floats:
        """Return one probability a class, in the order of `classes`; they sum to one."""
        dense = vector * self._embedding_weight if beside is None else np.concatenate([vector * self._embedding_weight, beside])
        scores = self._bias + terms.weights @ self._weights[terms.columns] + dense @ self._weights[self._terms :]
        odds = np.exp(scores - scores.max())
        return np.asarray(odds / odds.sum())
