"""Albums: Telegram sends every picture as a message of its own; together they are answered once."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace

from bot.channels.telegram.updates import Incoming

# An album is whole after this long without a further message; longer than `UpdateOrder` waits for a missing update.
_QUIET_SECONDS = 1.2
_MOST_KNOWN = 1_000


@dataclass
class _Album:
    items: list[Incoming] = field(default_factory=list)
    seen: float = 0.0
    answered: bool = False


class Albums:
    """Knows the albums of late; used from one loop."""

    def __init__(self) -> None:
        """Start with no album known."""
        self._known: OrderedDict[tuple[int, str], _Album] = OrderedDict()

    def saw(self, incoming: Incoming) -> None:
        """Note a message of an album when it arrives."""
        album = self._known.setdefault((incoming.chat, incoming.album), _Album())
        album.items.append(incoming)
        album.seen = time.monotonic()
        while len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)

    async def whole(self, incoming: Incoming) -> Incoming | None:
        """Return what an album says, once all of it is there; None where nothing is left to be said.

        One message stands for all: the first with words, which gets the words of all captions, or else the first.
        """
        album = self._known.get((incoming.chat, incoming.album))
        if album is None:
            return incoming
        if album.answered:
            # One that was late is answered only for its words.
            late = incoming if incoming in album.items and incoming.kind != "media" else None
            album.items = [i for i in album.items if i != incoming]
            return late
        while (left := album.seen + _QUIET_SECONDS - time.monotonic()) > 0:
            await asyncio.sleep(left)
        album.answered = True
        said = [i for i in album.items if i.kind != "media"]
        album.items = []
        if not said:
            return incoming
        words = "\n".join(i.text for i in said if i.kind == "text")
        return replace(said[0], text=words) if said[0].kind == "text" else said[0]
