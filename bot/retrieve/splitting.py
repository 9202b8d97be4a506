"""Take a message apart into the questions it holds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.texts import Texts

MOST_PARTS = 6
_FEWEST_WORDS = 3
_SENTENCE_END = re.compile(r"(?<=[.?!…;])[\"'”’)]*\s+|\s*\n\s*")


@dataclass(frozen=True)
class Part:
    """A piece of a message.

    Attributes:
        text: Its words.
        asks: Whether it is shaped like a question or a request.
        points: Whether a word of it may refer to something before it.
    """

    text: str
    asks: bool
    points: bool


def sentences(text: str, texts: Texts) -> list[Part]:
    """Return the sentences of a message, `MOST_PARTS` at most (the last ones, where questions stand)."""
    pieces = [p.strip() for p in _SENTENCE_END.split(text)]
    return [part(p, texts) for p in pieces if re.search(r"\w", p)][-MOST_PARTS:]


def clauses(text: str, texts: Texts) -> list[Part]:
    """Return the questions that one sentence joins by "and", or the sentence alone."""
    joining = "|".join(sorted(map(re.escape, texts.splitting["joining"])))
    asking = "|".join(sorted(map(re.escape, texts.splitting["asking"])))
    if not joining or not asking:
        return [part(text, texts)]
    pieces = re.split(
        rf"[,;]?\s+(?:{joining})\s+(?=(?:{joining}\s+)?(?:{asking})\b)|[,;]\s+(?=(?:{asking})\b)", text, flags=re.IGNORECASE
    )
    kept = [p.strip() for p in pieces if p and p.strip()]
    if len(kept) < 2 or any(len(p.split()) < _FEWEST_WORDS for p in kept):
        return [part(text, texts)]
    return [part(p, texts) for p in kept[:MOST_PARTS]]


def part(text: str, texts: Texts) -> Part:
    """Return a text with what its words tell about it."""
    words = re.findall(r"[\w'’]+", text.lower())
    openers, asking = texts.splitting["opening"], texts.splitting["asking"]
    first = next((w for w in words if w not in openers), "")
    asks = "?" in text or first in asking
    return Part(text, asks, any(w in texts.splitting["pointing"] for w in words))


def uncorrected(text: str, texts: Texts) -> str:
    """Return what was meant, without the words of correction before it ("no, I meant ...")."""
    for opening in sorted(texts.splitting["correcting"], key=len, reverse=True):
        pattern = r"^\W*" + r"\W+".join(map(re.escape, opening.split())) + r"\b[\s,:]*"
        rest = re.sub(pattern, "", text, count=1, flags=re.IGNORECASE)
        if rest != text and re.search(r"\w", rest):
            return rest
    return text
