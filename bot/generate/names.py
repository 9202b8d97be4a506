"""Name a passage after what it says: its intent and its title on a button."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter

from bot.generate.grammar import Grammar, without_article
from bot.generate.questions import named_in, without_signs
from bot.read.nlp import Doc

_TITLE_LETTERS = 48


def intent_names(docs: list[Doc], given: list[str]) -> list[str]:
    """Return an intent name for each sentence, unique and the same at every run.

    Args:
        docs: The parsed sentences of one document.
        given: Names the bank gives (without `ask_`), or empty strings.

    Returns:
        Names such as `ask_aegean_operation`.
    """
    frequency = Counter(lemma for doc in docs for lemma in {_lemma(t) for t in doc})
    names: list[str] = []
    for doc, name in zip(docs, given):
        base = "ask_" + (name or _keywords(doc, frequency, len(docs)))
        names.append(_unique(base, set(names)))
    return names


def title(doc: Doc, spoken: Grammar) -> str:
    """Return a few words of the sentence itself that name it."""
    doc = without_signs(doc)
    chunks = named_in(doc, spoken) if doc.has_annotation("DEP") else []
    text = max(chunks, key=lambda c: min(len(c), _TITLE_LETTERS)) if chunks else doc.text
    text = without_article(" ".join(text.split()), spoken)
    if len(text) > _TITLE_LETTERS:
        text = text[:_TITLE_LETTERS].rsplit(" ", 1)[0] + " …"
    return text[:1].upper() + text[1:]


def _keywords(doc: Doc, frequency: Counter[str], sentences: int) -> str:
    weights: dict[str, float] = {}
    for token in doc:
        lemma = _lemma(token)
        if len(lemma) > 2 and not token.is_stop and (token.pos_ in {"NOUN", "PROPN", "ADJ", "VERB", "NUM"} or not token.pos_):
            emphasis = {"PROPN": 1.5, "NOUN": 1.2}.get(token.pos_, 1.0)
            weights[lemma] = emphasis * math.log(1 + sentences / frequency[lemma])
    best = sorted(weights, key=lambda k: (-weights[k], k))[:3]
    in_order = [lemma for lemma in weights if lemma in best]
    return "_".join(in_order) or "sentence"


def _lemma(token: object) -> str:
    text = getattr(token, "lemma_", "") or str(token)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", plain)


def _unique(base: str, taken: set[str]) -> str:
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return name
