"""Reads a text alone: which passage answers it, by the bank of its document or by its sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bot.bank.bank import normalised
from bot.read.document import Document
from bot.retrieve.classifier import LinearClassifier
from bot.retrieve.embedder import Encoded, embedder
from bot.retrieve.evidence import Fitted, SentenceIndex
from bot.retrieve.features import Features, Terms, stacked
from bot.retrieve.shares import NOT_SAID, OFF_TOPIC, Shares
from bot.retrieve.spelling import Spelling

QUESTION = "question"
# Questions made from sentences teach what a question sounds like; more of them teach nothing new.
_MOST_MADE = 1_000
# What stands in the bank has been labelled by a person, and has nearly all of the share.
_KNOWN = 0.97
# A name out of a program, such as that of an intent, is no word of a person.
_NAMES = re.compile(r"\w*[^\W_]_[^\W_]\w*")


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


class Finder:
    """Which passage a text asks for when nothing was said before it: one model for all banks and the moves."""

    def __init__(self, documents: Sequence[Document]) -> None:
        """Make an untrained finder for some documents."""
        self._key = {p.intent: f"{d.name}/{p.id}" for d in documents for p in d.quotable}
        self._open = [d for d in documents if not d.banked]
        self._indexes: dict[str, SentenceIndex] = {}
        self._quotes = [d.quote(p) for d in documents for p in d.quotable]
        self._spelling = Spelling()
        self._features = Features()
        self._model = LinearClassifier()
        self._known: dict[str, str] = {}

    def fit(self, examples: Iterable[tuple[str, str]]) -> None:
        """Learn from labelled texts.

        Args:
            examples: Texts with their intents: `ask_...` of a passage, `not_said_...`, `off_topic`, or a move.
        """
        everything = list(dict.fromkeys(examples))
        self._known = {normalised(t): i for t, i in everything if normalised(t)}
        pairs = self._without_bank(everything)
        self._spelling = Spelling(self._quotes, [t for t, _ in pairs])
        texts, intents = [self._spelling(t) for t, _ in pairs], [i for _, i in pairs]
        self._features.fit(texts)
        vectors = embedder().vectors(texts)
        self._model.fit(stacked([self._features(t) for t in texts], self._features.size), vectors, intents)
        for document in self._open:
            quotes = [document.quote(p) for p in document.quotable]
            paragraphs = [p.paragraph for p in document.quotable]
            self._indexes[document.name] = SentenceIndex(quotes, paragraphs, embedder().encode, Fitted.load(), document.language)

    def __call__(self, text: str) -> Shares:
        """Return how likely each reading of a text is; one that holds no word of a person is read as nothing."""
        return _read(self, text)

    def label(self, text: str) -> str:
        """Return the label of a text that stands in the bank or among the moves, whatever its case and punctuation.

        Returns:
            The key of a passage, `not_said`, `off_topic` or a move; empty if the text stands nowhere.
        """
        intent = self._known.get(normalised(text), "")
        return self._key.get(intent) or (NOT_SAID if intent.startswith(NOT_SAID) else intent)

    def _utterance(self, text: str) -> Utterance:
        spelt = self._spelling(spoken(text))
        return Utterance(text, spelt, embedder().encode(spelt), self._features(spelt))

    def _shares(self, text: str) -> Shares:
        utterance = self._utterance(text)
        if not re.search(r"\w", utterance.spelt):
            return Shares({}, 0.0, 1.0, {})
        chances = self._chances(utterance)
        passages: dict[str, float] = {}
        moves: dict[str, float] = {}
        absent = foreign = 0.0
        for intent, p in chances.items():
            if intent in self._key:
                passages[self._key[intent]] = p
            elif intent == OFF_TOPIC:
                foreign += p
            elif intent.startswith(NOT_SAID) or intent == QUESTION:
                absent += p
            else:
                moves[intent] = p
        for name, index in self._indexes.items():
            # What no bank answers may stand in a statement without one.
            evidence = index.search(utterance.spelt, utterance.encoded)
            known = self._known.get(normalised(text), "")
            scores, answerable = evidence.scores.astype(float), float(evidence.answerable)
            keys = [k for k in self._key.values() if k.startswith(name + "/")]
            if self._key.get(known) in keys:
                scores[keys.index(self._key[known])] += scores.max() - scores.min() + 10.0
                answerable = 1.0
            odds = np.exp(scores - scores.max())
            for key, odd in zip(keys, odds / odds.sum()):
                passages[key] = absent * answerable * float(odd)
            absent *= 1.0 - answerable
        return Shares(passages, absent, foreign, moves)

    def _without_bank(self, examples: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the examples with a sample of the questions made from sentences, all in one class, `question`."""
        made = {p.intent for d in self._open for p in d.quotable}
        kept = [(t, i) for t, i in examples if i not in made]
        questions = [t for t, i in examples if i in made]
        return kept + [(t, QUESTION) for t in questions[:: max(1, len(questions) // _MOST_MADE)]]

    def _chances(self, utterance: Utterance) -> dict[str, float]:
        chances = dict(zip(self._model.classes, self._model(utterance.terms, utterance.encoded.vector).tolist()))
        known = self._known.get(normalised(utterance.text))
        if known in chances:
            chances = {i: (1 - _KNOWN) * p + _KNOWN * (i == known) for i, p in chances.items()}
        return chances


def spoken(text: str) -> str:
    """Return a text without names of intents (`ask_source`); empty if there was one and the rest holds no word."""
    rest = " ".join(_NAMES.sub(" ", text).split())
    return "" if _NAMES.search(text) and not re.search(r"[^\W\d_]{2}", rest) else rest


@lru_cache(maxsize=64)
def _read(finder: Finder, text: str) -> Shares:
    return finder._shares(text)
