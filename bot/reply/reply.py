"""Compose a reply: framing words and quotes, by the contract and as plain messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from bot.read.document import Document, Passage
from bot.reply.contract import RANK, Citation, Option, Outcome, Part, PartOutcome, Reply, Source
from bot.texts import Texts, fill, load_texts, words_of

_MOST_CITATIONS = 3


@dataclass(frozen=True)
class Utterance:
    """What to send.

    Attributes:
        reply: The contract.
        texts: The same as messages for plain channels, in order.
    """

    reply: Reply
    texts: tuple[str, ...]


@dataclass(frozen=True)
class PartReply:
    """What one part of a message gets.

    Attributes:
        text: The part, as it was read.
        outcome: What came of it.
        quoted: Keys of the passages that answer, the best first.
        nearest: Key of what is shown instead of an answer, or empty.
        foreign: Whether it has nothing to do with the documents.
    """

    text: str
    outcome: PartOutcome
    quoted: tuple[str, ...] = ()
    nearest: str = ""
    foreign: bool = False


class Library:
    """The documents and the words to speak of them.

    A quote is framed in the language of its statement, and names the statement where there are several; what is said of
    no statement in particular speaks of all of them.
    """

    def __init__(self, documents: list[Document]) -> None:
        """Keep at least one document; the language of the first is the bot's own."""
        self.documents = documents
        self.first = documents[0]
        texts, self._words = load_texts(self.first.language).about(documents)
        self.texts: Texts = texts
        self._by_key = {f"{d.name}/{p.id}": (d, p) for d in documents for p in d.quotable}

    def get(self, key: str) -> tuple[Document, Passage] | None:
        """Return the document and passage of a key `document/passage`, if there is one."""
        return self._by_key.get(key)

    def quoted(self, document: Document, passage: Passage) -> str:
        """Return a passage for plain channels: its words, then where they stand."""
        words = {
            "quote": document.quote(passage),
            "paragraph": str(passage.paragraph),
            "sentence": str(passage.sentence),
            "statement": document.title if len(self.documents) > 1 else "",
            **words_of(document),
        }
        texts = load_texts(document.language)
        return texts.say("quote", words=words) + "\n" + texts.say("where", words=words)

    def disclosure(self, retention_days: int) -> str:
        """Return what is said at first contact: a bot, whose words it quotes, what is stored."""
        return fill(self.texts.disclosure, {**self._words, "retention_days": retention_days})

    def options(self, keys: Iterable[str]) -> tuple[Option, ...]:
        """Return options that ask for passages; unknown keys are left out."""
        return tuple(Option.of(*self._by_key[k]) for k in dict.fromkeys(keys) if k in self._by_key)

    def topics(self, document: Document | None = None) -> list[str]:
        """Return one passage of each paragraph, the one that is asked for first; those of several statements in turn."""
        found = []
        for one in [document] if document else self.documents:
            paragraphs = dict.fromkeys(p.paragraph for p in one.quotable)
            found.append([f"{one.name}/{one.paragraph(n)[0].id}" for n in paragraphs])
        return [key for turn in zip_longest(*found) for key in turn if key]

    def answered(self, keys: Sequence[str], lead: str = "", options: Iterable[str] = (), text: str = "") -> Utterance:
        """Quote passages for one question, each with its notes on relative dates."""
        return self.parts([PartReply(text, "answered", tuple(keys))], lead, options)

    def parts(self, parts: Sequence[PartReply], lead: str = "", options: Iterable[str] = ()) -> Utterance:
        """Reply to each part of a message by itself.

        Args:
            parts: In the order asked; at least one of them answered, closest or declined.
            lead: The bot's words before everything.
            options: Keys of what may be asked next.
        """
        outcome = min((p.outcome for p in parts), key=RANK.index)
        quoted = list(dict.fromkeys(k for p in parts if p.outcome == "answered" for k in p.quoted))[:_MOST_CITATIONS]
        shown = next((p for p in parts if p.nearest and p.outcome in ("closest", outcome)), None)
        leads = [lead] if lead else []
        texts = [*leads]
        for number, part in enumerate(parts):
            if len(parts) > 1 and part.outcome != "answered":
                leads.append(self._refusal(part))
                texts.append(leads[-1])
            for key in part.quoted if part.outcome == "answered" else ():
                text = self.quoted(*self._by_key[key])
                if text not in texts:
                    texts.append(text)
            if part.nearest and not (part.outcome == "declined" and part.nearest in _shown_beside(number, parts)):
                texts += [self._nearest_lead(part), self.quoted(*self._by_key[part.nearest])]
        pairs = [self._by_key[k] for k in [*quoted, *(p.nearest for p in parts if p.nearest)]]
        notes = tuple(dict.fromkeys(n for d, p in pairs for n in load_texts(d.language).date_notes(d.quote(p), d)))
        reply = Reply(
            outcome,
            citations=self._citations(quoted),
            parts=tuple(
                Part(p.text, p.outcome, self._citations(k for k in p.quoted if k in quoted), self._citation(p.nearest))
                for p in parts
            ),
            options=self.options(options),
            lead="\n".join(leads),
            notes=notes,
            nearest=self._citation(shown.nearest) if shown else None,
            nearest_lead=self._nearest_lead(shown) if shown else "",
            source=self._source(pairs[0][0] if pairs else None),
        )
        return Utterance(reply, (*texts, *notes))

    def offer(self, outcome: Outcome, lead: str, options: Iterable[str], document: Document | None = None) -> Utterance:
        """Say something and offer questions."""
        reply = Reply(outcome, options=self.options(options), lead=lead, source=self._source(document))
        return Utterance(reply, (lead,))

    def declined(self, lead: str, nearest: str | None, options: Iterable[str], text: str = "") -> Utterance:
        """Decline, and show apart from that the nearest thing that is said."""
        known = nearest if nearest in self._by_key else ""
        return self.parts([PartReply(text, "declined", (), known or "")], lead, options)

    def source(self, key: str | None) -> Utterance:
        """Say whose words these are, with the sentence given last, if there is one."""
        pair = self._by_key.get(key or "")
        lead = (
            self.texts.say("source_of_last", words=words_of(pair[0]))
            if pair
            else self.texts.say("source_general", 0, self._words)
        )
        citations = (Citation.of(*pair),) if pair else ()
        # Here the date is told, so here stands how it is known.
        told = [pair[0]] if pair else self.documents
        notes = tuple(d.date_note for d in told if d.date_note)
        reply = Reply("source", citations, lead=lead, notes=notes, source=self._source(pair[0] if pair else None))
        return Utterance(reply, (lead, *([self.quoted(*pair)] if pair else []), *notes))

    def overview(self, document: Document | None = None) -> Utterance:
        """Tell what a document is made of: its size, its language, and what each paragraph speaks of."""
        told = [document] if document else self.documents
        lines = [line for one in told for line in self._points(one)]
        lead = "\n".join([*lines, self.texts.say("overview_reader")])
        return self.offer("overview", lead, self.topics(document)[:_MOST_CITATIONS], document)

    def _points(self, document: Document) -> list[str]:
        numbers = list(dict.fromkeys(p.paragraph for p in document.quotable))
        words = {
            **words_of(document),
            "paragraphs": str(len(numbers)),
            "sentences": str(len(document.quotable)),
            "language": self.texts.languages.get(document.language, document.language),
        }
        lead = self.texts.say("overview", words=words)
        points = [
            self.texts.say(
                "overview_paragraph",
                words={"paragraph": str(n), "titles": "; ".join(p.title for p in document.paragraph(n))},
            )
            for n in numbers
        ]
        cut = any(p.kind == "fragment" for p in document.passages)
        return [lead, *points, *([self.texts.say("overview_fragment")] if cut else [])]

    def say(self, outcome: Outcome, key: str, turn: int = 0, options: Iterable[str] = ()) -> Utterance:
        """Say one of the phrases."""
        return self.offer(outcome, self.texts.say(key, turn, self._words), options)

    def small_talk(self, move: str, said: Sequence[str] = ()) -> Utterance:
        """Answer small talk.

        Args:
            move: Its intent.
            said: What the bot said lately, the newest last: variants take turns, so that none comes twice in a row.
        """
        words = {**self._words, "example": self.first.quotable[0].ask}
        variants = [fill(v, words) for v in self.texts.small_talk[move]]
        turn = next((variants.index(text) + 1 for text in reversed(said) if text in variants), 0)
        lead = variants[turn % len(variants)]
        return Utterance(Reply("smalltalk", lead=lead), (lead,))

    def _refusal(self, part: PartReply) -> str:
        """Return what says, in a message of several questions, which of them is not answered."""
        if part.outcome == "closest":
            said = ""
        else:
            said = self.texts.say("declined_off_topic" if part.foreign else "declined", words=self._words)
        about = self.texts.say("partly_lead", words={"part": part.text})
        return f"{about} {said}".strip()

    def _nearest_lead(self, part: PartReply) -> str:
        return self.texts.say("closest_lead" if part.outcome == "closest" else "nearest_lead")

    def _source(self, document: Document | None) -> Source | None:
        """Return a statement as a source; without one given, the only statement, or None if there are several."""
        known = document or (self.first if len(self.documents) == 1 else None)
        return Source.of(known) if known else None

    def _citation(self, key: str) -> Citation | None:
        return Citation.of(*self._by_key[key]) if key else None

    def _citations(self, keys: Iterable[str]) -> tuple[Citation, ...]:
        return tuple(Citation.of(*self._by_key[k]) for k in keys)


def _shown_beside(number: int, parts: Sequence[PartReply]) -> set[str]:
    """Return the keys of what other parts show; of refusals with one nearest passage, the last shows it."""
    others = {p.nearest for p in parts[number + 1 :]} | {p.nearest for p in parts if p.outcome == "closest"}
    return others | {k for p in parts for k in p.quoted}
