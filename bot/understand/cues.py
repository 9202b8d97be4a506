"""What can be read off the words of a part without a model: choices, places, mentions, counts, and what does not fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from bot.read.document import Document
from bot.retrieve.words import fold, language
from bot.understand.choice import Choice, choice
from bot.understand.lexicon import Lexicon, alternatives
from bot.understand.lexicon import lexicon as load_lexicon
from bot.understand.talk import Talk

_MOST_MENTIONED_WORDS = 4
_MOST_OF_A_PLACE = 3
# A name that stands in this share of the sentences is the subject of the whole statement.
_SUBJECT_SHARE = 0.3
_YEAR = r"(?:1[89]|20)\d\d"


@dataclass(frozen=True)
class Cues(Choice):
    """Cues of one part.

    Attributes:
        placed: Keys of the passages at the place that is named; `None` if none is named.
        mentioned: Keys of the passages with the word that is looked for; `None` if none is looked for.
        counts: Whether it asks for a number of words or things in the text.
        foreign_script: Whether it is written in a script that the language does not use.
    """

    placed: tuple[str, ...] | None = None
    mentioned: tuple[str, ...] | None = None
    counts: bool = False
    foreign_script: bool = False


def cues(text: str, talk: Talk, documents: Sequence[Document], lexicon: Lexicon) -> Cues:
    """Return the cues of a part."""
    chosen = choice(text, talk, lexicon)
    # Before anything was quoted a place may be one of any statement.
    meant = [d for d in documents if talk.last.startswith(d.name + "/")] or documents
    places = [keys for d in meant if (keys := place(text, talk, d, lexicon)) is not None]
    return Cues(
        chosen.picked,
        chosen.refused,
        chosen.unclear,
        tuple(key for keys in places for key in keys) if places else None,
        mention(text, documents, lexicon),
        any(p.search(text) for p in lexicon.count),
        _is_foreign(text, lexicon),
    )


def place(text: str, talk: Talk, document: Document, lexicon: Lexicon) -> tuple[str, ...] | None:
    """Return the keys of the passages at a place that a message names: empty if there is no such place, `None` if none is named.

    "paragraph 7, sentence 2", "the third sentence of paragraph 2", "p7s2", "7.2", "the last paragraph".
    """
    low = fold(text)
    label = re.fullmatch(r"\W*p(\d{1,3})(?:s(\d{1,3}))?\W*", low) or re.fullmatch(r"\W*(?:§\s*)?(\d{1,2})[.:](\d{1,2})\W*", low)
    if label:
        return _at(document, int(label.group(1)), int(label.group(2)) if label.group(2) else None)
    if not any(name in low for what in ("paragraph", "sentence") for name in lexicon.places[what]):
        return None
    here = document.by_id.get(talk.last.partition("/")[2])
    paragraph = _numbered(low, "paragraph", lexicon, document.quotable[-1].paragraph, here.paragraph if here else 0)
    inside = paragraph or (here.paragraph if here else 0)
    count = len(document.paragraph(inside)) if inside else 0
    sentence = _numbered(low, "sentence", lexicon, count, here.sentence if here else 0)
    if paragraph is None and sentence is None:
        return None
    if paragraph is None and not here:
        # A sentence without its paragraph, and nothing quoted before: counted from the beginning.
        keys = [f"{document.name}/{p.id}" for p in document.quotable]
        return (keys[sentence - 1],) if sentence and sentence <= len(keys) else ()
    return _at(document, inside, sentence)


def _numbered(text: str, what: str, lexicon: Lexicon, last: int, here: int) -> int | None:
    """Return the number that a text gives to a paragraph or sentence; 0 if there cannot be such a one."""
    names, ordinal, patterns = alternatives(lexicon.places[what]), lexicon.patterns["ordinal_ending"], lexicon.patterns
    # "The seven paragraphs" counts them.
    one = alternatives(n for n in lexicon.places[what] if n.rstrip(patterns["plural"]) in (n, ""))
    found = re.search(rf"(?:{names})\s*(?:{lexicon.patterns['number']})?\s*(\d{{1,3}})\b", text) or re.search(
        rf"\b(\d{{1,3}})(?:{ordinal})?\s+(?:{one})(?!\w)", text
    )
    if found:
        asked = rf"{patterns['how_many']}|{found.group(1)} (?:{names}) (?:{patterns['or']})"
        return int(found.group(1)) if not re.search(asked, text) else None
    for number, forms in enumerate(lexicon.ordinals, 1):
        words = alternatives(w for w in forms if len(w) > 2)
        if re.search(rf"\b(?:{words})\s+(?:{one})(?!\w)|(?:{names})\s+(?:{words})\b", text):
            return number
    for word, number in ((w, n) for name, n in (("next", here + 1), ("last", last)) for w in lexicon.places[name]):
        if re.search(rf"\b{word}\s+(?:{names})(?!\w)", text) and number:
            # Past the end there is nothing: 0 is no paragraph that can be quoted.
            return number if number <= last else 0
    return None


def _at(document: Document, paragraph: int, sentence: int | None) -> tuple[str, ...]:
    passages = document.paragraph(paragraph)
    if sentence is not None:
        passages = tuple(p for p in passages if p.sentence == sentence)
    return tuple(f"{document.name}/{p.id}" for p in passages[:_MOST_OF_A_PLACE])


def mention(text: str, documents: Sequence[Document], lexicon: Lexicon) -> tuple[str, ...] | None:
    """Return the keys of the passages that hold a word which is looked for; `None` if none is looked for."""
    plain = re.sub(r"[\"“”„?!.]+", " ", text).strip()
    plain = re.sub(rf"^(?:(?:{alternatives(lexicon['opening'])})\b[\s,]*)+", "", plain, flags=re.IGNORECASE)
    for frame in lexicon.mention:
        match = frame.match(" ".join(plain.split()))
        if not match:
            continue
        what = re.sub(
            rf"^(?:{alternatives(lexicon['mention_opening'])})\s+", "", match.group("what").strip(" '‘’"), flags=re.IGNORECASE
        )
        if what.lower() in lexicon["mention_not"] or len(what.split()) > _MOST_MENTIONED_WORDS or not what:
            return None
        return tuple(f"{d.name}/{p.id}" for d in documents for p in d.quotable if _holds(d.quote(p), what, lexicon))
    return None


def _holds(quote: str, what: str, lexicon: Lexicon) -> bool:
    """Tell whether a quote holds a word or phrase, in whatever case, also as the beginning of a longer word."""
    wanted = fold(what)
    wanted = lexicon.names.get(wanted, wanted)
    stem = wanted.rstrip(lexicon.patterns["plural"]) if len(wanted) > 4 else wanted
    return re.search(rf"(?<!\w){re.escape(stem)}", fold(quote)) is not None


@dataclass(frozen=True)
class Names:
    """What a text names: countries, `owners` among them (in the possessive or as an adjective: "Russia's", "Russian"), dates.

    `negated` tells whether it holds a negation.
    """

    countries: frozenset[str]
    owners: frozenset[str]
    dates: frozenset[str]
    negated: bool


@lru_cache(maxsize=256)
def _names(text: str, code: str) -> Names:
    lexicon = load_lexicon(code)
    low = fold(text).replace("’", "'")
    words = re.findall(r"[^\W_]+(?:'[^\W_]+)?", low)
    grams = words + [" ".join(p) for p in pairwise(words)]
    own, no = lexicon.patterns["owner"], lexicon.patterns["glued_negation"]
    countries = frozenset(lexicon.countries[w.removesuffix(own)] for w in grams if w.removesuffix(own) in lexicon.countries)
    owning = {w for w in grams if (own and w.endswith(own)) or lexicon.countries.get(w, w) != w}
    owners = frozenset(lexicon.countries[w.removesuffix(own)] for w in owning if w.removesuffix(own) in lexicon.countries)
    emptied = re.sub(alternatives(lexicon["negations_empty"]), " ", low)
    glued = rf"|{no}\b" if no else ""
    negated = bool(re.search(rf"\b(?:{alternatives(map(fold, lexicon['negations'] - {no}))})\b{glued}", emptied))
    return Names(countries, owners, _dates(low, lexicon), negated)


@lru_cache(maxsize=256)
def _kind(text: str, code: str) -> str:
    return language(code).kind(text)


def _dates(low: str, lexicon: Lexicon) -> frozenset[str]:
    """Return the dates of a text: years, and days as `month day`; a day without its month says nothing."""
    found = set(re.findall(rf"\b{_YEAR}\b", low))
    months, patterns = lexicon.months, lexicon.patterns
    names, ordinal = alternatives(months), patterns["ordinal_ending"]
    for match in re.finditer(rf"\b({names})\.?\s+(\d{{1,2}})(?:{ordinal})?\b", low):
        found.add(f"{months[match.group(1)]} {int(match.group(2))}")
    for match in re.finditer(rf"\b(\d{{1,2}})(?:{ordinal})?\s+(?:(?:{patterns['of']})\s+)?({names})\b", low):
        found.add(f"{months[match.group(2)]} {int(match.group(1))}")
    for match in re.finditer(rf"\b(?:{patterns['in_month']})\s+({names})\b(?!\.?\s*\d)", low):
        if match.group(1) not in lexicon["also_months"]:
            found.add(months[match.group(1)])
    return frozenset(found)


@dataclass(frozen=True)
class Against:
    """What in a part speaks against a passage.

    Attributes:
        names: Number of countries in the part that this passage lacks, though another one has them.
        names_absent: Number of countries in the part that no passage has.
        dates: Number of dates in the part that the passage lacks.
        denied: 1 if the part denies what the passage does not, else 0.
        no_number: 1 if a number is asked for and it has none, else 0.
        no_date: 1 if a date is asked for and it has none, else 0.
    """

    names: float = 0.0
    names_absent: float = 0.0
    dates: float = 0.0
    denied: float = 0.0
    no_number: float = 0.0
    no_date: float = 0.0


class Fit:
    """Tells what in a part speaks against a passage of a document."""

    def __init__(self, document: Document, lexicon: Lexicon) -> None:
        """Note the names, dates and numbers of every passage."""
        self._code = document.language
        self._lexicon = lexicon
        quotes = {f"{document.name}/{p.id}": document.quote(p) for p in document.quotable}
        self._passages = {key: (_names(q, self._code), fold(q), any(c.isdigit() for c in q)) for key, q in quotes.items()}
        countries = [c for names, _, _ in self._passages.values() for c in names.countries]
        self._named = frozenset(countries)
        # The country that the statement is about belongs to every sentence of it.
        self._subjects = {c for c in self._named if countries.count(c) >= _SUBJECT_SHARE * len(quotes)}

    def __contains__(self, key: str) -> bool:
        """Tell whether a key is one of a passage here."""
        return key in self._passages

    def __call__(self, text: str, key: str) -> Against:
        """Return what in a text speaks against a passage, given by its key."""
        mine = _names(text, self._code)
        passage, low, numbered = self._passages[key]
        kind = _kind(text, self._code)
        # A passage that has the country only as a place ("in Russia") lacks what is the country's own ("Russian troops").
        strange = [
            c
            for c in mine.countries - self._subjects
            if not self._has(passage, low, c) or (c in mine.owners and c in passage.countries and c not in passage.owners)
        ]
        absent = [c for c in strange if c not in self._named]
        dates = [d for d in mine.dates if d not in passage.dates and not self._month(d, passage)]
        return Against(
            float(len(strange) - len(absent)),
            float(len(absent)),
            float(len(dates)),
            float(mine.negated and not passage.negated),
            float(kind == "number" and not numbered),
            float(kind == "when" and not passage.dates),
        )

    def _has(self, passage: Names, low: str, country: str) -> bool:
        regions = self._lexicon.regions.get(country, frozenset())
        return country in passage.countries or any(region in low for region in regions)

    @staticmethod
    def _month(date: str, passage: Names) -> bool:
        return " " not in date and any(d.startswith(date + " ") for d in passage.dates)


def _is_foreign(text: str, lexicon: Lexicon) -> bool:
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and 2 * sum(lexicon.letters.fullmatch(c) is None for c in letters) > len(letters)
