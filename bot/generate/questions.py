"""Make questions from a sentence by its parse, for passages that no bank covers."""

from __future__ import annotations

import re

from bot.generate.grammar import Grammar
from bot.read.language import pipeline, words
from bot.read.nlp import Doc, Span, Token
from bot.read.signs import plain_words
from bot.texts import fill

_SUBJECTS = {"nsubj", "nsubjpass"}
_PARTS = {"dobj", "attr", "acomp", "prep", "agent", "npadvmod", "advmod"}
_FINITE = {"VBD", "VBZ", "VBP", "MD"}
_PEOPLE = {"PERSON", "ORG", "NORP"}
_TIME = {"DATE", "TIME"}
_PLACE = {"GPE", "LOC", "FAC"}
_AMOUNT = {"CARDINAL", "QUANTITY", "MONEY", "PERCENT"}
# In words.
_LONGEST = 14
_LONGEST_NAME = 9
# Questions made from a sentence, and keywords in one of them.
_MOST = 24
_KEYWORDS = 5


def questions_from(doc: Doc, spoken: Grammar) -> list[str]:
    """Return questions that a sentence answers, most specific first; the first is shown on buttons.

    Only a clause that can be turned into a question safely is used: few right questions beat many.
    In a language without a parser the sentence and its keywords stand for
    questions; retrieval works with those too.

    Args:
        doc: One parsed sentence.
        spoken: How its language asks.
    """
    doc = without_signs(doc)
    content = [t.text for t in doc if t.is_alpha and not t.is_stop]
    found: list[str] = []
    if doc.has_annotation("DEP") and spoken.can_ask():
        # Where spaCy sees two sentences in one its grammar is wrong.
        if len(list(doc.sents)) == 1:
            for verb in (t for t in doc if t.pos_ in {"VERB", "AUX"} and _is_main(t)):
                found += _from_clause(verb, spoken)
        for chunk in named_in(doc, spoken):
            found += _filled("about", spoken, thing=chunk)
    elif content:
        found += _filled("keywords", spoken, words=" ".join(content[:_KEYWORDS]))
    found += [" ".join(doc.text.split()), " ".join(content[:12])]
    unique = dict.fromkeys(q for q in found if len(q) > 2)
    return list(unique)[:_MOST]


def without_signs(doc: Doc) -> Doc:
    """Return a sentence without the sign of an item, signs of footnotes and ends of lines, parsed again if it had any."""
    plain = plain_words(doc.text, words(doc.lang_))
    return doc if plain == doc.text or not plain else pipeline(doc.lang_)(plain)


def _is_main(verb: Token) -> bool:
    """Tell whether a verb is that of a main clause which says something: no condition, no denial, nothing quoted or asked."""
    head = verb
    while head.dep_ == "conj" and head.head != head:
        head = head.head
    return head.dep_ == "ROOT" and not any(c.dep_ == "neg" for c in verb.children) and "?" not in verb.doc.text


def _from_clause(verb: Token, spoken: Grammar) -> list[str]:
    subject = next((c for c in verb.children if c.dep_ in _SUBJECTS and c.pos_ != "PRON" and c.i < verb.i), None)
    if subject is None or not _can_be_named(_subtree(subject), spoken):
        return []
    who = _plain(_subtree(subject))
    person = any(e.label_ in _PEOPLE for e in _subtree(subject).ents)
    helpers = [c for c in verb.children if c.dep_ in {"aux", "auxpass"} and c.i < verb.i]
    passive = any(c.dep_ == "auxpass" for c in helpers)
    being = verb.lemma_ == spoken.words["be"] and not passive
    several = subject.tag_ in {"NNS", "NNPS"} or any(c.dep_ == "conj" for c in subject.children)
    first = helpers[0] if helpers else verb
    # A wrong tag shows where verb and subject do not agree.
    if first.tag_ not in _FINITE or (first.tag_ in {"VBZ", "VBP"} and several == (first.tag_ == "VBZ")):
        return []
    if helpers:
        front, rear = helpers[0].lower_, [*(c.text for c in helpers[1:]), verb.text]
    elif being:
        front, rear = verb.lower_, []
    else:
        front, rear = spoken.words["past" if verb.tag_ == "VBD" else "third" if verb.tag_ == "VBZ" else "other"], [verb.lemma_]
    said = _Said(verb)
    frame = {
        "aux": front,
        "Aux": _upper(front),
        "one": spoken.counts_as_one.get(front, front),
        "subject": who,
        "done": " ".join(rear),
        "verb": verb.text,
    }
    asked: list[str] = []
    thing = said.part("dobj")

    def ask(pattern: str, rest: str, **more: str) -> None:
        asked.extend(_filled(pattern, spoken, **frame, rest=rest, **more))

    if being and said.part("attr") and not person:
        ask("being", "")
    if thing and not passive:
        ask("acting", said.without(thing))
    if passive and said.text:
        ask("passive", said.text)
    for entity in _subtree(verb).ents:
        part = said.part_of(entity)
        if part is None:
            continue
        if entity.label_ in _TIME and part.dep_ in {"prep", "npadvmod"}:
            ask("since" if part.lower_ in spoken.since else "time", said.without(part))
        elif entity.label_ in _PLACE and part.lower_ in spoken.placed:
            ask("place", said.without(part))
        elif entity.label_ == "CARDINAL" and part.dep_ == "dobj" and part.tag_ == "NNS" and not being and entity.end == part.i:
            ask("amount", said.without(part), counted=part.text)
    if any(c.dep_ in {"advcl", "prep"} and any(t.lower_ in spoken.reasons for t in _subtree(c)) for c in verb.children):
        ask("reason", said.text)
    if said.text:
        ask("whether", said.text)
        if person and not helpers and verb.tag_ in {"VBD", "VBZ"} and thing:
            ask("person", said.text)
    return [re.sub(r"\s+([?,.])", r"\1", " ".join(q.split())) for q in asked]


