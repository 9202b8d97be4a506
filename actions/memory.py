"""The memory of a talk as Rasa keeps it: slots."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from bot.reply import Reply
from bot.understand.talk import Talk


def remembered(tracker: Tracker) -> Talk:
    """Read the memory from a tracker's slots."""
    return Talk.of(tracker.get_slot)


def in_light(tracker: Tracker) -> Talk:
    """Return the talk that the latest message was read in: as of the older reply that it answers, else what is remembered."""
    then = tracker.latest_message.get("talk")
    return Talk.of(then.get) if then else remembered(tracker)


def after(talk: Talk, asked: str, reply: Reply) -> Talk:
    """Return the memory after a reply to what was asked; `asked` is empty where nothing was."""
    nearest = reply.nearest.key if reply.nearest else ""
    return talk.after(asked, reply.outcome, [c.key for c in reply.citations], nearest, [o.id for o in reply.options])


def changes(before: Talk, after: Talk) -> list[dict[str, Any]]:
    """Return the slot events that turn one memory into another."""
    old = before.slots()
    return [SlotSet(name, value) for name, value in after.slots().items() if value != old[name]]
