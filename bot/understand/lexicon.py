"""The words by which messages are taken apart and cues are read: one language, from `data/language/`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ROOT, InputError

LANGUAGES = ROOT / "data" / "language"
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True)
class Lexicon:
    """The lists of `data/language/understanding.<code>.yml`, lower-case, and what is made of them.

    Attributes:
        code: The language, by the code of its files.
        lists: Words and phrases by the name of their list.
        ordinals: Names of the first, second, ... of what was offered.
        places: Names of the parts of a statement: `paragraph`, `sentence`, `next`, `last`.
        mention: Frames around a word that is looked for in the statement.
        count: Questions for a number of words or things in the statement.
        out_of: How many there are to choose from, said beside the choice ("of the three").
        spoken_marks: Marks that a dictating machine writes as words.
        names: A word or phrase in another language or form, to the one that the statement uses.
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
    path = folder / f"understanding.{code}.yml"
    if not path.is_file():
        path = folder / f"understanding.{DEFAULT_LANGUAGE}.yml"
    raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    countries_path = folder / path.name.replace("understanding", "countries")
    countries: dict[str, Any] = {"countries": {}, "regions": {}}
    if countries_path.is_file():
        countries = yaml.safe_load(countries_path.read_text(encoding="utf-8"))
    regions: dict[str, set[str]] = {}
    for region, members in countries["regions"].items():
        for member in members:
            regions.setdefault(member, set()).add(region)
    try:
        return Lexicon(
            code=path.name.split(".")[1],
            lists={name: frozenset(map(str, words)) for name, words in raw.items() if isinstance(words, list)},
            ordinals=tuple(frozenset(map(str, names)) for names in raw["ordinals"]),
            places={name: frozenset(words) for name, words in raw["places"].items()},
            mention=tuple(re.compile(rf"^{frame}$", re.IGNORECASE) for frame in raw["mention"]),
            count=tuple(re.compile(frame, re.IGNORECASE) for frame in raw["count"]),
            out_of=re.compile(raw["out_of"], re.IGNORECASE),
            spoken_marks=raw["spoken_marks"],
            names={form: name for name, forms in raw["aliases"].items() for form in forms},
            countries={w: c for c, words in countries["countries"].items() for w in [c, *words]},
            regions={country: frozenset(names) for country, names in regions.items()},
        )
    except KeyError as error:
        raise InputError(path, f"lacks the part {error}.") from error
    except re.error as error:
        raise InputError(path, f"a pattern is no regular expression: {error}.") from error
