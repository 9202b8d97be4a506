"""The talk so far in words, as the context reader sees it before a message."""

from __future__ import annotations

from collections.abc import Mapping

from bot.understand.talk import Talk

# What is said of the last reply, by its outcome; a model that has read other words must be trained anew.
_SAID = {"answered": "answered", "closest": "perhaps", "clarify": "which", "declined": "not said"}
_MOST_WORDS = 24


def context(talk: Talk, titles: Mapping[str, str]) -> str:
    """Return the last question and what was quoted or shown for it; empty for a talk that has not begun.

    Args:
        talk: The memory of the talk.
        titles: A few words for each passage, by its key.
    """
    if not talk.asked and not talk.about:
        return ""
    asked = " ".join(talk.asked.split()[-_MOST_WORDS:])
    shown = ", ".join(titles[k] for k in talk.about[:2] if k in titles)
    return f"{asked}; {_SAID.get(talk.outcome, 'offered')}: {shown}"
