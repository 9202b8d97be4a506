"""An inverted index with BM25 weights: the weights of a term are added to all its rows in one array operation."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from bot.retrieve.embedder import Floats

_K1 = 1.2
_B = 0.75
_GRAM = 4


class Postings:
    """Rows (sentences, paragraphs) by term."""

    def __init__(self, bags: Sequence[Sequence[str]]) -> None:
        """Index one bag of terms a row."""
        self.size = len(bags)
        mean = max(1.0, float(np.mean([len(b) for b in bags]))) if bags else 1.0
        rows: dict[str, list[int]] = defaultdict(list)
        weights: dict[str, list[float]] = defaultdict(list)
        for row, bag in enumerate(bags):
            norm = _K1 * (1 - _B + _B * len(bag) / mean)
            for term, count in Counter(bag).items():
                rows[term].append(row)
                weights[term].append(count * (_K1 + 1) / (count + norm))
        self.rows = {t: np.array(v, dtype=np.int32) for t, v in rows.items()}
        self._weights = {t: np.array(v, dtype=np.float32) for t, v in weights.items()}

    def idf(self, term: str) -> float:
        """Return how rare a term is; the highest for one that stands nowhere."""
        found = len(self.rows[term]) if term in self.rows else 0
        return float(np.log(1 + (self.size - found + 0.5) / (found + 0.5)))

    def score(self, terms: Mapping[str, float]) -> Floats:
        """Return the weighted sum over terms, one figure a row."""
        out = np.zeros(self.size, dtype=np.float32)
        for term, weight in terms.items():
            if term in self.rows:
                out[self.rows[term]] += weight * self._weights[term]
        return out

    def score_shares(self, terms: Iterable[str]) -> Floats:
        """Return the sum over different terms, each weighing its share of their rarity."""
        weights = {t: self.idf(t) for t in set(terms)}
        total = max(sum(weights.values()), 1e-6)
        return self.score({t: w / total for t, w in weights.items()})


def grams(stems: Iterable[str]) -> list[str]:
    """Return the character 4-grams of words, with the ends marked."""
    return [f"^{s}$"[i : i + _GRAM] for s in stems for i in range(max(1, len(s) + 2 - _GRAM + 1))]
