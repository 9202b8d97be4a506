"""Lines become one: what a line end or a page broke is mended, and every character knows where it stands in the seed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.read.language import Words

# Soft hyphen, zero-width space, word joiner, byte-order mark: not to be seen, and in nobody's word.
_UNSEEN = "\u00ad\u200b\u2060\ufeff"
_HYPHENS = "-\u2010\u2011"
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Mended:
    """A paragraph on one line.

    Attributes:
        text: Its words.
        at: Where each character stands in the seed.
    """

    text: str
    at: tuple[int, ...]

    def span(self, a: int, b: int) -> tuple[int, int]:
        """Return the span in the seed of a span of the text."""
        return self.at[a], self.at[b - 1] + 1

    def shown(self, a: int, b: int, seed: str) -> str:
        """Return the text of a span if it was mended, else an empty string: a line end alone does not count."""
        start, end = self.span(a, b)
        raw, text = seed[start:end], self.text[a:b]
        same = " ".join(raw.split()) == " ".join(text.split()) and not re.search(r"\n[^\S\n]*\n|\f", raw)
        return "" if same else " ".join(text.split())


def mend(
    seed: str, lines: Sequence[tuple[int, int]], spoken: Words, known: Callable[[str], bool], written: frozenset[str]
) -> Mended:
    """Put lines together.

    Args:
        seed: The text.
        lines: Their spans, without outer spaces.
        spoken: The words of its language.
        known: Tells whether something, in small letters, is a word of the language.
        written: Words of the seed, in small letters, those with a hyphen too.
    """
    text: list[str] = []
    at: list[int] = []
    for n, (start, end) in enumerate(lines):
        if n:
            _glue(text, at, seed, lines[n - 1], (start, end), spoken, known, written)
        for i in range(start, end):
            if seed[i] not in _UNSEEN:
                text.append(seed[i])
                at.append(i)
    return Mended("".join(text), tuple(at))


def words_written(seed: str) -> frozenset[str]:
    """Return the words of a text in small letters, those with a hyphen whole and in parts, but none that a line end broke."""
    whole = re.sub(rf"[^\W\d_]+[{_HYPHENS}\u00ad]\s*\n\s*[^\W\d_]+", " ", seed).lower()
    return frozenset(_WORD.findall(whole)) | frozenset(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)+", whole))


def _glue(
    text: list[str],
    at: list[int],
    seed: str,
    before: tuple[int, int],
    after: tuple[int, int],
    spoken: Words,
    known: Callable[[str], bool],
    written: frozenset[str],
) -> None:
    """End a line as the next one needs it: with a space, with nothing, or without its hyphen."""
    last = seed[before[1] - 1]
    following = seed[after[0] : after[0] + 40]
    right = _WORD.match(following)
    if last == "\u00ad" and right:
        return
    left = re.search(rf"([^\W\d_]+)[{_HYPHENS}]$", seed[max(before[0], before[1] - 60) : before[1]])
    if left and right and right[0].lower() not in spoken.conjunctions:
        if right[0][0].islower() and not _has_hyphen(left[1].lower(), right[0].lower(), known, written):
            text.pop()
            at.pop()
        return
    broken = (last in _HYPHENS and following[:1].isalnum() and not left and seed[before[1] - 2].isdigit()) or (
        # A decimal that was cut: `2.` and `5 percent`.
        re.search(r"\d[.,]$", seed[before[0] : before[1]])
        and (unit := re.match(r"\d+\s*(%|[^\W\d_]+)", following))
        and unit[1].lower() in spoken.units
    )
    if left and following[:1].isdigit():
        return
    if not broken and not (last == "–" and following[:1].isdigit() and seed[before[1] - 2].isdigit()):
        text.append(" ")
        # The added space has the offset of the line end that it replaces.
        at.append(before[1])


def _has_hyphen(left: str, right: str, known: Callable[[str], bool], written: frozenset[str]) -> bool:
    """Tell whether a word that a line end broke at its hyphen is written with it: `long-term`, and not `coopera-tion`."""
    if left + right in written:
        return False
    if f"{left}-{right}" in written:
        return True
    return known(left) and known(right) and not known(left + right)
