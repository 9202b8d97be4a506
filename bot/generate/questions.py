"""Make questions from a sentence by its parse, for passages that no bank covers."""

from __future__ import annotations

import re

from spacy.tokens import Doc, Span, Token

_SUBJECTS = {"nsubj", "nsubjpass"}
_TIME = {"DATE", "TIME"}
_PLACE = {"GPE", "LOC", "FAC"}
_AMOUNT = {"CARDINAL", "QUANTITY", "MONEY", "PERCENT"}
_MOST = 24


def questions_from(doc: Doc) -> list[str]:
    """Return questions that a sentence answers, most specific first.

    Sentences in a language without a parser give their keywords and
    themselves; those still carry retrieval.

    Args:
        doc: One parsed sentence.
    """
    found: list[str] = []
    if doc.has_annotation("DEP"):
        for verb in (t for t in doc if t.pos_ in {"VERB", "AUX"}):
            found += _from_clause(verb)
        for chunk in doc.noun_chunks:
            if chunk.root.pos_ != "PRON" and not chunk.root.is_stop:
                found += [f"What does it say about {_plain(chunk)}?", f"Tell me about {_plain(chunk)}", _plain(chunk)]
    content = [t.text for t in doc if t.is_alpha and not t.is_stop]
    found += [" ".join(content[:12]), " ".join(doc.text.split())]
    unique = dict.fromkeys(q for q in found if len(q) > 2)
    return list(unique)[:_MOST]


def _from_clause(verb: Token) -> list[str]:
    subject = next((c for c in verb.children if c.dep_ in _SUBJECTS and c.pos_ != "PRON"), None)
    if subject is None:
        return []
    who = _plain(_subtree(subject))
    passive = any(c.dep_ == "auxpass" for c in verb.children)
    rest = _rest(verb, subject)
    person = any(e.label_ == "PERSON" for e in _subtree(subject).ents)
    if verb.lemma_ == "be" and verb.dep_ != "auxpass":
        be = verb.text
        asked = [f"{'Who' if person else 'What'} {be} {who}?", f"{_upper(be)} {who} {rest}?", f"What {be} {rest}?"]
        frame = (be, who, rest)
    elif passive:
        be = next((c.text for c in verb.children if c.dep_ == "auxpass"), "is")
        asked = [f"What {be} {verb.text}?", f"{_upper(be)} {who} {verb.text} {rest}?"]
        frame = (be, who, f"{verb.text} {rest}")
    else:
        do = "did" if verb.tag_ in {"VBD", "VBN"} else "does" if verb.tag_ == "VBZ" else "do"
        asked = [
            f"What {do} {who} {verb.lemma_}?",
            f"{'Who' if person else 'What'} {verb.text} {rest}?",
            f"{_upper(do)} {who} {verb.lemma_} {rest}?",
        ]
        frame = (do, who, f"{verb.lemma_} {rest}")
    clause = _subtree(verb)
    for entity in clause.ents:
        without = _without(frame[2], entity.text)
        if entity.label_ in _TIME:
            asked += [f"When {frame[0]} {who} {without}?", f"In which year {frame[0]} {who} {without}?"]
        elif entity.label_ in _PLACE:
            asked.append(f"Where {frame[0]} {who} {without}?")
        elif entity.label_ in _AMOUNT and entity.end < len(entity.doc):
            asked.append(f"How many {entity.doc[entity.end].text} {frame[0]} {who} {without}?")
    if any(t.lower_ in {"because", "since", "due"} or t.dep_ in {"advcl", "mark"} for t in clause):
        asked.append(f"Why {frame[0]} {who} {frame[2]}?")
    return [re.sub(r"\s+([?,.])", r"\1", " ".join(q.split())) for q in asked]


def _subtree(token: Token) -> Span:
    return token.doc[token.left_edge.i : token.right_edge.i + 1]


def _rest(verb: Token, subject: Token) -> str:
    parts = [
        _subtree(c).text
        for c in verb.children
        if c.i > verb.i and c != subject and c.dep_ not in {"punct", "cc", "conj", "advcl", "mark"}
    ]
    return " ".join(" ".join(parts).split()[:14]).rstrip(",;:.")


def _without(text: str, piece: str) -> str:
    return re.sub(r"\s*\b(?:in|on|since|at|from|of|by|until|during)?\s*" + re.escape(piece), "", text, count=1).strip(" ,")


def _plain(span: Span) -> str:
    words = " ".join(span.text.split()[:12]).rstrip(",;:.")
    first = span[0]
    return words[:1].lower() + words[1:] if first.pos_ == "DET" else words


def _upper(word: str) -> str:
    return word[:1].upper() + word[1:]
