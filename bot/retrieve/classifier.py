"""A linear model over the embedding and the terms of a message; every classifier here is one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from bot.retrieve.embedder import Floats
from bot.retrieve.features import Terms
from bot.retrieve.warm import Small

# How much the embedding (unit length) weighs beside the word and letter counts (unit length each).
EMBEDDING_WEIGHT = 1.5


class LinearClassifier:
    """Multinomial logistic regression over terms (sparse) and further columns (dense).

    scikit-learn's takes one matrix: either the dense columns stand in a sparse one, which makes each pass over them five
    times slower, or the sparse ones in a dense one, which fills the memory. The objective is the same, minimised by
    SciPy's L-BFGS, in single precision.

    Args:
        inverse_regularisation: scikit-learn's `C`.
        iterations: Where fitting stops; stopping early gets as many questions
            right as running to convergence, in a third of the time.
        embedding_weight: 0 leaves the embedding out, to measure its worth.
    """

    def __init__(
        self, inverse_regularisation: float = 20.0, iterations: int = 40, embedding_weight: float = EMBEDDING_WEIGHT
    ) -> None:
        """Make an untrained model."""
        self._inverse_regularisation = inverse_regularisation
        self._iterations = iterations
        self._embedding_weight = embedding_weight
        self.classes: tuple[str, ...] = ()
        self._weights = np.zeros((0, 0), dtype=np.float32)
        self._dense_weights = np.zeros((0, 0), dtype=np.float32)
        self._bias = np.zeros(0, dtype=np.float32)

    def fit(self, terms: csr_matrix | None, vectors: Small, classes: Sequence[str], weights: Floats | None = None) -> None:
        """Learn from `n` labelled messages.

        Args:
            terms: Shape `(n, t)`, or `None` for a model without terms.
            vectors: Embeddings, shape `(n, m)`.
            classes: One a message, at least two different ones.
            weights: How much each message counts, shape `(n,)`; by default all alike.
        """
        self.classes = tuple(sorted(set(classes)))
        place = {c: i for i, c in enumerate(self.classes)}
        wanted = np.array([place[c] for c in classes])
        sparse = terms if terms is not None else csr_matrix((len(classes), 0), dtype=np.float32)
        turned = sparse.T.tocsr()
        # The weight goes into the parameters: a scaled copy of the vectors would double their memory.
        scale = np.float32(self._embedding_weight)
        count = np.ones(len(classes), dtype=np.float32) if weights is None else np.asarray(weights, dtype=np.float32)
        n, t, m, k = len(classes), sparse.shape[1], vectors.values.shape[1], len(self.classes)
        rows = np.arange(n)
        ridge = 1.0 / (self._inverse_regularisation * n)

        def loss(flat: Floats) -> tuple[float, Floats]:
            parameters = flat.astype(np.float32).reshape(t + m + 1, k)
            scores = vectors @ (scale * parameters[t:-1]) + parameters[-1]
            if t:
                scores += sparse @ parameters[:t]
            scores -= scores.max(axis=1, keepdims=True)
            odds = np.exp(scores)
            total = odds.sum(axis=1, keepdims=True)
            value = float((count * (np.log(total[:, 0]) - scores[rows, wanted])).mean())
            odds /= total
            odds[rows, wanted] -= 1.0
            odds *= count[:, None] / n
            slope = np.empty_like(parameters)
            if t:
                slope[:t] = turned @ odds
            slope[t:-1] = scale * vectors.summed(odds)
            slope[-1] = odds.sum(axis=0)
            slope[:-1] += ridge * parameters[:-1]
            value += 0.5 * ridge * float(np.square(parameters[:-1], dtype=np.float32).sum())
            return value, slope.ravel().astype(np.float64)

        start = np.zeros((t + m + 1) * k)
        options = {"maxiter": self._iterations, "maxcor": 5}
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x.astype(np.float32).reshape(t + m + 1, k)
        self._weights, self._dense_weights, self._bias = found[:t].copy(), found[t:-1].copy(), found[-1].copy()

    def __call__(self, terms: Terms | None, vector: Floats) -> Floats:
        """Return one probability a class, in the order of `classes`; they sum to one."""
        scores = self._bias + (vector * self._embedding_weight) @ self._dense_weights
        if terms is not None and len(self._weights):
            scores = scores + terms.weights @ self._weights[terms.columns]
        odds = np.exp(scores - scores.max())
        return np.asarray(odds / odds.sum())
