"""Our bot under other conditions: noise, another turn before, parts taken away, folds of the bank."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

import numpy as np

from bot.bank import BANKS, load_bank, load_off_topic
from bot.channels.guard import clean
from bot.evaluate.measure import Score, measure
from bot.evaluate.systems import Ours, Verdict
from bot.read.document import Document
from bot.retrieve import finder as finder_module
from bot.retrieve.calibration import LabelledQuestion
from bot.retrieve.classifier import EMBEDDING_WEIGHT, Linear
from bot.retrieve.features import LETTERS, WORDS, Features
from bot.retrieve.finder import Context, Finder
from bot.retrieve.finding import decide

FOLDS = 5
_LOOKALIKES = str.maketrans("aeopcx", "аеорсх")  # Latin to Cyrillic


class AfterAnotherTurn:
    """Our bot, asked each question after a random other one: standing questions must not be bent."""

    name = "after a random earlier turn"

    def __init__(self, finder: Finder, questions: Sequence[str], chance: random.Random) -> None:
        """Draw the earlier turns from the questions themselves."""
        self._finder = finder
        self._questions = questions
        self._chance = chance

    def verdict(self, question: str) -> Verdict:
        """Answer with the memory of another question."""
        earlier = decide(list(self._finder.understand(self._chance.choice(self._questions)).findings))
        last = earlier.answers[0].key if earlier.answers else ""
        reading = self._finder.understand(question, Context(last, (last,)))
        decision = decide(list(reading.findings))
        outcome = reading.move or decision.outcome
        best = decision.answers[0] if decision.answers else reading.finding.candidates[0]
        return Verdict(outcome, best.passage, reading.finding.answerable)


class Noisy(Ours):
    """Our bot, asked in a disturbed spelling."""

    def __init__(self, name: str, finder: Finder, disturb: Callable[[str], str]) -> None:
        """Take the function that disturbs a question."""
        super().__init__(finder)
        self.name = name
        self._disturb = disturb

    def verdict(self, question: str) -> Verdict:
        """Answer the disturbed question."""
        return super().verdict(clean(self._disturb(question)))


def noisy(finder: Finder) -> list[Noisy]:
    """Return our bot under lower case, no punctuation, a typo, look-alike letters and a long lead-in."""
    chance = random.Random(1)

    def typo(text: str) -> str:
        words = text.split()
        long = [i for i, w in enumerate(words) if len(w) > 4]
        if long:
            i = chance.choice(long)
            j = chance.randrange(1, len(words[i]) - 2)
            words[i] = words[i][:j] + words[i][j + 1] + words[i][j] + words[i][j + 2 :]
        return " ".join(words)

    def ramble(text: str) -> str:
        return (
            f"Hello there! I am preparing a talk for my evening class and it has been a long day. {text} Many thanks in advance!"
        )

    return [
        Noisy("lower case", finder, str.lower),
        Noisy("no punctuation", finder, lambda t: re.sub(r"[^\w\s-]", " ", t)),
        Noisy("one typo", finder, typo),
        Noisy("full-width letters", finder, lambda t: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in t)),
        Noisy("Cyrillic look-alikes", finder, lambda t: t.translate(_LOOKALIKES)),
        Noisy("inside a long message", finder, ramble),
    ]


def examples_of(document: Document) -> list[tuple[str, str]]:
    """Return the bank's questions with their intents."""
    bank = load_bank(BANKS / f"{document.name}.yml")
    intents = {p.id: p.intent for p in document.quotable}
    pairs = []
    for q in bank.questions:
        intent = intents[q.passage]
        pairs.append((q.text, f"{finder_module.NOT_SAID}_{intent.removeprefix('ask_')}" if q.kind else intent))
    return pairs + [(q.text, q.kind) for q in load_off_topic()]


def ablations(document: Document, calibration: Sequence[LabelledQuestion]) -> list[Ours]:
    """Return our bot with one signal taken away, each trained anew."""
    pairs = examples_of(document)
    systems = []
    usual = finder_module.NEIGHBOURS_WEIGHT
    for name, embedding, without, weight in (
        ("without neighbours", EMBEDDING_WEIGHT, (), 0.0),
        ("without the embedding", 0.0, (), usual),
        ("without words", EMBEDDING_WEIGHT, (WORDS,), usual),
        ("without letters", EMBEDDING_WEIGHT, (LETTERS,), usual),
        ("neighbours alone", EMBEDDING_WEIGHT, (), 1.0),
    ):
        finder = Finder([document], Linear(embedding_weight=embedding), Features(without), weight)
        finder.fit(pairs, {document.name: calibration})
        system = Ours(finder)
        system.name = name
        systems.append(system)
    coarse = [(t, finder_module.NOT_SAID if i.startswith(finder_module.NOT_SAID) else i) for t, i in pairs]
    finder = Finder([document])
    finder.fit(coarse, {document.name: calibration})
    one = Ours(finder)
    one.name = "one class for all near misses"
    return [*systems, one]


def cross_validate(document: Document) -> Score:
    """Measure on each fifth of the bank what the other four taught."""
    pairs = examples_of(document)
    order = np.random.default_rng(0).permutation(len(pairs))
    passage = {p.intent: p.id for p in document.quotable}
    verdicts: dict[str, Verdict] = {}
    questions: list[LabelledQuestion] = []
    for fold in range(FOLDS):
        held = {int(i) for i in order[fold::FOLDS]}
        finder = Finder([document])
        finder.fit([p for i, p in enumerate(pairs) if i not in held])
        ours = Ours(finder)
        for text, intent in (pairs[i] for i in sorted(held)):
            kind = "answerable" if intent in passage else "off_topic" if intent == "off_topic" else "near_miss"
            questions.append(LabelledQuestion(kind, (passage[intent],) if intent in passage else (), text))
            verdicts[text] = ours.verdict(text)

    class Remembered:
        name = "the bank, cross-validated"

        def verdict(self, question: str) -> Verdict:
            return verdicts[question]

    return measure(Remembered(), questions)
