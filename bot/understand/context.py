"""The talk so far in words, as the context reader sees it before a message."""

from __future__ import annotations

from collections.abc import Mapping

from bot.understand.talk import Talk

# What is said of the last reply, by its outcome; a model that has read other words must be trained anew.
_SAID = {"answered": "answered", "closest": "perhaps", "clarify": "which", "declined": "not said"}
_MOST_WORDS = 24
# Words of the first quote and of a second one: with them the reader can tell a message that takes up a quote from a new question.
_MOST_QUOTED = (36, 10)


def context(talk: Talk, quotes: Mapping[str, str]) -> str:
    """Return the last question and what was quoted or shown for it; empty for a talk that has not begun.

    Args:
        talk: The memory of the talk.
        quotes: The words of each passage, by its key.
    """
    if not talk.asked and not talk.about:
        return ""
    asked = " ".join(talk.asked.split()[-_MOST_WORDS:])
    shown = ", ".join(_first(quotes[k], most) for k, most in zip(talk.about, _MOST_QUOTED) if k in quotes)
    return f"{asked}; {_SAID.get(talk.outcome, 'offered')}: {shown}"


def _first(quote: str, words: int) -> str:
    return " ".join(quote.split()[:words])
