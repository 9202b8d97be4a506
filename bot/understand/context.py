"""The talk so far in words, as the context reader sees it before a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.read.document import Document
from bot.retrieve.words import language
from bot.understand.talk import Talk

# What is said of the last reply, by its outcome; a model that has read other words must be trained anew.
_SAID = {"answered": "answered", "closest": "perhaps", "clarify": "which", "declined": "not said"}
_MOST_WORDS = 24
# Words of the first quote and of a second one: with them the reader can tell a message that takes up a quote from a new question.
_MOST_QUOTED = (26, 8)


def content(documents: Iterable[Document]) -> dict[str, str]:
    """Return the words of each passage that carry content, each once, by its key: the encoder's time grows with the words."""
    return {f"{d.name}/{p.id}": _content(d.quote(p), d.language) for d in documents for p in d.quotable}


def _content(quote: str, code: str) -> str:
    return " ".join({w.folded: quote[w.start : w.end] for w in language(code).words(quote) if not w.stop}.values())


def context(talk: Talk, contents: Mapping[str, str]) -> str:
    """Return the last question and what was quoted or shown for it; empty for a talk that has not begun.

    Args:
        talk: The memory of the talk.
        contents: What `content` returned.
    """
    if not talk.asked and not talk.about:
        return ""
    asked = " ".join(talk.asked.split()[-_MOST_WORDS:])
    shown = ", ".join(_first(contents[k], most) for k, most in zip(talk.about, _MOST_QUOTED) if k in contents)
    return f"{asked}; {_SAID.get(talk.outcome, 'offered')}: {shown}"


def _first(text: str, words: int) -> str:
    return " ".join(text.split()[:words])
