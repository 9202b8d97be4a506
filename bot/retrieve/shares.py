"""How likely each reading of a part is: probabilities of passages, of "not said", of "off topic" and of moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NOT_SAID = "not_said"
OFF_TOPIC = "off_topic"
# What stands beside a question and asks nothing; no class of its own where a part is decided.
ASIDE = "aside"


@dataclass(frozen=True)
class Shares:
    """One reading; everything but `aside` sums to one.

    Attributes:
        passages: By key `document/passage`.
        absent: That it is asked on the subject, and no passage answers.
        foreign: That it has nothing to do with the documents.
        moves: By intent.
        aside: That it is told beside a question; the others are given that it is not.
    """

    passages: Mapping[str, float]
    absent: float
    foreign: float
    moves: Mapping[str, float]
    aside: float = 0.0

    def __getitem__(self, hypothesis: str) -> float:
        """Return the share of a passage (by key), of `not_said`, of `off_topic` or of a move."""
        if hypothesis == NOT_SAID:
            return self.absent
        if hypothesis == OFF_TOPIC:
            return self.foreign
        return self.passages.get(hypothesis, 0.0) or self.moves.get(hypothesis, 0.0)

    @property
    def answered(self) -> float:
        """Return the share of all passages."""
        return sum(self.passages.values())
