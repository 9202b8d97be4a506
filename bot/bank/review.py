"""What a reviewer of banks looks at: how much there is of what, by whom, and what is nearly said twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from bot.bank.bank import OFF_TOPIC, Bank, FollowUpLine, Line, Question, normalised

KINDS = ("question", "near miss", "follow-up", "off topic")
# Below this share of common words, lines of the bank differ in what they ask.
NEAR = 0.8
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Pair:
    """Two lines that are nearly the same.

    Attributes:
        likeness: Jaccard similarity of their sets of words, 0 to 1.
        first: The line that was read first.
        second: The other.
    """

    likeness: float
    first: Question | FollowUpLine
    second: Question | FollowUpLine

    @property
    def contradicts(self) -> bool:
        """Return whether different things are learnt from the two; kinds of near miss of a passage are learnt as one."""
        return _learnt(self.first) != _learnt(self.second)


def kind(line: Line) -> str:
    """Return which of `KINDS` a line is of."""
    if isinstance(line, Question):
        return KINDS[3] if line.kind == OFF_TOPIC else KINDS[1] if line.kind else KINDS[0]
    return KINDS[2]


def tally(lines: Iterable[Line], key: Callable[[Line], str]) -> dict[str, Counter[str]]:
    """Count lines.

    Args:
        lines: Of one bank or of several.
        key: What to count by, for instance the author.

    Returns:
        Counts by kind by key, in the order in which keys first occur.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        counts[key(line)][kind(line)] += 1
    return dict(counts)


def pairs(banks: Sequence[Bank], off_topic: Sequence[Question], least: float = NEAR) -> list[Pair]:
    """Return near duplicates: those across files first, and then the most alike first.

    Args:
        banks: Their questions are compared with one another, their follow-ups where they follow the same passage.
        off_topic: Compared with the questions.
        least: The likeness from which a pair counts, over 0 and up to 1.
    """
    after: dict[Path, list[FollowUpLine]] = defaultdict(list)
    for line in (f for b in banks for f in b.follow_ups):
        after[line.path].append(line)
    groups: list[Sequence[Question | FollowUpLine]] = [[*(q for b in banks for q in b.questions), *off_topic], *after.values()]
    found = [p for group in groups for p in _alike(group, least)]
    return sorted(found, key=lambda p: (p.first.path == p.second.path, -p.likeness))


def _alike(lines: Sequence[Question | FollowUpLine], least: float) -> Iterator[Pair]:
    words = [frozenset(normalised(x.text).split()) for x in lines]
    counts = Counter(w for ws in words for w in ws)
    holders: dict[str, list[int]] = defaultdict(list)
    for n, mine in enumerate(words):
        # Prefix filtering: two sets with at least this Jaccard similarity share a word among so many rarest ones of each, so
        # only pairs that share one are compared.
        rarest = sorted(mine, key=lambda w: (counts[w], w))[: len(mine) - ceil(least * len(mine) - _ROUNDING) + 1]
        for m in sorted({m for w in rarest for m in holders[w]}):
            likeness = len(mine & words[m]) / len(mine | words[m])
            if likeness >= least:
                yield Pair(likeness, lines[m], lines[n])
        for w in rarest:
            holders[w].append(n)


def _learnt(line: Question | FollowUpLine) -> tuple[str, bool]:
    return (str(line.path), bool(line.kind)) if isinstance(line, Question) else (line.label, False)
