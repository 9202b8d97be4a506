"""Rates counted in Redis for all workers; while it is away, by each worker for itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import ConnectionError as BrokenConnection
from redis.exceptions import RedisError

from bot.channels.rate import EARLY, Counted, LocalRates, Rate, spaced
from bot.settings import REDIS_URL

logger = logging.getLogger(__name__)

T = TypeVar("T")

# For a connection, for an answer and for a place in the pool.
_SECONDS = 0.3
_CONNECTIONS = 16
# After a failure Redis is left alone for so long: else every message would wait for a Redis that hangs.
PAUSE_SECONDS = 2.0

# One number a bucket, when it will be full again, by Redis's own clock; then the key expires, since a new bucket is full.
# ARGV: for each key the seconds until a token comes back, and until an empty bucket is full.
_TAKE = f"""
local clock = redis.call('TIME')
local now, wait, full = clock[1] + clock[2] / 1000000, 0, {{}}
for i, key in ipairs(KEYS) do
  local token, room = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local was = tonumber(redis.call('GET', key) or 0)
  full[i] = math.min(math.max(was, now), now + room) + token
  wait = math.max(wait, full[i] - now - room)
end
if wait > {EARLY} then return math.ceil(wait) end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.6f', full[i]), 'PX', math.ceil((full[i] - now) * 1000))
end
return 0
"""


class Link:
    """The connections of this process to Redis, which may be away at any time.

    Args:
        url: Of Redis.

    Attributes:
        away: Whether it was when it was asked last.
    """

    def __init__(self, url: str) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=_SECONDS,
            socket_timeout=_SECONDS,
            socket_connect_timeout=_SECONDS,
            socket_keepalive=True,
            # A connection that broke while it lay idle is opened anew, once.
            retry_on_error=[BrokenConnection],
        )
        self.redis = Redis(connection_pool=pool)
        self.away = False
        self._again = 0.0

    async def ask(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Return what some work on `redis` gives; None while Redis is away."""
        if self.away:
            if time.monotonic() < self._again:
                return None
            # One tries, and the others go on without Redis meanwhile.
            self._again = time.monotonic() + PAUSE_SECONDS
        try:
            answer = await work()
        except (RedisError, OSError) as error:
            if not self.away:
                logger.warning("Redis is away, rates are counted by each worker for itself: %s", error)
            self.away = True
            self._again = time.monotonic() + PAUSE_SECONDS
            return None
        if self.away:
            logger.warning("Redis is back")
            self.away = False
        return answer

    async def check(self) -> bool:
        """Tell whether it answers."""
        await self.ask(self.redis.ping)
        return not self.away

    async def close(self) -> None:
        """Close the connections."""
        await self.redis.connection_pool.disconnect()


class SharedRates:
    """`Rates` of all workers: one round trip a message, whatever it counts.

    Args:
        link: To Redis.
        channel: Names the buckets, so that channels do not share them.
        rates: By kind.
    """

    def __init__(self, link: Link, channel: str, rates: Mapping[str, Rate]) -> None:
        self._link = link
        self._channel = channel
        self._rates = {kind: spaced(rate) for kind, rate in rates.items()}
        self._own = LocalRates(rates)
        # Sent by its hash; Redis gets the text once, when it says that it does not know it.
        self._take: Callable[..., Awaitable[Any]] = link.redis.register_script(_TAKE)

    async def wait(self, taken: Sequence[Counted]) -> int:
        """Take a token from each or none, as `Rates` says."""
        if not taken:
            return 0
        keys = [f"rate:{self._channel}:{kind}:{_hidden(who)}" for kind, who in taken]
        values = [seconds for kind, _ in taken for seconds in self._rates[kind]]
        seconds = await self._link.ask(lambda: self._take(keys=keys, args=values))
        return await self._own.wait(taken) if seconds is None else int(seconds)


def _hidden(who: str) -> str:
    # Short, whatever a caller sends as its conversation, and no list of addresses for whoever reads Redis.
    return blake2b(who.encode(), digest_size=16).hexdigest()


@lru_cache(maxsize=1)
def link() -> Link:
    """Return the process's one link, as the settings ask for it."""
    return Link(REDIS_URL())
