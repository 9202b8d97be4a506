"""What the bot says: texts by language, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.errors import InputError
from bot.language import DEFAULT_LANGUAGE, LANGUAGES, SAID, file, load
from bot.read.document import Document

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
        several: What replaces phrases, small talk and disclosure where there are several statements, and how to list these.
        relative_dates: Wordings that need a note of the statement's date.
        languages: Names of languages, by code.
        first: What asks for the first of several answers.
        earlier: What asks for the one before the last.
    """

    language: str
    phrases: dict[str, str | list[str]]
    small_talk: dict[str, list[str]]
    disclosure: str
    several: dict[str, Any]
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

    def about(self, documents: Sequence[Document]) -> tuple[Texts, dict[str, str]]:
        """Return the texts that speak of all statements together, and the words that fill them.

        Of several statements `title` is the list, `count` their number, and issuer and date are known where they share them.
        """
        words = words_of(documents[0])
        if len(documents) == 1:
            return self, words
        others = [words_of(d) for d in documents[1:]]
        shared = {name: said if all(o[name] == said for o in others) else "" for name, said in words.items()}
        several = self.several
        titles = [fill(several["each"], {"title": d.title}) for d in documents]
        listed = several["last"].join(filter(None, (several["between"].join(titles[:-1]), titles[-1])))
        texts = replace(
            self,
            phrases={**self.phrases, **several["phrases"]},
            small_talk={**self.small_talk, **several["small_talk"]},
            disclosure=several["disclosure"].strip(),
        )
        return texts, {**shared, "title": listed, "count": str(len(documents))}

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
def load_texts(language: str = DEFAULT_LANGUAGE, folder: Path = LANGUAGES) -> Texts:
    """Load the texts of a language, or the default ones where there is no such file.

    Raises:
        InputError: If the file cannot be read as texts.
    """
    path = file(language, SAID, folder)
    raw = load(path)
    try:
        dates = tuple(RelativeDate(re.compile(d["pattern"], re.IGNORECASE), d["note"]) for d in raw["relative_dates"])
        return Texts(
            language=raw["language"],
            phrases=raw["phrases"],
            small_talk=raw["small_talk"],
            disclosure=raw["disclosure"].strip(),
            several=raw["several"],
            relative_dates=dates,
            languages=raw["languages"],
            first=re.compile(raw["first"], re.IGNORECASE),
            earlier=re.compile(raw["earlier"], re.IGNORECASE),
        )
    except re.error as error:
        raise InputError(path, f"a pattern of `relative_dates` is no regular expression: {error}.") from error
    except (KeyError, TypeError) as error:
        raise InputError(path, f"lacks a part that the bot needs: {error}.") from error
