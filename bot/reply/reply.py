"""Compose a reply: framing words, quotes by reference, and the `custom` contract.

`custom` holds `outcome`, `citations` and `options` as the design has them, and
for rich clients: `lead` (the bot's framing words), `notes` (relative dates),
`nearest` with `nearest_lead` (what the statement does say) and `source`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.read.document import Document, Passage
from bot.texts import Texts, load_texts


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
            "issuer": document.issuer,
            "date": document.date_text,
        }
        return self.texts.say("quote", words=words) + "\n" + self.texts.say("where" + dated(document), words=words)

    def options(self, keys: Iterable[str]) -> list[dict[str, str]]:
        """Return options that ask for passages; unknown keys are left out."""
        found = [(k, self._by_key[k][1]) for k in dict.fromkeys(keys) if k in self._by_key]
        return [{"id": k, "title": p.title, "question": p.ask} for k, p in found]

    def topics(self, document: Document | None = None) -> list[str]:
        """Return one passage of each paragraph, the one that is asked for first."""
        document = document or self.first
        paragraphs = dict.fromkeys(p.paragraph for p in document.quotable)
        return [f"{document.name}/{document.paragraph(n)[0].id}" for n in paragraphs]

    def answered(self, keys: list[str], lead: str = "", options: Iterable[str] = ()) -> Reply:
        """Quote passages, each with its notes on relative dates."""
        pairs = [self._by_key[k] for k in keys]
        notes = list(dict.fromkeys(n for d, p in pairs for n in self.texts.date_notes(d.quote(p), d)))
        reply = self._reply("answered", lead, pairs[0][0], notes=notes, citations=[d.citation(p) for d, p in pairs])
        reply.custom["options"] = self.options(options)
        reply.texts = [lead] if lead else []
        reply.texts += [self.quoted(d, p) for d, p in pairs]
        reply.texts += notes
        return reply

    def offer(self, outcome: str, lead: str, options: Iterable[str]) -> Reply:
        """Say something and offer questions."""
        reply = self._reply(outcome, lead, self.first)
        reply.custom["options"] = self.options(options)
        reply.texts = [lead]
        return reply

    def declined(self, lead: str, nearest: str | None, options: Iterable[str]) -> Reply:
        """Decline, and show apart from that the nearest thing that is said."""
        reply = self.offer("declined", lead, options)
        pair = self._by_key.get(nearest or "")
        if pair:
            document, passage = pair
            reply.custom["nearest"] = document.citation(passage)
            reply.custom["nearest_lead"] = self.texts.say("nearest_lead")
            reply.custom["notes"] = self.texts.date_notes(document.quote(passage), document)
            reply.texts += [reply.custom["nearest_lead"], self.quoted(document, passage), *reply.custom["notes"]]
        return reply

    def source(self, key: str | None) -> Reply:
        """Say whose words these are, with the sentence given last, if there is one."""
        pair = self._by_key.get(key or "")
        document = pair[0] if pair else self.first
        words = {"title": document.title, "issuer": document.issuer, "date": document.date_text}
        lead = self.texts.say(("source_of_last" if pair else "source_general") + dated(document), words=words)
        reply = self._reply("source", lead, document)
        reply.texts = [lead]
        if pair:
            reply.custom["citations"] = [document.citation(pair[1])]
            reply.texts.append(self.quoted(*pair))
        return reply

    def say(self, outcome: str, key: str, turn: int = 0, options: Iterable[str] = ()) -> Reply:
        """Say one of the phrases."""
        words = {"title": self.first.title, "issuer": self.first.issuer, "date": self.first.date_text}
        return self.offer(outcome, self.texts.say(key, turn, words), options)

    def _reply(
        self,
        outcome: str,
        lead: str,
        document: Document,
        notes: list[str] | None = None,
        citations: list[dict[str, Any]] | None = None,
    ) -> Reply:
        source = {"document": document.name, "title": document.title, "issuer": document.issuer, "date": document.date_text}
        return Reply(
            {
                "outcome": outcome,
                "citations": citations or [],
                "options": [],
                "lead": lead,
                "notes": notes or [],
                "nearest": None,
                "nearest_lead": "",
                "source": source,
            }
        )


def dated(document: Document) -> str:
    """Return the ending of the phrase to use: there is one for statements without a date."""
    return "" if document.date_text else "_undated"
