"""Understand a message: its parts, their readings, one decision about each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from bot.bank.bank import normalised
from bot.read.document import Document
from bot.retrieve.finder import Finder, spoken
from bot.retrieve.shares import Shares
from bot.understand.arrangement import Arrangement, Arranger, Heard, arrangements, ways, whole
from bot.understand.context import content, context
from bot.understand.cues import Against, Cues, Fit, cues
from bot.understand.decision import Decision
from bot.understand.hypotheses import Hypotheses, hypotheses
from bot.understand.lessons import Lesson
from bot.understand.lexicon import lexicon
from bot.understand.parts import Part, asking, bare, prepared, renamed
from bot.understand.reader import Reader
from bot.understand.talk import Talk

QUESTION = "question"
_BESIDE = ThreadPoolExecutor(2, thread_name_prefix="context")
_MOST_ANSWERS = 3


@dataclass(frozen=True)
class Meant:
    """One part of a message as decided.

    Attributes:
        text: Its words.
        outcome: `answered`, `closest`, `clarify`, `declined` or `move`.
        move: The intent, if it is a move.
        answers: Keys of the passages that answer, the best first.
        ranked: Keys of the passages that may, the best first.
        answerable: Probability that a passage answers.
        foreign: Whether it has nothing to do with the documents.
    """

    text: str
    outcome: str
    move: str = ""
    answers: tuple[str, ...] = ()
    ranked: tuple[str, ...] = ()
    answerable: float = 0.0
    foreign: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the part as plain data, for the tracker."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in vars(self).items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Meant:
        """Return the part that `as_json` gave."""
        plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return cls(**plain)


@dataclass(frozen=True)
class Understanding:
    """A message as understood.

    Attributes:
        intent: `question`, or the intent of the move.
        confidence: Probability that a passage answers the first question; 1 if there is no question.
        parts: In the order asked, at least one.
    """

    intent: str
    confidence: float
    parts: tuple[Meant, ...]


class Listener:
    """Reads messages in the light of the talk."""

    # Both are fitted once for all statements and loaded at the first message; `tools/decision` sets its own to measure them.
    decision: Decision | None = None
    arranger: Arranger | None = None

    def __init__(self, documents: Sequence[Document]) -> None:
        """Make an untrained listener for at least one document."""
        self._documents = list(documents)
        self._language = documents[0].language
        self._contents = content(documents)
        self._order = list(self._contents)
        self._asks = {normalised(p.ask): f"{d.name}/{p.id}" for d in documents for p in d.quotable}
        self.finder = Finder(documents)
        self.reader = Reader(self._contents)
        self._fits = {d.name: Fit(d, lexicon(d.language)) for d in documents}
        self._open = {d.name for d in documents if not d.banked}

    def fit(self, examples: Iterable[tuple[str, str]], lessons: Mapping[str, Sequence[Lesson]]) -> None:
        """Learn from labelled texts that stand alone (see `Finder.fit`), and from lessons by document."""
        self.finder.fit(examples)
        self.reader.fit(lessons)

    def __call__(self, text: str, talk: Talk) -> Understanding:
        """Understand a message.

        Args:
            text: Cleaned text, lines kept.
            talk: What was before it.
        """
        if self.arranger is None:
            self.arranger = Arranger.load()
        return self.understood(self.arranger(self.arrangements(text, talk), talk))

    def understood(self, chosen: Arrangement) -> Understanding:
        """Return a message as understood in one of its arrangements."""
        parts = tuple(self._meant(h) for h in chosen.questions)
        questions = [p for p in parts if p.outcome != "move"]
        intent = QUESTION if questions else parts[0].move
        return Understanding(intent, round(1.0 if not questions else questions[0].answerable, 4), parts)

    def arrangements(self, text: str, talk: Talk) -> list[Arrangement]:
        """Return the ways to take a message, each with its parts read; arguments as for `__call__`."""
        words = lexicon(self._language)
        text = prepared(text, words)
        found = whole(text, words) if self.finder.label(text) else ways(text, words)
        # Many arrangements have a piece in common.
        hear = cache(self._hear)
        return arrangements(found, lambda pieces: _chain(pieces, talk, hear), words)

    def _hear(self, piece: Part, talk: Talk) -> Heard:
        if self.decision is None:
            self.decision = Decision.load()
        evidence, found, aside = self.evidence(piece, talk)
        return Heard(piece, self.decision(evidence), found, aside)

    def evidence(self, piece: Part, talk: Talk) -> tuple[Hypotheses, Cues, float]:
        """Return all that a part may mean with the evidence for it, its cues, and the probability that it asks nothing."""
        words = lexicon(self._language)
        typed = spoken(renamed(piece.text, words))
        text = bare(typed)
        # onnxruntime releases the GIL while it runs a model, so the two encoders run in parallel.
        reading = _BESIDE.submit(self.reader, asking(typed), context(talk, self._contents))
        alone = self.finder(text)
        # With no word of a person left (`spoken`), the talk must not suggest what was meant.
        inside = reading.result() if text else alone
        if talk.last.partition("/")[0] in self._open or (not talk.last and self._open):
            inside = self._without_bank(text, talk, inside)
        found = cues(piece.text, talk, self._documents, words)
        sent = self._asks.get(normalised(text))
        if sent:
            # A button sends the question of its passage: the message is read as a choice of that passage.
            found = replace(found, picked=(sent,))

        def against(key: str) -> Against:
            fit = self._fits.get(key.partition("/")[0])
            return fit(text, key) if fit and key in fit else Against()

        among = hypotheses(piece, talk, alone, inside, found, against, self.finder.label(text), words)
        return among, found, inside.aside

    def _without_bank(self, text: str, talk: Talk, inside: Shares) -> Shares:
        """Return the reading after the talk where, for lack of a bank, the reader has learnt no passages.

        The finder reads the previous question and the message as one text; the reader's probabilities of moves are kept.
        """
        joined = self.finder(f"{talk.asked} {text}".strip())
        asked = 1.0 - sum(inside.moves.values())
        rest = max(1.0 - sum(joined.moves.values()), 1e-9)
        scaled = {k: p * asked / rest for k, p in joined.passages.items()}
        return Shares(scaled, joined.absent * asked / rest, joined.foreign * asked / rest, inside.moves, inside.aside)

    def _meant(self, heard: Heard) -> Meant:
        decided, found = heard.decided, heard.cues
        answers = decided.answers
        if decided.outcome == "answered":
            # What was chosen, a whole paragraph, every sentence with the word: all of it, three at most.
            several = next((c for c in (found.picked, found.placed, found.mentioned) if c and answers[0] in c), ())
            if several:
                answers = (answers[0], *(k for k in several if k != answers[0]))[:_MOST_ANSWERS]
            # Several sentences to one question stand as the statement has them.
            answers = tuple(sorted(answers, key=self._order.index))
        certainty = round(decided.answerable, 4)
        return Meant(heard.part.text, decided.outcome, decided.move, answers, decided.ranked, certainty, decided.foreign)


def _chain(stretches: Sequence[Sequence[Part]], talk: Talk, hear: Callable[[Part, Talk], Heard]) -> list[list[Heard]]:
    """Read the pieces of a message one after the other, each in the light of those before it."""
    found: list[list[Heard]] = []
    alone = sum(map(len, stretches)) == 1
    for stretch in stretches:
        found.append([])
        for piece in stretch:
            one = hear(piece, talk)
            found[-1].append(one)
            decided = one.decided
            if alone or decided.outcome == "move":
                continue
            if not piece.asks and not one.chosen:
                talk = talk.after(piece.text, talk.outcome or "answered", talk.about, talk.nearest, talk.offered)
            elif decided.outcome == "answered":
                talk = talk.after(piece.text, "answered", decided.answers[:1])
            else:
                talk = talk.after(piece.text, "declined", (), next(iter(decided.ranked), ""))
    return found
