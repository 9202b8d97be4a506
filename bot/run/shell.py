"""A shell against the running unit, printing what people read rather than JSON."""

from __future__ import annotations

import contextlib
import uuid

from bot.run.process import BotProcess

_STOP = "/stop"


def talk(unit: BotProcess) -> int:
    """Talk in the terminal until `/stop` or Ctrl-D; an option is chosen by its number or in words."""
    with contextlib.suppress(ImportError):
        # Arrow keys, and what was typed before.
        import readline  # noqa: F401
    sender = uuid.uuid4().hex
    print(f"Type a message and press enter (`{_STOP}` ends).")
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while (text := input("Your input -> ").strip()) != _STOP:
            if not text:
                continue
            for message in unit.ask(text, sender):
                if "text" in message:
                    print(message["text"])
                for number, button in enumerate(message.get("buttons") or [], 1):
                    print(f"  {number}: {button['title']}")
    return 0
