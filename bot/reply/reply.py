"""Compose a reply: framing words, quotes by reference, and the `custom` contract.

`custom` holds `outcome`, `citations`, `parts` and `options` as the design has them, and
for rich clients: `lead` (the bot's framing words), `notes` (relative dates),
`nearest` with `nearest_lead` (what the statement does say) and `source`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.read.document import Document, Passage
from bot.texts import Texts, load_texts, words_of

# The outcome of a message is the best of its parts.
_RANK = ("answered", "closest", "clarify", "declined")
_MOST_CITATIONS = 3


@dataclass
class Reply:
    """What to send: the contract, and the same in plain messages.

    Attributes:
        custom: The contract of a reply.
        texts: Messages for plain channels, in order.
    """

    custom: dict[str, Any]
    texts: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """Return the outcome of the contract."""
        return str(self.custom["outcome"])


@dataclass(frozen=True)
class PartReply:
    """What one part of a message gets.

    Attributes:
        text: The part, as it was read.
        outcome: `answered`, `closest`, `clarify` or `declined`.
        quoted: Keys of the passages that answer, the best first.
        nearest: Key of what is shown instead of an answer, or empty.
        foreign: Whether it has nothing to do with the documents.
    """

    text: str
    outcome: str
    quoted: tuple[str, ...] = ()
    nearest: str = ""
    foreign: bool = False


class Library:
    """The documents and the words to speak of them."""

    def __init__(self, documents: list[Document]) -> None:
        """Keep at least one document; the first is the one spoken of in general."""
        self.documents = documents
        self.first = documents[0]
        self.texts: Texts = load_texts(self.first.language)
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
            **words_of(document),
        }
        return self.texts.say("quote", words=words) + "\n" + self.texts.say("where", words=words)

    def options(self, keys: Iterable[str]) -> list[dict[str, str]]:
        """Return options that ask for passages; unknown keys are left out."""
        found = [(k, self._by_key[k][1]) for k in dict.fromkeys(keys) if k in self._by_key]
        return [{"id": k, "title": p.title, "question": p.ask} for k, p in found]

    def topics(self, document: Document | None = None) -> list[str]:
        """Return one passage of each paragraph, the one that is asked for first."""
        document = document or self.first
        paragraphs = dict.fromkeys(p.paragraph for p in document.quotable)
        return [f"{document.name}/{document.paragraph(n)[0].id}" for n in paragraphs]

    def answered(self, keys: Sequence[str], lead: str = "", options: Iterable[str] = (), text: str = "") -> Reply:
        """Quote passages for one question, each with its notes on relative dates."""
        return self.parts([PartReply(text, "answered", tuple(keys))], lead, options)

    def parts(self, parts: Sequence[PartReply], lead: str = "", options: Iterable[str] = ()) -> Reply:
        """Reply to each part of a message by itself.

        Args:
            parts: In the order asked; at least one of them answered, closest or declined.
            lead: The bot's words before everything.
            options: Keys of what may be asked next.
        """
        outcome = min((p.outcome for p in parts), key=_RANK.index)
        quoted = list(dict.fromkeys(k for p in parts if p.outcome == "answered" for k in p.quoted))[:_MOST_CITATIONS]
        shown = next((p for p in parts if p.nearest and p.outcome in ("closest", outcome)), None)
        document = self._by_key[quoted[0]][0] if quoted else self.first
        reply = self._reply(outcome, lead, document)
        custom = reply.custom
        custom["citations"] = [self._citation(k) for k in quoted]
        custom["options"] = self.options(options)
        custom["parts"] = [
            {
                "text": p.text,
                "outcome": p.outcome,
                "citations": [self._citation(k) for k in p.quoted if k in quoted],
                "nearest": self._citation(p.nearest) if p.nearest else None,
            }
            for p in parts
        ]
        reply.texts = [lead] if lead else []
        several = len(parts) > 1
        for part in parts:
            if several and part.outcome != "answered":
                self._refuse(reply, part)
            for key in part.quoted if part.outcome == "answered" else ():
                text = self.quoted(*self._by_key[key])
                if text not in reply.texts:
                    reply.texts.append(text)
            if part.nearest:
                said = self.texts.say("closest_lead" if part.outcome == "closest" else "nearest_lead")
                reply.texts += [said, self.quoted(*self._by_key[part.nearest])]
        if shown:
            custom["nearest"] = self._citation(shown.nearest)
            custom["nearest_lead"] = self.texts.say("closest_lead" if shown.outcome == "closest" else "nearest_lead")
        pairs = [self._by_key[k] for k in [*quoted, *(p.nearest for p in parts if p.nearest)]]
        custom["notes"] = list(dict.fromkeys(n for d, p in pairs for n in self.texts.date_notes(d.quote(p), d)))
        reply.texts += custom["notes"]
        return reply

    def offer(self, outcome: str, lead: str, options: Iterable[str]) -> Reply:
        """Say something and offer questions."""
        reply = self._reply(outcome, lead, self.first)
        reply.custom["options"] = self.options(options)
        reply.texts = [lead]
        return reply

    def declined(self, lead: str, nearest: str | None, options: Iterable[str], text: str = "") -> Reply:
        """Decline, and show apart from that the nearest thing that is said."""
        known = nearest if nearest in self._by_key else ""
        return self.parts([PartReply(text, "declined", (), known or "")], lead, options)

    def source(self, key: str | None) -> Reply:
        """Say whose words these are, with the sentence given last, if there is one."""
        pair = self._by_key.get(key or "")
        document = pair[0] if pair else self.first
        lead = self.texts.say("source_of_last" if pair else "source_general", words=words_of(document))
        reply = self._reply("source", lead, document)
        reply.texts = [lead]
        if pair:
            reply.custom["citations"] = [document.citation(pair[1])]
            reply.texts.append(self.quoted(*pair))
        if document.date_note:
            # Here the date is told, so here stands how it is known.
            reply.custom["notes"] = [document.date_note]
            reply.texts.append(document.date_note)
        return reply

    def overview(self, document: Document | None = None) -> Reply:
        """Tell what a document is made of: its size, its language, and what each paragraph speaks of."""
        document = document or self.first
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
        ends = [self.texts.say("overview_reader")]
        if any(p.kind == "fragment" for p in document.passages):
            ends.insert(0, self.texts.say("overview_fragment"))
        reply = self._reply("overview", "\n".join([lead, *points, *ends]), document)
        reply.custom["options"] = self.options(self.topics(document)[:_MOST_CITATIONS])
        reply.texts = ["\n".join([lead, *points, *ends])]
        return reply

    def say(self, outcome: str, key: str, turn: int = 0, options: Iterable[str] = ()) -> Reply:
        """Say one of the phrases."""
        words = words_of(self.first) | {"paragraphs": str(len({p.paragraph for p in self.first.quotable}))}
        return self.offer(outcome, self.texts.say(key, turn, words), options)

    def _refuse(self, reply: Reply, part: PartReply) -> None:
        """Say in a message of several questions which of them is not answered."""
        if part.outcome == "closest":
            said = ""
        else:
            said = self.texts.say("declined_off_topic" if part.foreign else "declined", words=words_of(self.first))
        about = self.texts.say("partly_lead", words={"part": part.text})
        line = f"{about} {said}".strip()
        reply.texts.append(line)
        reply.custom["lead"] = "\n".join(filter(None, [reply.custom["lead"], line]))

    def _citation(self, key: str) -> dict[str, Any]:
        document, passage = self._by_key[key]
        return document.citation(passage)

    def _reply(self, outcome: str, lead: str, document: Document) -> Reply:
        source = {"document": document.name, "title": document.title, "issuer": document.issuer, "date": document.date_text}
        return Reply(
            {
                "outcome": outcome,
                "citations": [],
                "parts": [],
                "options": [],
                "lead": lead,
                "notes": [],
                "nearest": None,
                "nearest_lead": "",
                "source": source,
            }
        )
