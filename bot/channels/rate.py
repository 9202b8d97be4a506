"""How often somebody may ask."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Protocol

# Messages at once, and messages a minute in the long run.
Rate = tuple[int, float]
# What is counted, and of whom: an address, a conversation.
Counted = tuple[str, str]

# Beyond this many of a kind the least recently seen is dropped; it begins with a full bucket when it comes back.
_MOST_KEYS = 50_000
# Seconds by which a token may come early: the arithmetic is not exact.
EARLY = 0.001


class Rates(Protocol):
    """A token bucket for everybody of each kind, full at first."""

    async def wait(self, taken: Sequence[Counted]) -> int:
        """Take one token from every bucket named, or from none of them if one is empty.

        Args:
            taken: Kinds that have a rate, and whose bucket.

        Returns:
            0, or the whole seconds until all of them have a token.
        """


class LocalRates:
    """Buckets of this process, in bounded memory.

    Args:
        rates: By kind.
    """

    def __init__(self, rates: Mapping[str, Rate]) -> None:
        self._rates = {kind: spaced(rate) for kind, rate in rates.items()}
        # When a bucket will be full again, which says as much as the number of its tokens.
        self._full: dict[str, OrderedDict[str, float]] = {kind: OrderedDict() for kind in rates}

    async def wait(self, taken: Sequence[Counted]) -> int:
        """Take a token from each or none, as `Rates` says."""
        now, seconds = time.monotonic(), 0.0
        full = []
        for kind, who in taken:
            token, room = self._rates[kind]
            full.append(max(self._full[kind].get(who, now), now) + token)
            seconds = max(seconds, full[-1] - now - room)
        refused = seconds > EARLY
        for (kind, who), then in zip(taken, full):
            buckets = self._full[kind]
            buckets[who] = buckets.get(who, now) if refused else then
            buckets.move_to_end(who)
            if len(buckets) > _MOST_KEYS:
                buckets.popitem(last=False)
        return math.ceil(seconds) if refused else 0


def spaced(rate: Rate) -> tuple[float, float]:
    """Return in how many seconds a token comes back, and in how many an empty bucket is full."""
    token = 60.0 / rate[1]
    return token, rate[0] * token
