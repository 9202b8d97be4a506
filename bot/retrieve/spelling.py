"""Read a misspelt word as the known word one slip of the finger away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from bot.retrieve.embedder import embedder

# Shorter words have too many neighbours for a slip to be told from another word.
_SHORTEST = 5
# A word that stands this often in the questions is a word, not a slip of their authors.
_OFTEN = 3
_WORD = re.compile(r"[^\W\d_]+")


class Spelling:
    """Mends words that neither the documents, nor the questions, nor the embedder know.

    Args:
        documents: Texts whose words are surely right.
        questions: Texts whose frequent words are.
    """

    def __init__(self, documents: Iterable[str] = (), questions: Iterable[str] = ()) -> None:
        self._sure = {w for text in documents for w in _words(text)}
        counts = Counter(w for text in questions for w in _words(text))
        known = {w: n for w, n in counts.items() if n >= _OFTEN or embedder().is_word(w)}
        self._counts = {**dict.fromkeys(self._sure, 1), **known}
        # A slip adds at most one letter. What is longer is skipped: the work grows with the square of the length.
        self._longest = max(map(len, self._counts), default=0) + 1
        self._letters = "".join(sorted({c for w in self._counts for c in w}))

    def __call__(self, text: str) -> str:
        """Return a text with its slips mended; everything else stays as it was."""
        return _WORD.sub(self._mended, text)

    def _mended(self, match: re.Match[str]) -> str:
        word = match.group()
        low = word.lower()
        if not _SHORTEST <= len(low) <= self._longest or low in self._counts or embedder().is_word(low):
            return word
        # A capital begins a name, and a name that nobody has mentioned is no slip; those of the documents are known.
        allowed = self._sure if word[0].isupper() and match.start() else self._counts
        best = max((w for w in _slips(low, self._letters) if w in allowed), key=lambda w: (self._counts[w], w), default="")
        if not best:
            return word
        return best.capitalize() if word[0].isupper() else best


@lru_cache(maxsize=256)
def _slips(word: str, letters: str) -> frozenset[str]:
    """Return what a word is one swapped, surplus, wrong or missing letter away from."""
    parts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    swapped = {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    surplus = {a + b[1:] for a, b in parts if b}
    wrong = {a + c + b[1:] for a, b in parts if b for c in letters}
    missing = {a + c + b for a, b in parts for c in letters}
    return frozenset(swapped | surplus | wrong | missing)


def _words(text: str) -> list[str]:
    return [w.lower() for w in _WORD.findall(text)]
