"""The contract of a reply: what every channel gets from the bot, declared once.

The JSON schema (`docs/reply.schema.json`) and the widget's types (`bot/web/src/reply.ts`) are written from these
classes by `python -m bot.reply`; docs/reply.md shows an example of each outcome.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from typing import Any, ClassVar, Literal, TypeVar, get_args, get_origin, get_type_hints

from bot.read.document import Document, Passage

# Of one question, the best first: the outcome of a message is the best of its parts.
PartOutcome = Literal["answered", "closest", "clarify", "declined"]
Outcome = Literal[PartOutcome, "smalltalk", "source", "topics", "overview", "restarted", "forgotten", "error"]
RANK: tuple[PartOutcome, ...] = get_args(PartOutcome)

Self = TypeVar("Self", bound="Jsonable")


class Jsonable:
    """What goes over the wire: a dataclass whose fields are texts, numbers, others of its kind and rows of them."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON data, every field a key."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_json(cls: type[Self], data: Mapping[str, Any]) -> Self:
        """Return what `as_json` gave; absent keys take their defaults, so that what older versions stored is read.

        Raises:
            ValueError: If a key is unknown, has none of its values, or is absent and has no default; names it.
        """
        read: Self = _read(cls, data, cls.__name__)
        return read


@dataclass(frozen=True)
class Citation(Jsonable):
    """Words of a statement, and where they stand.

    Attributes:
        document: Name of the statement.
        passage: Id of the sentence, such as `p7s2`.
        paragraph: From 1; the heading is 0.
        sentence: In its paragraph, from 1.
        start: First character in the seed.
        end: One past the last character in the seed.
        quote: Exactly `seed[start:end]`, unless it was mended.
        mended: Whether a line end or a page broke these words and the quote shows them whole.
    """

    document: str
    passage: str
    paragraph: int
    sentence: int
    start: int
    end: int
    quote: str
    mended: bool = False

    @classmethod
    def of(cls, document: Document, passage: Passage) -> Citation:
        """Return the citation of a passage."""
        p = passage
        return cls(document.name, p.id, p.paragraph, p.sentence, p.start, p.end, document.quote(p), bool(p.mended))

    @property
    def key(self) -> str:
        """The key of the passage: `document/passage`."""
        return f"{self.document}/{self.passage}"


@dataclass(frozen=True)
class Option(Jsonable):
    """What may be chosen next, by a tap, by number or in words.

    Attributes:
        id: Key of the passage that answers: `document/passage`.
        title: A few words for a button.
        question: What choosing it asks.
    """

    id: str
    title: str
    question: str

    @classmethod
    def of(cls, document: Document, passage: Passage) -> Option:
        """Return the option that asks for a passage."""
        return cls(f"{document.name}/{passage.id}", passage.title, passage.ask)


@dataclass(frozen=True)
class Source(Jsonable):
    """Whose words are quoted; `date` is in words, and empty for a statement without one."""

    document: str
    title: str
    issuer: str
    date: str

    @classmethod
    def of(cls, document: Document) -> Source:
        """Return a statement as a source."""
        return cls(document.name, document.title, document.issuer, document.date_text)


@dataclass(frozen=True)
class Part(Jsonable):
    """One question of a message, with what came of it.

    Attributes:
        text: As it was read.
        outcome: Its own.
        citations: What answers it, the best first.
        nearest: What is shown instead of an answer.
    """

    text: str
    outcome: PartOutcome
    citations: tuple[Citation, ...] = ()
    nearest: Citation | None = None


@dataclass(frozen=True)
class Reply(Jsonable):
    """The reply to one message.

    Attributes:
        outcome: What came of it; of several questions, the best.
        citations: The answers, the best first, three at most.
        parts: The questions of the message, in the order asked; empty where none was read.
        options: What may be chosen next.
        lead: The bot's own words, said first; never a fact.
        notes: On relative dates in what is quoted.
        nearest: What the statement does say; in `closest`, what may be the answer.
        nearest_lead: The bot's words above `nearest`; empty without it.
        source: Whose words these are; none where the bot speaks for itself.
        disclosure: At first contact, that this is a bot, whose words it quotes and what is stored; later empty.
    """

    outcome: Outcome
    citations: tuple[Citation, ...] = ()
    parts: tuple[Part, ...] = ()
    options: tuple[Option, ...] = ()
    lead: str = ""
    notes: tuple[str, ...] = ()
    nearest: Citation | None = None
    nearest_lead: str = ""
    source: Source | None = None
    disclosure: str = ""


@cache
def kinds(cls: type) -> dict[str, Any]:
    """Return the type of each field of one of these classes."""
    hints = get_type_hints(cls)
    return {f.name: hints[f.name] for f in fields(cls)}


def optional(kind: Any) -> Any:
    """Return `X` for `X | None`, and None for every other type."""
    return next(k for k in get_args(kind) if k is not type(None)) if get_origin(kind) is types.UnionType else None


def _plain(value: Any) -> Any:
    if isinstance(value, Jsonable):
        return value.as_json()
    return [_plain(v) for v in value] if isinstance(value, tuple) else value


def _read(kind: Any, value: Any, where: str) -> Any:
    if is_dataclass(kind) and isinstance(value, Mapping):
        wanted = kinds(kind)  # type: ignore[arg-type]
        needed = {f.name for f in fields(kind) if f.default is MISSING}
        if wrong := sorted(set(value) - set(wanted) | needed - set(value)):
            raise ValueError(f"{where}: unknown or missing: {', '.join(wrong)}")
        return kind(**{name: _read(wanted[name], given, f"{where}.{name}") for name, given in value.items()})  # type: ignore[operator]
    if optional(kind):
        return None if value is None else _read(optional(kind), value, where)
    if get_origin(kind) is tuple and isinstance(value, (list, tuple)):
        return tuple(_read(get_args(kind)[0], v, f"{where}[{n}]") for n, v in enumerate(value))
    # Not `isinstance`: to Python, true is a number.
    if value in get_args(kind) if get_origin(kind) is Literal else type(value) is kind:
        return value
    raise ValueError(f"{where}: {value!r:.60} is not what the contract has there")
