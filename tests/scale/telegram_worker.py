"""`python -m tests.scale.telegram_worker`: the Telegram channel of one worker, with an echo in place of Rasa."""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import threading

from bot.run.light import import_rasa

import_rasa()

from rasa.core.channels.channel import UserMessage  # noqa: E402

from bot.channels.gateway import Gateway  # noqa: E402
from bot.channels.telegram.service import TelegramService  # noqa: E402
from bot.channels.telegram.settings import load_settings  # noqa: E402
from bot.read.document import load_documents  # noqa: E402
from bot.reply import Reply  # noqa: E402


async def echo(message: UserMessage) -> None:
    # As long as Rasa takes, now and then much longer.
    await asyncio.sleep(random.choice([0.02, 0.05, 0.1, 0.5]))
    reply = Reply("smalltalk", lead=f"echo {message.text}")
    await message.output_channel.send_custom_json(message.sender_id, reply.as_json())


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    service = TelegramService(load_settings(), Gateway("telegram", echo, {"person": (1_000, 60_000.0)}), load_documents())
    service.start()
    ended.wait()
    service.stop()


if __name__ == "__main__":
    main()
