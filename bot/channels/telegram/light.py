"""The light of a message is the context it is read in: a reply to an older message is about what that one quoted.

What a message of the bot quoted, showed and offered is kept by its number, as keys of passages and without a word
that anybody typed. When somebody replies to it, that goes along to Rasa as metadata of the message, for the component.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from rasa.core.channels.channel import UserMessage

from bot.channels.gateway import Handler
from bot.reply import Reply

# Arguments of `bot.understand.talk.Talk.after`, but for the question.
Light = dict[str, Any]

_SHED: ContextVar[Light | None] = ContextVar("light", default=None)


def of(reply: Reply) -> Light | None:
    """Return the light that a reply of the bot sheds; None where it neither quotes nor offers anything."""
    quoted, offered = [c.key for c in reply.citations], [o.id for o in reply.options]
    nearest = reply.nearest.key if reply.nearest else ""
    if not (quoted or nearest or offered):
        return None
    outcome = "answered" if reply.outcome == "source" else reply.outcome
    return {"outcome": outcome, "quoted": quoted, "nearest": nearest, "offered": offered}


@contextmanager
def shed(light: Light | None) -> Iterator[None]:
    """Set the light for what is asked in a block; a context variable goes along to the task on Rasa's event loop."""
    token = _SHED.set(light)
    try:
        yield
    finally:
        _SHED.reset(token)


def carried(handler: Handler) -> Handler:
    """Wrap Rasa's handler: each message carries the light that was set for it, as metadata."""

    async def handle(message: UserMessage) -> None:
        if light := _SHED.get():
            message.metadata = {**(message.metadata or {}), "light": light}
        await handler(message)

    return handle
