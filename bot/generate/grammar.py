"""How a language asks: the words and patterns by which questions and titles are made from sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import InputError
from bot.language import LANGUAGES, READ, load, own

_WORDS = ("person", "thing", "be", "is", "past", "third", "other")
_PATTERNS = ("being", "passive", "acting", "time", "place", "amount", "reason", "about", "keywords")


@dataclass(frozen=True)
class Grammar:
    """What is known of a language; nothing for one without a file.

    Attributes:
        words: Of a question, by what they are for (`person`: Who, `past`: did, ...).
        patterns: Questions by what is asked for; `{subject}`, `{rest}` and others stand for words of the sentence.
        reasons: Words that announce a reason.
        before: Words before a time, place or amount, which go with it.
        articles: Left out at the beginning of a title.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    patterns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: frozenset[str] = frozenset()
    before: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()

    def can_ask(self) -> bool:
        """Tell whether questions can be made from the parse of a sentence."""
        return bool(self.words)


def grammar(code: str, folder: Path = LANGUAGES) -> Grammar:
    """Load how a language asks.

    Raises:
        InputError: If a part of `questions` is missing.
    """
    path = own(code, READ, folder)
    raw = load(path) if path.is_file() else {}
    articles = tuple(raw.get("articles", ()))
    asked = raw.get("questions")
    if asked is None:
        return Grammar(articles=articles)
    try:
        return Grammar(
            {name: str(asked["words"][name]) for name in _WORDS} if asked.get("words") else {},
            {name: tuple(asked["patterns"].get(name, ())) for name in _PATTERNS},
            frozenset(asked.get("reasons", ())),
            tuple(asked.get("before", ())),
            articles,
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(path, f"`questions` lacks a part: {error}.") from error


def without_article(text: str, spoken: Grammar) -> str:
    """Return a text without the article that it begins with."""
    articles = "|".join(map(re.escape, spoken.articles))
    return re.sub(rf"^(?:{articles})\s+", "", text, flags=re.IGNORECASE) if articles else text
