"""What the bot says: texts by language, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ROOT, InputError
from bot.read.document import Document

TEXTS = ROOT / "data" / "texts"
DEFAULT_LANGUAGE = "en"
_WORD = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*\{\w+\}[^\[\]]*)\]")


@dataclass(frozen=True)
class RelativeDate:
    """A wording that means something only on the day of the statement."""

    pattern: re.Pattern[str]
    note: str


@dataclass(frozen=True)
class Texts:
    """The bot's words in one language.

    Attributes:
        phrases: Framing words; a list holds variants.
        small_talk: Small talk by intent, each with variants.
        disclosure: What is said once, at first contact.
        relative_dates: Wordings that need a note of the statement's date.
        languages: Names of languages, by code.
        first: What asks for the first of several answers.
        earlier: What asks for the one before the last.
    """

    language: str
    phrases: dict[str, str | list[str]]
    small_talk: dict[str, list[str]]
    disclosure: str
    relative_dates: tuple[RelativeDate, ...]
    languages: dict[str, str]
    first: re.Pattern[str]
    earlier: re.Pattern[str]

    def say(self, key: str, /, turn: int = 0, words: dict[str, str] | None = None) -> str:
        """Return a phrase; `turn` picks the variant, `words` fill it (see `fill`)."""
        phrase = self.phrases[key]
        variant = phrase[turn % len(phrase)] if isinstance(phrase, list) else phrase
        return fill(variant, words or {})

    def is_first(self, text: str) -> bool:
        """Tell whether a message that goes back wants the first answer of all."""
        return self.first.search(text) is not None

    def is_earlier(self, text: str) -> bool:
        """Tell whether a message wants the answer before the last."""
        return self.earlier.search(text) is not None

    def disclose(self, document: Document, retention_days: str | int) -> str:
        """Return what is said at first contact: a bot, whose words it quotes, what is stored."""
        return fill(self.disclosure, {**words_of(document), "retention_days": retention_days})

    def date_notes(self, quote: str, document: Document) -> list[str]:
        """Return notes on the relative dates of a quote; empty for an undated document."""
        if not document.date:
            return []
        notes: list[str] = []
        for relative in self.relative_dates:
            match = relative.pattern.search(quote)
            if match:
                words = {"match": match.group(), "date": document.date_text, "year": document.date[:4]}
                notes.append(relative.note.format(**{"n": "", **match.groupdict(), **words}))
        return notes


def words_of(document: Document) -> dict[str, str]:
    """Return the words that speak of a statement; what is not known of it is empty."""
    return {"title": document.title, "issuer": document.issuer, "date": document.date_text, "byline": document.byline}


def fill(text: str, words: Mapping[str, object]) -> str:
    """Fill a text of ours.

    Args:
        text: `{name}` stands for a word; a part in `[...]` is there only if all words in it are: `“{title}”[, {date}].`
        words: By name; an unknown name stays as it is, and what is filled in is not read again.
    """
    present = _OPTIONAL.sub(lambda part: part[1] if all(words.get(name) for name in _WORD.findall(part[1])) else "", text)
    return _WORD.sub(lambda word: str(words.get(word[1], word[0])), present)


@lru_cache(maxsize=8)
def load_texts(language: str = DEFAULT_LANGUAGE, folder: Path = TEXTS) -> Texts:
    """Load the texts of a language, or the default ones where there is no such file.

    Raises:
        InputError: If the file cannot be read as texts.
    """
    path = folder / f"{language}.yml"
    if not path.is_file():
        path = folder / f"{DEFAULT_LANGUAGE}.yml"
    try:
        raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        dates = tuple(RelativeDate(re.compile(d["pattern"], re.IGNORECASE), d["note"]) for d in raw["relative_dates"])
        return Texts(
            language=raw["language"],
            phrases=raw["phrases"],
            small_talk=raw["small_talk"],
            disclosure=raw["disclosure"].strip(),
            relative_dates=dates,
            languages=raw["languages"],
            first=re.compile(raw["first"], re.IGNORECASE),
            earlier=re.compile(raw["earlier"], re.IGNORECASE),
        )
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(path, "not valid YAML.", mark.line + 1 if mark else 1) from error
    except re.error as error:
        raise InputError(path, f"a pattern of `relative_dates` is no regular expression: {error}.") from error
    except (KeyError, TypeError) as error:
        raise InputError(path, f"lacks a part that the bot needs: {error}.") from error
