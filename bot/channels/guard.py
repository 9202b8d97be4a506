"""What every public channel owes the bot: a length cap, a rate limit."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MAX_CHARACTERS = 2_000
MAX_BODY_BYTES = 32_768


def is_too_long(text: str) -> bool:
    """Tell whether a message is over `MAX_CHARACTERS`."""
    return len(text) > MAX_CHARACTERS


@dataclass
class _Bucket:
    tokens: float
    seen: float


class RateLimiter:
    """A token bucket for each key (a session, an address), in bounded memory.

    Args:
        burst: Messages that may come at once.
        per_minute: Messages a minute in the long run.
        keys: Most keys remembered; the one not seen for longest goes first.
        clock: Seconds; replaced in tests.
    """

    def __init__(
        self, burst: int = 10, per_minute: float = 30.0, keys: int = 50_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Make a limiter with all buckets full."""
        self._burst = float(burst)
        self._rate = per_minute / 60.0
        self._keys = keys
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait(self, key: str) -> int:
        """Take one token for `key`; return 0, or the whole seconds to wait for one."""
        now = self._clock()
        bucket = self._buckets.pop(key, None) or _Bucket(self._burst, now)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.seen) * self._rate)
        bucket.seen = now
        self._buckets[key] = bucket
        if len(self._buckets) > self._keys:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1.0:
            return max(1, math.ceil((1.0 - bucket.tokens) / self._rate))
        bucket.tokens -= 1.0
        return 0
