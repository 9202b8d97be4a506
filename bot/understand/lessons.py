"""What the readings are taught with: parts of labelled talks, follow-ups and questions of the bank, each in its talk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.bank.bank import Bank
from bot.read.document import Document
from bot.retrieve.shares import ASIDE
from bot.understand.cuts import cuts
from bot.understand.lexicon import Lexicon, lexicon
from bot.understand.parts import Part, joined, prepared, split
from bot.understand.talk import Talk
from bot.understand.talks import ANSWERED, CLARIFY, DECLINED, Right, Turn


@dataclass(frozen=True)
class Lesson:
    """One part of a message in its talk.

    Attributes:
        talk: What was before it.
        text: Its words, with their marks.
        right: What would be accepted.
        asks: Whether it is shaped like a question.
        author: Who wrote it; empty for the bank's.
    """

    talk: Talk
    text: str
    right: tuple[Right, ...]
    asks: bool = True
    author: str = ""


def from_turns(turns: Iterable[Turn], document: Document) -> list[Lesson]:
    """Return the parts of labelled turns; a turn that does not split into as many parts as it has labels is left out."""
    words = lexicon(document.language)
    return [lesson for turn in turns for lesson in _parts_of(turn, document, words)]


def _parts_of(turn: Turn, document: Document, words: Lexicon) -> list[Lesson]:
    text = prepared(turn.message, words)
    # The label gives the number of questions; the message is cut at its likeliest gaps into as many.
    starts = [g.start for g in cuts(words.code).likeliest(text, words, len(turn.right) - 1)]
    stretches = split(text, starts, words)
    if len(stretches) != len(turn.right):
        return []
    talk, lessons = turn.talk, []
    if len(stretches) == 1:
        # One label, several sentences: the last one is asked in the light of what was told before it.
        for piece in meant(stretches[0])[:-1]:
            talk = talk.after(piece.text, talk.outcome or ANSWERED, talk.about, talk.nearest, talk.offered)
    for stretch, right in zip(stretches, turn.right):
        if len(stretch) > 1:
            # The listener reads it as one text, too, and lets the evidence choose.
            together = joined(stretch, words)
            lessons.append(Lesson(turn.talk if len(stretches) == 1 else talk, together.text, right, together.asks, turn.author))
        part = meant(stretch)[-1]
        # What is told beside a question asks nothing, however much of the subject it holds.
        told = [p for p in stretch if part.asks and not p.asks]
        lessons += [Lesson(talk, p.text, (Right(ASIDE),), False, turn.author) for p in told]
        lessons.append(Lesson(talk, part.text, right, part.asks, turn.author))
        keys = [f"{document.name}/{p}" for p in right[0].passages[:1]]
        if right[0].kind == ANSWERED:
            talk = talk.after(part.text, ANSWERED, keys)
        elif right[0].kind == DECLINED:
            talk = talk.after(part.text, DECLINED, (), next(iter(keys), ""))
    return lessons


def meant(parts: Sequence[Part]) -> list[Part]:
    """Return the parts that ask, in their order; all, if none does."""
    return [p for p in parts if p.asks] or list(parts)


def from_follow_ups(bank: Bank, document: Document) -> list[Lesson]:
    """Return the bank's follow-ups, each after the question that buttons send for the quote before it."""
    lessons = []
    for line in bank.follow_ups:
        talk = Talk().after(document.by_id[line.context].ask, ANSWERED, [f"{document.name}/{line.context}"])
        right = Right(DECLINED, (line.context,)) if line.label == "not_said" else Right(ANSWERED, (line.label,))
        lessons.append(Lesson(talk, line.text, (right,)))
    return lessons


def from_questions(bank: Bank, off_topic: Iterable[str], moves: Mapping[str, Sequence[str]]) -> list[Lesson]:
    """Return everything in the bank that stands alone, without a talk before it."""
    lessons = [Lesson(Talk(), q.text, (Right(DECLINED if q.kind else ANSWERED, (q.passage,)),)) for q in bank.questions]
    lessons += [Lesson(Talk(), text, (Right("off_topic"),)) for text in off_topic]
    lessons += [Lesson(Talk(), text, (Right(move),)) for move, texts in moves.items() for text in texts]
    return lessons


def classes(right: Sequence[Right]) -> list[str]:
    """Return the classes that a lesson may be read as, the first the best: an id of a passage, `not_said`, or a kind."""
    found: list[str] = []
    for one in right:
        if one.kind == ANSWERED:
            found += one.passages
        elif one.kind == DECLINED:
            found.append("not_said")
        elif one.kind != CLARIFY:
            found.append(one.kind)
    return list(dict.fromkeys(found))
