"""Intent probabilities of a message: sentence embedding, words and letters, one linear model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.retrieve.embedder import Floats

# How much the embedding (unit length) weighs beside the word and letter counts (unit length each).
EMBEDDING_WEIGHT = 3.0
INVERSE_REGULARISATION = 10.0
# Stopping here gets as many calibration questions right as running to convergence, in a third of the time.
ITERATIONS = 60


class IntentModel:
    """Multinomial logistic regression over MiniLM, word and character tf-idf."""

    def __init__(self, without: Sequence[str] = ()) -> None:
        """Make an untrained model; `without` leaves out `words`, `letters` or `embedding`, to measure their worth."""
        self._scale = {name: 0.0 if name in without else 1.0 for name in ("words", "letters", "embedding")}
        self._words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b", dtype=np.float32)
        self._letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2, dtype=np.float32)
        self.intents: tuple[str, ...] = ()
        self._weights = np.zeros((0, 0), dtype=np.float32)
        self._bias = np.zeros(0, dtype=np.float32)

    def fit(self, texts: Sequence[str], vectors: Floats, intents: Sequence[str]) -> None:
        """Learn from labelled messages.

        Args:
            texts: `n` messages.
            vectors: Their embeddings, shape `(n, 384)`.
            intents: Their intents, at least two different ones.
        """
        words = self._words.fit_transform(texts) * self._scale["words"]
        letters = self._letters.fit_transform(texts) * self._scale["letters"]
        features = hstack([words, letters, csr_matrix(vectors * EMBEDDING_WEIGHT * self._scale["embedding"])]).tocsr()
        model = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=ITERATIONS, random_state=0)
        model.fit(features, np.asarray(intents))
        self.intents = tuple(str(c) for c in model.classes_)
        if len(self.intents) == 2:
            weights, bias = np.vstack([-model.coef_, model.coef_]) / 2, np.concatenate([-model.intercept_, model.intercept_]) / 2
        else:
            weights, bias = model.coef_, model.intercept_
        self._weights = np.ascontiguousarray(weights.T, dtype=np.float32)
        self._bias = bias.astype(np.float32)

    def probabilities(self, text: str, vector: Floats) -> Floats:
        """Return one probability an intent, in the order of `intents`; they sum to one."""
        words = self._words.transform([text]) * self._scale["words"]
        letters = self._letters.transform([text]) * self._scale["letters"]
        scores = self._bias.copy()
        offset = 0
        for counts in (words, letters):
            if counts.nnz:
                scores += counts.data @ self._weights[offset + counts.indices]
            offset += counts.shape[1]
        scores += (vector * EMBEDDING_WEIGHT * self._scale["embedding"]) @ self._weights[offset:]
        scores -= scores.max()
        odds = np.exp(scores)
        return np.asarray(odds / odds.sum())
