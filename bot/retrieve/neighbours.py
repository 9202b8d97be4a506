"""The bank's questions nearest to a message: what a linear model smooths away, they remember."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.retrieve.embedder import Floats

NEIGHBOURS = 16
_SHARPNESS = 20.0
# Directions of the embeddings that are looked at: fewer find other neighbours, more take longer to no avail.
_DIRECTIONS = 128


class Neighbours:
    """Weighted votes of the nearest labelled questions, by cosine of their embeddings."""

    def __init__(self, vectors: Floats, labels: Sequence[str]) -> None:
        """Keep `n` unit vectors, shape `(n, 384)`, with their labels."""
        self.labels = tuple(dict.fromkeys(labels))
        index = {label: i for i, label in enumerate(self.labels)}
        self._columns = np.array([index[label] for label in labels])
        # Those in which the bank's embeddings differ most, by their uncentred principal components.
        self._directions = np.linalg.eigh(vectors.T @ vectors)[1][:, -_DIRECTIONS:].astype(np.float32)
        self._vectors = np.ascontiguousarray(vectors @ self._directions)

    def votes(self, vector: Floats) -> dict[str, float]:
        """Return the share of the vote of each label among the nearest; sums to one."""
        cosines = self._vectors @ (vector @ self._directions)
        nearest = np.argpartition(cosines, max(len(cosines) - NEIGHBOURS, 0))[-NEIGHBOURS:]
        weights = np.exp(_SHARPNESS * (cosines[nearest] - cosines[nearest].max()))
        shares = np.bincount(self._columns[nearest], weights, len(self.labels)) / weights.sum()
        return {self.labels[i]: float(shares[i]) for i in np.flatnonzero(shares)}
