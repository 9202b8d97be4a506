"""Find the passages that may answer a question, with calibrated probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.bank.bank import OFF_TOPIC, normalised
from bot.read.document import Document
from bot.retrieve.classifier import IntentModel
from bot.retrieve.embedder import Encoded, embedder
from bot.retrieve.finding import Candidate, Finding

NOT_SAID = "not_said"
_MOST_CANDIDATES = 5
_VAGUE_WORDS = 2


@dataclass(frozen=True)
class Reading:
    """One message as understood: its intent ranking and what was found for it.

    Attributes:
        ranking: Intents with probabilities, best first.
        move: The intent if the message is a move or small talk, else empty.
        finding: Evidence for the message as a question.
    """

    ranking: tuple[tuple[str, float], ...]
    move: str
    finding: Finding

    @property
    def intent(self) -> tuple[str, float]:
        """Return the intent that Rasa should see, with its confidence."""
        return self.ranking[0]


class Finder:
    """Which passage answers: one model for the banked documents and the moves of conversation."""

    def __init__(self, documents: Sequence[Document]) -> None:
        """Make an untrained finder for some documents."""
        self._passage = {p.intent: (d.name, p.id) for d in documents for p in d.quotable}
        self._model = IntentModel()
        self._known: dict[str, str] = {}
        self.threshold = 0.5

    def fit(self, examples: Iterable[tuple[str, str]]) -> None:
        """Learn from labelled messages.

        Args:
            examples: Texts with their intents: `ask_...` of a passage,
                `not_said_...`, `off_topic`, or a move of conversation.
        """
        pairs = list(dict.fromkeys(examples))
        texts = [t for t, _ in pairs]
        vectors = np.stack([embedder().encode(t).vector for t in texts])
        self._model.fit(texts, vectors, [i for _, i in pairs])
        self._known = {normalised(t): i for t, i in pairs if normalised(t)}

    def read(self, text: str, encoded: Encoded | None = None) -> Reading:
        """Read one message.

        Args:
            text: Cleaned text.
            encoded: Its encoding, if the caller has it already.
        """
        encoded = encoded or embedder().encode(text)
        probabilities = dict(zip(self._model.intents, map(float, self._model.probabilities(text, encoded.vector))))
        known = self._known.get(normalised(text))
        if known:
            # What stands in the bank has been labelled by a person.
            probabilities = {i: p * 0.01 for i, p in probabilities.items()}
            probabilities[known] += 0.99
        passages = {i: p for i, p in probabilities.items() if i in self._passage}
        absent = {i: p for i, p in probabilities.items() if i.startswith(NOT_SAID) or i == OFF_TOPIC}
        moves = {i: p for i, p in probabilities.items() if i not in passages and i not in absent}
        asked, missing = sum(passages.values()), sum(absent.values())
        question = max(asked + missing, 1e-9)
        best = sorted(passages, key=lambda i: -passages[i])[:_MOST_CANDIDATES]
        share = max(asked, 1e-9)
        finding = Finding(
            text=text,
            candidates=tuple(Candidate(*self._passage[i], round(passages[i] / share, 4)) for i in best),
            answerable=round(asked / question, 4),
            off_topic=round(absent.get(OFF_TOPIC, 0.0) / question, 4),
            threshold=self.threshold,
            vague=self._is_vague(text, [passages[i] / share for i in best]),
        )
        move = max(moves, key=lambda i: moves[i]) if moves and sum(moves.values()) > asked + missing else ""
        chosen = moves if move else passages if finding.answerable >= self.threshold else absent
        order = sorted(probabilities, key=lambda i: (i not in chosen, -probabilities[i]))
        ranking = tuple((i, probabilities[i]) for i in order[:10])
        return Reading(ranking, move, finding)

    def _is_vague(self, text: str, shares: list[float]) -> bool:
        return len(text.split()) <= _VAGUE_WORDS and len(shares) > 1 and shares[0] < 0.75
