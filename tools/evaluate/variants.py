"""Our bot under other conditions: noise, and another turn before."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from bot.clean import clean
from bot.understand.listener import Listener
from bot.understand.talk import Talk
from tools.evaluate.systems import Ours, Verdict, verdict_of

_LOOKALIKES = str.maketrans("aeopcx", "аеорсх")  # Latin to Cyrillic


class AfterAnotherTurn:
    """Our bot, asked each question after a random other one: what stands alone must not be read as a follow-up."""

    name = "after a random earlier turn"

    def __init__(self, listener: Listener, questions: Sequence[str], chance: random.Random) -> None:
        """Draw the earlier turns from the questions themselves."""
        self._listener = listener
        self._questions = questions
        self._chance = chance

    def verdict(self, question: str) -> Verdict:
        """Answer with the memory of another question."""
        earlier = self._chance.choice(self._questions)
        part = self._listener(earlier, Talk()).parts[0]
        if part.outcome == "answered":
            talk = Talk().after(earlier, "answered", part.answers)
        else:
            talk = Talk().after(earlier, "declined", (), next(iter(part.ranked), ""), part.ranked[1:3])
        return verdict_of(self._listener(question, talk))


class Noisy(Ours):
    """Our bot, asked in a disturbed spelling."""

    def __init__(self, name: str, listener: Listener, disturb: Callable[[str], str]) -> None:
        """Take the function that disturbs a question."""
        super().__init__(listener)
        self.name = name
        self._disturb = disturb

    def verdict(self, question: str) -> Verdict:
        """Answer the disturbed question."""
        return super().verdict(clean(self._disturb(question)))


def noisy(listener: Listener) -> list[Noisy]:
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
        Noisy("lower case", listener, str.lower),
        Noisy("no punctuation", listener, lambda t: re.sub(r"[^\w\s-]", " ", t)),
        Noisy("one typo", listener, typo),
        Noisy("full-width letters", listener, lambda t: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in t)),
        Noisy("Cyrillic look-alikes", listener, lambda t: t.translate(_LOOKALIKES)),
        Noisy("inside a long message", listener, ramble),
    ]
