"""Words of a text as retrieval sees them: stems, numbers, names, the kind of answer asked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.language import LANGUAGES, READ, load, own
from bot.retrieve.embedder import Floats

KINDS = ("who", "when", "where", "number", "why", "how", "which", "what", "other")
_WORD = r"\d[\d,.]*\d|\d+(?:{})?|[^\W\d_]+(?:['’][^\W\d_]+)*|%"
_YEAR = r"1\d{3}|20\d\d"
_SHORT = 3


@dataclass(frozen=True)
class Word:
    """One word of a text with what can be told from its looks.

    Attributes:
        folded: Lower-case, without accents.
        stem: Without its endings.
        start: First character in the text.
        end: One past the last.
        stop: Whether it carries no content.
        number: Whether it is a number or an amount.
        year: Whether it looks like a year.
        name: Whether it is capitalised, and not only because it opens the text.
    """

    folded: str
    stem: str
    start: int
    end: int
    stop: bool
    number: bool
    year: bool
    name: bool


class Language:
    """What retrieval knows of one language; nothing for one without a file."""

    def __init__(self, code: str, folder: Path = LANGUAGES) -> None:
        """Load the lists of a language."""
        path = own(code, READ, folder)
        data = load(path) if path.is_file() else {}
        self.stop = frozenset(data.get("stop", ()))
        self.negations = frozenset(data.get("negations", ()))
        self.months = frozenset(data.get("months", ()))
        self.reasons = frozenset(data.get("reasons", ()))
        self._scales = frozenset(data.get("scales", ()))
        self._numbers = {w: str(i) for i, w in enumerate(data.get("numbers", ()))}
        self._ordinal_endings: tuple[str, ...] = tuple(data.get("ordinal_endings", ()))
        ordinal = self._ordinal_endings[0] if self._ordinal_endings else ""
        self._ordinals = {w: f"{i}{ordinal}" for i, w in enumerate(data.get("ordinals", ()))}
        self._thousands = str(data.get("thousands", ""))
        self._word = re.compile(_WORD.format("|".join(map(re.escape, data.get("number_endings", ())))))
        self._year = re.compile(data.get("year", _YEAR))
        self._glued_negations = tuple(data.get("glued_negations", ()))
        self._possessive = tuple(data.get("possessive", ()))
        self._endings = tuple(tuple(tuple(e) for e in group) for group in data.get("endings", ()))
        self._plural = str(data.get("plural", ""))
        self._not_plural = tuple(data.get("not_plural", ()))
        self._inflections = tuple(data.get("inflections", ()))
        self._doubled_kept = frozenset(data.get("doubled_kept", ()))
        self._silent = tuple(data.get("silent", ()))
        self._kinds = {k: re.compile(p) for k, p in data.get("kinds", {}).items()}

    def words(self, text: str) -> list[Word]:
        """Split a text into words; punctuation is left out."""
        words: list[Word] = []
        for match in self._word.finditer(text):
            surface = match.group()
            folded = fold(surface)
            number = folded[0].isdigit() or folded in self._numbers or folded in self._scales
            name = surface[0].isupper() and folded not in self.stop and (bool(words) or surface[1:].lower() != surface[1:])
            words.append(
                Word(
                    folded,
                    self.stem(folded),
                    match.start(),
                    match.end(),
                    folded in self.stop and not (number and self._numbers.get(folded) != "1"),
                    number,
                    bool(self._year.fullmatch(folded)),
                    name,
                )
            )
        return words

    def stem(self, word: str) -> str:
        """Return a word without its endings: crude, but the same for questions and sentences, which is what matching needs."""
        for mark in self._possessive:
            word = word.removesuffix(mark)
        if word in self._numbers:
            return self._numbers[word]
        if word in self._ordinals:
            return self._ordinals[word]
        if word[:1].isdigit():
            return self._digits(word)
        plurals, *others = self._endings or ((),)
        cut = _replace(word, plurals)
        if (
            cut == word
            and self._plural
            and len(word) > _SHORT
            and word.endswith(self._plural)
            and not word.endswith(self._not_plural)
        ):
            cut = word[: -len(self._plural)]
        word = cut
        for ending in self._inflections:
            if word.endswith(ending) and len(word) - len(ending) >= _SHORT:
                word = word.removesuffix(ending)
                if len(word) > _SHORT and word[-1] == word[-2] and word[-1] not in self._doubled_kept:
                    word = word[:-1]
                break
        for group in others:
            word = _replace(word, group)
        return word[:-1] if len(word) > _SHORT + 1 and word.endswith(self._silent) else word

    def kind(self, question: str) -> str:
        """Return what kind of answer a question asks for, one of `KINDS`."""
        folded = fold(question)
        return next((kind for kind, pattern in self._kinds.items() if pattern.search(folded)), "other")

    def is_negation(self, word: Word) -> bool:
        """Tell whether a word turns the question round."""
        return word.folded in self.negations or word.folded.endswith(self._glued_negations)

    def _digits(self, word: str) -> str:
        """Write a number one way: without separators of thousands, ordinals with one ending."""
        if self._thousands:
            word = word.replace(self._thousands, "")
        for ending in self._ordinal_endings:
            if word.endswith(ending):
                return word.removesuffix(ending) + self._ordinal_endings[0]
        return word


@lru_cache(maxsize=8)
def language(code: str) -> Language:
    """Return a language, loaded once."""
    return Language(code)


def fold(text: str) -> str:
    """Lower-case without accents."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()


def word_vectors(words: Sequence[Word], offsets: Iterable[tuple[int, int]], pieces: Floats) -> Floats:
    """Return the unit mean of each word's pieces, shape `(words, 384)`; a word past the encoder's reach has a zero row."""
    out = np.zeros((len(words), pieces.shape[1] if pieces.ndim == 2 else 0), dtype=np.float32)
    k = 0
    for (start, end), row in zip(offsets, pieces):
        while k < len(words) and words[k].end <= start:
            k += 1
        if k < len(words) and words[k].start < end:
            out[k] += row
    return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _replace(word: str, group: Iterable[tuple[str, str, int]]) -> str:
    for ending, put, least in group:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word.removesuffix(ending) + put
    return word
