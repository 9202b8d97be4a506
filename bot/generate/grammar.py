"""How a language asks: the words and patterns by which questions and titles are made from sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import InputError
from bot.language import LANGUAGES, READ, load, own

_WORDS = ("be", "past", "third", "other")
_PATTERNS = ("being", "acting", "passive", "time", "since", "place", "amount", "reason", "whether", "person", "about", "keywords")


@dataclass(frozen=True)
class Grammar:
    """What is known of a language; nothing for one without a file.

    Attributes:
        words: Auxiliaries that form questions, by form (`past`: did, ...), and the lemma of the verb that needs none (`be`).
        patterns: Questions by what is asked for; `{subject}`, `{rest}` and others stand for words of the sentence.
        reasons: Words that announce a reason.
        since: Words before a time since when something is so.
        placed: Words before a place where something is.
        pointing: Words at the beginning of a name that only the sentence before explains.
        counts_as_one: A plural verb form to its singular: what the question word stands for takes the singular.
        articles: Left out at the beginning of a title.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    patterns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: frozenset[str] = frozenset()
    since: frozenset[str] = frozenset()
    placed: frozenset[str] = frozenset()
    pointing: frozenset[str] = frozenset()
    counts_as_one: Mapping[str, str] = field(default_factory=dict)
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
            frozenset(asked.get("since", ())),
            frozenset(asked.get("placed", ())),
            frozenset(asked.get("pointing", ())),
            dict(asked.get("counts_as_one", {})),
            articles,
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(path, f"`questions` lacks a part: {error}.") from error


def without_article(text: str, spoken: Grammar) -> str:
    """Return a text without the article that it begins with."""
    articles = "|".join(map(re.escape, spoken.articles))
    return re.sub(rf"^(?:{articles})\s+", "", text, flags=re.IGNORECASE) if articles else text
