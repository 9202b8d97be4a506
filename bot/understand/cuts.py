"""Where in a message the next question begins: a logistic regression over the words and marks at each gap between words.

Its weights stand beside the lexicon of their language (`cuts.json` in its folder) and are fitted by
`make cuts` to labelled talks and to questions of the bank, alone and joined.
"""

from __future__ import annotations

import heapq
import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from bot.language import CUTS, LANGUAGES, own
from bot.understand.lexicon import Lexicon

# A list sign ("2)", "b." before a space) is a mark and no word.
_LIST_SIGN = r"(?<!\S)\(?(?:\d{1,2}|[a-e])[.)](?=\s)"
_TOKEN = re.compile(rf"(?P<sign>{_LIST_SIGN})|\w[\w'’-]*|\n+|[^\w\s]+")
# Marks by the strength with which they part; the first that stands in a gap names it.
_LISTED = "#"
_MARKS = (_LISTED, "\n", "?", "!", ";", "…", "..", ".", ":", "/", "–", "—", ",", "-", "+", "&", "(")
_PARTING = re.compile(r"[?!…;,|/]|\.\.")
_START, _END = "<s>", "</s>"
_LONGEST_COUNTED = 9
# Each more doubles the ways in which a message is read.
MOST_DOUBTFUL = 3


class Gap(NamedTuple):
    """A gap between words.

    Attributes:
        start: Where its second word starts in the text.
        score: The log-odds that a question begins there, by the words and marks around it.
    """

    start: int
    score: float


class Cuts:
    """Tells the gaps at which a new question may begin."""

    def __init__(self, weights: Mapping[str, float], threshold: float = 0.0) -> None:
        """Take weights by feature (the empty one is the intercept) and the log-odds from which on a gap is in doubt."""
        self.weights = dict(weights)
        self._threshold = threshold

    def scores(self, text: str, lexicon: Lexicon) -> list[Gap]:
        """Return the gaps between the words of a text."""
        zero, weights = self.weights.get("", 0.0), self.weights
        return [Gap(start, zero + sum(weights.get(f, 0.0) for f in row)) for start, row in features(text, lexicon)]

    def likeliest(self, text: str, lexicon: Lexicon, most: int, least: float = -math.inf) -> list[Gap]:
        """Return the gaps of the highest log-odds, those over `least` and `most` of them at most, in the order of the text."""
        likely = (g for g in self.scores(text, lexicon) if g.score > least)
        return sorted(heapq.nlargest(most, likely, key=lambda g: g.score))

    def doubtful(self, text: str, lexicon: Lexicon) -> list[Gap]:
        """Return the gaps at which a question may begin, `MOST_DOUBTFUL` at most."""
        return self.likeliest(text, lexicon, MOST_DOUBTFUL, self._threshold)


def features(text: str, lexicon: Lexicon) -> list[tuple[int, list[str]]]:
    """Return what is seen at each gap between words: where the second word starts, and names of features."""
    words, marks, starts, last = _words(text)
    joining, opening, asking = lexicon["joining"], lexicon["opening"], lexicon["asking"]
    count = len(words)
    ahead = [*words, _END, _END]
    opened = next((w for w in words if w not in opening and w not in joining), "") in asking
    questions = ["?" in m for m in [*marks, last]]
    rows = []
    for i in range(1, count):
        if not text[starts[i] - 1].isspace() and not _PARTING.search(marks[i]):
            # Inside "U.S." and "7.2" nothing begins.
            continue
        if marks[i] == "." and len(words[i - 1]) == 1:
            # Behind "U.S." neither.
            continue
        if marks[i] == "," and words[i].isdigit() and words[i - 1].isdigit():
            # Nor in "April 1, 2009".
            continue
        if " ".join(words[i:]) in lexicon["tags"]:
            # "Albania joined in 2010, right?" is one question.
            continue
        k = i
        while k < count - 1 and words[k] in joining:
            k += 1
        joint, one, two = "_".join(words[i:k]), ahead[k], ahead[k + 1]
        before, earlier = words[i - 1], words[i - 2] if i > 1 else _START
        mark = _mark(marks[i])
        left, right = _length(i), _length(count - k)
        shape = f"{opened}{one in asking}"
        asked = f"{any(questions[1 : i + 1])}{any(questions[i + 1 :])}"
        rows.append(
            (
                starts[i],
                [
                    f"mark {mark}",
                    f"joint {mark} {joint}",
                    f"mark next {mark} {one}",
                    f"joint next {joint} {one}",
                    f"next two {one} {two}",
                    f"next {one}",
                    f"before {before}",
                    f"before next {before} {one}",
                    f"before two {earlier} {before}",
                    f"first {words[0]}",
                    f"first next {words[0]} {one}",
                    f"left {left}",
                    f"right {right}",
                    f"mark left {mark} {left}",
                    f"mark right {mark} {right}",
                    f"shape mark {shape} {mark}",
                    f"shape joint {shape} {bool(joint)}",
                    f"shape both {shape} {mark} {bool(joint)}",
                    f"asked {asked} {mark}",
                    f"words {_length(count)}",
                    f"all {mark} {joint} {one}",
                    f"shape left {shape} {mark} {bool(joint)} {_length(min(i, 4))}",
                    f"asks before {one in asking} {before}",
                ],
            )
        )
    return rows


def _words(text: str) -> tuple[list[str], list[str], list[int], str]:
    """Return the words, the marks before each, where each starts, and the marks behind the last."""
    words: list[str] = []
    marks: list[str] = []
    starts: list[int] = []
    between = ""
    begins = -1
    for match in _TOKEN.finditer(text):
        found = match.group()
        if match["sign"]:
            between += _LISTED
            begins = match.start()
        elif re.match(r"\w", found):
            words.append(found.lower().replace("’", "'"))
            marks.append(between)
            # A word behind a list sign, or a sign of its own ("% of", "$5"), starts at the sign, so that a cut takes it along.
            starts.append(begins if begins >= 0 else match.start())
            between, begins = "", -1
        else:
            if begins < 0 and text[: match.start()][-1:].isspace() and not any(m in found for m in _MARKS[1:]):
                begins = match.start()
            between += found
    return words, marks, starts, between


def _mark(marks: str) -> str:
    return next((m for m in _MARKS if m in marks), "other" if marks else "none")


def _length(words: int) -> str:
    return "many" if words >= _LONGEST_COUNTED else str(words) if words < 4 else "4" if words < 6 else "6"


def path(code: str, folder: Path = LANGUAGES) -> Path:
    """Return where the weights of a language stand."""
    return own(code, CUTS, folder)


@lru_cache(maxsize=8)
def cuts(code: str, folder: Path = LANGUAGES) -> Cuts:
    """Load the cuts of a language; of one that has none, those without weights, which never cut."""
    file = path(code, folder)
    if not file.is_file():
        return Cuts({})
    data = json.loads(file.read_text(encoding="utf-8"))
    return Cuts(data["weights"], data["threshold"])
