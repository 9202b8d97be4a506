"""Make questions from a sentence by its parse, for passages that no bank covers."""

from __future__ import annotations

import re

from spacy.tokens import Doc, Span, Token

from bot.generate.grammar import Grammar
from bot.texts import fill

_SUBJECTS = {"nsubj", "nsubjpass"}
_TIME = {"DATE", "TIME"}
_PLACE = {"GPE", "LOC", "FAC"}
_AMOUNT = {"CARDINAL", "QUANTITY", "MONEY", "PERCENT"}
_MOST = 24
_KEYWORDS = 5


def questions_from(doc: Doc, spoken: Grammar) -> list[str]:
    """Return questions that a sentence answers, most specific first.

    Sentences in a language without a parser give their keywords and
    themselves; those still carry retrieval.

    Args:
        doc: One parsed sentence.
        spoken: How its language asks.
    """
    found: list[str] = []
    content = [t.text for t in doc if t.is_alpha and not t.is_stop]
    if doc.has_annotation("DEP") and spoken.can_ask():
        for verb in (t for t in doc if t.pos_ in {"VERB", "AUX"}):
            found += _from_clause(verb, spoken)
        for chunk in doc.noun_chunks:
            if chunk.root.pos_ != "PRON" and not chunk.root.is_stop:
                found += _filled("about", spoken, thing=_plain(chunk))
    elif content:
        found += _filled("keywords", spoken, words=" ".join(content[:_KEYWORDS]))
    found += [" ".join(content[:12]), " ".join(doc.text.split())]
    unique = dict.fromkeys(q for q in found if len(q) > 2)
    return list(unique)[:_MOST]


def _from_clause(verb: Token, spoken: Grammar) -> list[str]:
    subject = next((c for c in verb.children if c.dep_ in _SUBJECTS and c.pos_ != "PRON"), None)
    if subject is None:
        return []
    words = spoken.words
    passive = any(c.dep_ == "auxpass" for c in verb.children)
    rest = _rest(verb, subject)
    person = any(e.label_ == "PERSON" for e in _subtree(subject).ents)
    if verb.lemma_ == words["be"] and verb.dep_ != "auxpass":
        kind, aux, said = "being", verb.text, rest
    elif passive:
        kind, said = "passive", f"{verb.text} {rest}"
        aux = next((c.text for c in verb.children if c.dep_ == "auxpass"), words["is"])
    else:
        kind, said = "acting", f"{verb.lemma_} {rest}"
        aux = words["past" if verb.tag_ in {"VBD", "VBN"} else "third" if verb.tag_ == "VBZ" else "other"]
    frame = {
        "asked": words["person" if person else "thing"],
        "subject": _plain(_subtree(subject)),
        "aux": aux,
        "Aux": _upper(aux),
        "verb": verb.text,
        "lemma": verb.lemma_,
        "object": rest,
    }
    asked = _filled(kind, spoken, **frame, rest=said)
    clause = _subtree(verb)
    for entity in clause.ents:
        without = _without(said, entity.text, spoken)
        if entity.label_ in _TIME:
            asked += _filled("time", spoken, **frame, rest=without)
        elif entity.label_ in _PLACE:
            asked += _filled("place", spoken, **frame, rest=without)
        elif entity.label_ in _AMOUNT and entity.end < len(entity.doc):
            asked += _filled("amount", spoken, **frame, rest=without, counted=entity.doc[entity.end].text)
    if any(t.lower_ in spoken.reasons or t.dep_ in {"advcl", "mark"} for t in clause):
        asked += _filled("reason", spoken, **frame, rest=said)
    return [re.sub(r"\s+([?,.])", r"\1", " ".join(q.split())) for q in asked]


def _filled(pattern: str, spoken: Grammar, **words: str) -> list[str]:
    return [fill(p, words) for p in spoken.patterns.get(pattern, ())]


def _subtree(token: Token) -> Span:
    return token.doc[token.left_edge.i : token.right_edge.i + 1]


def _rest(verb: Token, subject: Token) -> str:
    parts = [
        _subtree(c).text
        for c in verb.children
        if c.i > verb.i and c != subject and c.dep_ not in {"punct", "cc", "conj", "advcl", "mark"}
    ]
    return " ".join(" ".join(parts).split()[:14]).rstrip(",;:.")


def _without(text: str, piece: str, spoken: Grammar) -> str:
    before = "|".join(map(re.escape, spoken.before))
    return re.sub(rf"\s*\b(?:{before})?\s*" + re.escape(piece), "", text, count=1).strip(" ,")


def _plain(span: Span) -> str:
    words = " ".join(span.text.split()[:12]).rstrip(",;:.")
    first = span[0]
    return words[:1].lower() + words[1:] if first.pos_ == "DET" else words


def _upper(word: str) -> str:
    return word[:1].upper() + word[1:]
