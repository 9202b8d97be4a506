"""The Rasa shell against the running unit, printing what people read rather than JSON."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from typing import Any

from rasa.core.channels import console

from bot.run.unit import Unit


def talk(unit: Unit) -> int:
    """Talk in the terminal until `/stop` or Ctrl-D.

    It is Rasa's own shell; only `custom`, which repeats in JSON what the texts
    say, is kept from the screen.
    """
    shown = console._print_bot_output

    def print_without_custom(message: dict[str, Any], *rest: Any, **named: Any) -> Any:
        return shown({k: v for k, v in message.items() if k != "custom"}, *rest, **named)

    console._print_bot_output = print_without_custom
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        asyncio.run(console.record_messages(sender_id=uuid.uuid4().hex, server_url=f"http://127.0.0.1:{unit.port}"))
    return 0
