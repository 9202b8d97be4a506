"""What retrieval found for one question, and the one decision about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MOST_CITATIONS = 3


@dataclass(frozen=True)
class Candidate:
    """A passage that may answer, with the probability that it does (0 to 1)."""

    document: str
    passage: str
    probability: float

    @property
    def key(self) -> str:
        """Return the passage's name across documents, `document/passage`."""
        return f"{self.document}/{self.passage}"


@dataclass(frozen=True)
class Finding:
    """Evidence for one question.

    Attributes:
        text: The question, as it was understood (follow-ups completed).
        candidates: Best first, five at most.
        answerable: Calibrated probability that some passage answers.
        off_topic: Probability that it has nothing to do with the documents.
        threshold: Answer from this probability on; comes with the model.
        vague: Whether it is a word or two that several passages share.
    """

    text: str
    candidates: tuple[Candidate, ...]
    answerable: float
    off_topic: float = 0.0
    threshold: float = 0.5
    vague: bool = False

    @property
    def answered(self) -> bool:
        """Tell whether the best candidate may be quoted as the answer."""
        return bool(self.candidates) and self.answerable >= self.threshold

    def as_json(self) -> dict[str, Any]:
        """Return the finding as plain data, for the tracker."""
        # As `dataclasses.asdict`, which copies what is never changed.
        return {**vars(self), "candidates": [dict(vars(c)) for c in self.candidates]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Finding:
        """Return the finding that `as_json` gave."""
        candidates = tuple(Candidate(**c) for c in data["candidates"])
        return cls(**{**data, "candidates": candidates})


@dataclass(frozen=True)
class Decision:
    """What to do with a message: the one answer to "which passage is right".

    Attributes:
        outcome: `answered`, `clarify` or `declined`.
        answers: Passages to quote, in the order asked; empty unless answered.
        options: Passages to offer instead.
        off_topic: Whether a declined message is foreign to the documents.
    """

    outcome: str
    answers: tuple[Candidate, ...] = ()
    options: tuple[Candidate, ...] = ()
    off_topic: bool = False
    partly: bool = field(default=False)


def decide(findings: list[Finding]) -> Decision:
    """Decide what answers a message of one or more questions.

    Args:
        findings: One a question, in the order asked; at least one.

    Returns:
        `answered` if any question is; then every answered question gives one
        citation, three at most, none twice.
    """
    singles = [_decide_one(f) for f in findings]
    answered = [d for d in singles if d.outcome == "answered"]
    if answered:
        answers = {d.answers[0].key: d.answers[0] for d in answered}
        return Decision(
            "answered", tuple(answers.values())[:MOST_CITATIONS], answered[0].options, partly=len(answered) < len(singles)
        )
    clarifying = [d for d in singles if d.outcome == "clarify"]
    if clarifying:
        return clarifying[0]
    return next((d for d in singles if not d.off_topic), singles[0])


def _decide_one(finding: Finding) -> Decision:
    candidates = finding.candidates
    if not candidates:
        return Decision("declined", off_topic=True)
    best = candidates[0]
    if finding.vague:
        return Decision("clarify", options=candidates[:3])
    if finding.answered:
        return Decision("answered", (best,), candidates[1:3])
    return Decision("declined", options=candidates[:3], off_topic=finding.off_topic > 0.5)