def _filled(pattern: str, spoken: Grammar, **words: str) -> list[str]:
    return [fill(p, words) for p in spoken.patterns.get(pattern, ())]


class _Said:
    """What a clause says after its verb: whole parts, as many as a question holds."""

    def __init__(self, verb: Token) -> None:
        parts = [c for c in verb.children if c.i > verb.i and c.dep_ in _PARTS]
        self._parts: list[Token] = []
        words = 0
        for part in parts:
            words += len(_subtree(part))
            if words > _LONGEST or not _is_plain(_subtree(part)):
                break
            self._parts.append(part)
        # A clause that goes on otherwise would be cut in the middle.
        following = [c for c in verb.children if c.i > verb.i and c.dep_ in {"ccomp", "xcomp", "oprd", "dative", "prt"}]
        self._cut = bool(following) or (len(self._parts) < len(parts) and not self._parts)

    @property
    def text(self) -> str:
        """All of it; nothing where it would be cut in the middle."""
        return "" if self._cut else self.without(None)

    def part(self, dependency: str) -> Token | None:
        """Return the first such part."""
        return None if self._cut else next((p for p in self._parts if p.dep_ == dependency), None)

    def without(self, left_out: Token | None) -> str:
        """Return it without one part."""
        kept = [p for p in self._parts if left_out is None or p.i != left_out.i]
        return " ".join(_subtree(p).text for p in kept).rstrip(",;:.")

    def part_of(self, entity: Span) -> Token | None:
        """Return the part that an entity makes up: `in 1998`, `on Monday`, `400 passengers`."""
        if self._cut:
            return None
        for part in self._parts:
            inner = _subtree(part)
            if inner.start <= entity.start and entity.end <= inner.end and inner.end - entity.end <= 1:
                near = part.dep_ == "npadvmod" or part.i + 1 >= entity.start or inner[1].i + 1 >= entity.start
                return part if near or part.dep_ == "dobj" else None
        return None


def named_in(doc: Doc, spoken: Grammar) -> list[str]:
    """Return what a sentence speaks of, as one can ask for it: the subject first, then the longest."""
    chunks = [c for c in doc.noun_chunks if c.root.pos_ in {"NOUN", "PROPN"} and _can_be_named(c, spoken)]
    chunks = [
        c for c in chunks if not c.root.is_stop and not c[0].like_num and c.root.ent_type_ not in _TIME | _AMOUNT | {"ORDINAL"}
    ]
    ordered = sorted(chunks, key=lambda c: (c.root.dep_ not in _SUBJECTS, -len(c), c.start))
    return [_plain(c) for c in ordered]


def _can_be_named(span: Span, spoken: Grammar) -> bool:
    """Tell whether words can stand in a question by themselves: whole, short, and pointing at nothing outside."""
    return len(span) <= _LONGEST_NAME and span[0].lower_ not in spoken.pointing and _is_plain(span) and len(span.text) > 2


def _is_plain(span: Span) -> bool:
    text = span.text
    return not re.search(r"[:;?!“”\"«»„\n]|\.\s|[^\w]$", text) and text.count("(") == text.count(")")


def _subtree(token: Token) -> Span:
    return token.doc[token.left_edge.i : token.right_edge.i + 1]


def _plain(span: Span) -> str:
    first = span[0]
    small = first.i == 0 and first.text.istitle() and first.tag_ not in {"NNP", "NNPS"} and not first.ent_type_
    return first.text.lower() + span.text[len(first.text) :] if small or first.pos_ == "DET" else span.text


def _upper(word: str) -> str:
    return word[:1].upper() + word[1:]
