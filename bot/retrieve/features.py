"""Words and letters of a text as tf-idf terms: counted once a message, whichever model looks at them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.retrieve.embedder import Floats

Integers = npt.NDArray[np.int64]
# The blocks of the terms, in order.
WORDS, LETTERS = "words", "letters"
# In how many texts a term must stand, and how many terms are kept: more terms cost training time and memory, and answer no
# more of the held-out questions (0.974 of them with these, 0.971 with twice as many and character 2- to 5-grams).
_FEWEST_WORDS = 3
_FEWEST_LETTERS = 5
_MOST_WORDS = 4_000
_MOST_LETTERS = 8_000


@dataclass(frozen=True)
class Terms:
    """The terms of one text: their columns, and their weights (unit length a block)."""

    columns: Integers
    weights: Floats


class Features:
    """One space of terms for all models: word 1- and 2-grams, and character 3- and 4-grams inside words.

    scikit-learn's vectorizers take texts apart and learn the weights. Their
    `transform` is made for many texts at once and costs milliseconds for one,
    so one text is weighed here, to the same figures.
    """

    def __init__(self) -> None:
        """Make an empty space."""
        self._words = TfidfVectorizer(
            ngram_range=(1, 2),
            sublinear_tf=True,
            token_pattern=r"(?u)\b\w+\b",
            min_df=_FEWEST_WORDS,
            max_features=_MOST_WORDS,
            dtype=np.float32,
        )
        self._letters = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(3, 4),
            sublinear_tf=True,
            min_df=_FEWEST_LETTERS,
            max_features=_MOST_LETTERS,
            dtype=np.float32,
        )
        self._rarity: dict[str, Floats] = {}

    def fit(self, texts: Sequence[str]) -> None:
        """Learn which terms there are in `n` texts, and how rare they are."""
        for name, vectorizer in self._vectorizers.items():
            vectorizer.fit(texts)
            self._rarity[name] = np.asarray(vectorizer.idf_, dtype=np.float32)

    @property
    def size(self) -> int:
        """Return the number of columns."""
        return sum(len(r) for r in self._rarity.values())

    def __call__(self, text: str) -> Terms:
        """Return the terms of one text."""
        columns: list[Integers] = []
        weights: list[Floats] = []
        offset = 0
        for name, analyse in self._analysers.items():
            vocabulary, rarity = self._vectorizers[name].vocabulary_, self._rarity[name]
            counts = Counter([column for column in map(vocabulary.get, analyse(text)) if column is not None])
            if counts:
                found = np.fromiter(counts, dtype=np.int64, count=len(counts))
                weight = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * rarity[found]
                columns.append(found + offset)
                weights.append(weight / np.linalg.norm(weight))
            offset += len(rarity)
        if not columns:
            return Terms(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
        return Terms(np.concatenate(columns), np.concatenate(weights))

    @property
    def _vectorizers(self) -> dict[str, TfidfVectorizer]:
        return {WORDS: self._words, LETTERS: self._letters}

    @cached_property
    def _analysers(self) -> dict[str, Callable[[str], list[str]]]:
        return {name: v.build_analyzer() for name, v in self._vectorizers.items()}


def stacked(rows: Sequence[Terms], size: int) -> csr_matrix:
    """Return the terms of `n` texts as a matrix, shape `(n, size)`."""
    ends = np.cumsum([0, *(len(r.columns) for r in rows)])
    columns, weights = (np.concatenate([getattr(r, name) for r in rows]) for name in ("columns", "weights"))
    return csr_matrix((weights, columns, ends), shape=(len(rows), size))
