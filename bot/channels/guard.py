"""What every public channel owes the bot: clean text, a length cap, a rate limit."""

from __future__ import annotations

import math
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MAX_CHARACTERS = 2_000
MAX_BODY_BYTES = 32_768

# Joiners are kept: emoji and some scripts are spelt with them.
_KEPT_FORMAT = {"\u200c", "\u200d"}
# Cyrillic and Greek letters that look like Latin ones, to be read as those in a Latin text.
_LOOKALIKES = str.maketrans(
    "асеорхуіјѕһԁԛԝАВЕКМНОРСТХУІЈЅαορνικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aceopxyijshdqwABEKMHOPCTXYIJSaopvikABEZHIKMNOPTYX",
)


def clean(text: str) -> str:
    """Return a text as the bot may read it.

    NFKC, no control, bidirectional or unassigned characters, no lone
    surrogates, look-alike letters as Latin, single spaces, and no leading slash: what is typed is never an
    intent (Rasa would obey `/restart` or `/intent{...}` from anybody). Lines stay lines, each cleaned by itself; empty ones go.
    """
    if "\n" not in text and "\r" not in text:
        return clean_line(text)
    return "\n".join(filter(None, map(clean_line, text.splitlines())))


def clean_line(text: str) -> str:
    """Return a text as `clean` does, on one line."""
    if text.isascii() and text.isprintable():
        # Nothing of the above is in it, and looking at every character takes its time.
        return " ".join(text.split()).lstrip("/ ")
    normal = unicodedata.normalize("NFKC", text.encode("utf-16", "replace").decode("utf-16", "replace"))
    kept = "".join(
        " " if c.isspace() else c for c in normal if c.isspace() or c in _KEPT_FORMAT or unicodedata.category(c)[0] != "C"
    )
    plain = " ".join(kept.split()).lstrip("/ ")
    return plain.translate(_LOOKALIKES) if _is_latin(plain) else plain


def _is_latin(text: str) -> bool:
    """Tell whether most of the letters outside the look-alikes are Latin: a word of real Russian stays as it is."""
    letters = [c for c in text if c.isalpha() and ord(c) not in _LOOKALIKES]
    return 2 * sum(unicodedata.name(c, "").startswith("LATIN") for c in letters) > len(letters)


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
