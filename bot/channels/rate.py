"""How often somebody may ask."""

from __future__ import annotations

import math
import time
from collections import OrderedDict

# Messages at once, and messages a minute in the long run.
Rate = tuple[int, float]
# Beyond this the least recently seen key is evicted; it begins with a full bucket when it comes back.
_MOST_KEYS = 50_000


class RateLimiter:
    """A token bucket for each key (a conversation, an address), full at first, in bounded memory.

    Args:
        rate: How much it takes.
    """

    def __init__(self, rate: Rate) -> None:
        self._burst, self._a_second = float(rate[0]), rate[1] / 60.0
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str) -> int:
        """Take one token for `key`; return 0, or the whole seconds to wait for one."""
        now = time.monotonic()
        tokens, seen = self._buckets.pop(key, (self._burst, now))
        tokens = min(self._burst, tokens + (now - seen) * self._a_second)
        enough = tokens >= 1.0
        self._buckets[key] = (tokens - enough, now)
        if len(self._buckets) > _MOST_KEYS:
            self._buckets.popitem(last=False)
        return 0 if enough else max(1, math.ceil((1.0 - tokens) / self._a_second))
