"""The words by which messages are taken apart and cues are read: one language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.errors import InputError
from bot.language import COUNTRIES, LANGUAGES, UNDERSTANDING, file, load
from bot.retrieve.words import fold


@dataclass(frozen=True)
class Lexicon:
    """The lists of a language's `understanding.yml`, lower-case, and what is made of them.

    Attributes:
        code: The language, by the code of its folder.
        lists: Words and phrases by the name of their list.
        ordinals: Names of the first, second, ... of what was offered.
        places: Names of the parts of a statement: `paragraph`, `sentence`, `next`, `last`.
        mention: Frames around a word that is looked for in the statement.
        count: Questions for a number of words or things in the statement.
        out_of: How many there are to choose from, said beside the choice ("of the three").
        spoken_marks: Marks that a dictating machine writes as words.
        names: A word or phrase in another language or form, to the one that the statement uses.
        months: A month or its short form, to the month.
        patterns: Regular expressions by name, to be put into others.
        letters: The letters that the language is written with.
        countries: A word for a country or for what is its own, to the country.
        regions: A country to the regions that it lies in.
    """

    code: str
    lists: dict[str, frozenset[str]]
    ordinals: tuple[frozenset[str], ...]
    places: dict[str, frozenset[str]]
    mention: tuple[re.Pattern[str], ...]
    count: tuple[re.Pattern[str], ...]
    out_of: re.Pattern[str]
    spoken_marks: dict[str, str]
    names: dict[str, str]
    months: dict[str, str]
    patterns: dict[str, str]
    letters: re.Pattern[str]
    countries: dict[str, str]
    regions: dict[str, frozenset[str]]

    def __getitem__(self, name: str) -> frozenset[str]:
        """Return a list by its name."""
        return self.lists[name]


def alternatives(words: Iterable[str]) -> str:
    """Return a pattern for any of these words or phrases, the longest first; spaces fit any spaces."""
    return _alternatives(words if isinstance(words, frozenset) else frozenset(words))


@lru_cache(maxsize=512)
def _alternatives(words: frozenset[str]) -> str:
    return "|".join(r"\s+".join(map(re.escape, w.split())) for w in sorted(words, key=lambda w: (-len(w), w)))


@lru_cache(maxsize=8)
def lexicon(code: str, folder: Path = LANGUAGES) -> Lexicon:
    """Load the lexicon of a language, or the default one where there is no such file.

    Raises:
        InputError: If a file lacks a part or a pattern is no regular expression.
    """
    path = file(code, UNDERSTANDING, folder)
    raw = load(path)
    beside = path.with_name(COUNTRIES)
    countries: dict[str, Any] = load(beside) if beside.is_file() else {"countries": {}, "regions": {}}
    regions: dict[str, set[str]] = {}
    for region, members in countries["regions"].items():
        for member in members:
            regions.setdefault(member, set()).add(region)
    try:
        return Lexicon(
            code=path.parent.name,
            lists={name: frozenset(map(str, words)) for name, words in raw.items() if isinstance(words, list)},
            ordinals=tuple(_forms(names) for names in raw["ordinals"]),
            places={name: _forms(words) for name, words in raw["places"].items()},
            mention=tuple(re.compile(rf"^{frame}$", re.IGNORECASE) for frame in raw["mention"]),
            count=tuple(re.compile(frame, re.IGNORECASE) for frame in raw["count"]),
            out_of=re.compile(raw["out_of"], re.IGNORECASE),
            spoken_marks=raw["spoken_marks"],
            names={form: name for name, forms in raw["aliases"].items() for form in forms},
            months={
                form: month for names in zip(raw["months"], raw["months_short"]) for month in names[:1] for form in _forms(names)
            },
            patterns=raw["patterns"],
            letters=re.compile(raw["patterns"]["letters"]),
            countries={w: c for c, words in countries["countries"].items() for w in [c, *words]},
            regions={country: frozenset(names) for country, names in regions.items()},
        )
    except KeyError as error:
        raise InputError(path, f"lacks the part {error}.") from error
    except re.error as error:
        raise InputError(path, f"a pattern is no regular expression: {error}.") from error


def _forms(words: Iterable[Any]) -> frozenset[str]:
    """Return words with their accents and without: some cues are read off folded texts."""
    return frozenset(form for word in map(str, words) for form in (word, fold(word)))
