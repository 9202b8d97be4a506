"""Telegram, as an ordinary Rasa channel.

Listed in `credentials.yml` as `bot.channels.telegram.TelegramChannel:`. It does
something only where TELEGRAM_BOT_TOKEN is set; see docs/telegram.md.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.channels.collector import Collector
from bot.channels.telegram.service import TelegramService, settings_or_none
from bot.channels.telegram.settings import load_settings
from bot.memory.forget import forget
from bot.read import load_documents
from bot.reply import Reply

logger = logging.getLogger("bot.channels.telegram")

ANSWER_SECONDS = 60.0
# So many keep its two readers busy; more at once only wait inside Rasa.
_AT_ONCE = 4


class TelegramChannel(InputChannel):
    """Speaks to people on Telegram, by long polling or by webhook."""

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, as conversations record it."""
        return "telegram"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the channel's blueprint: its start, its stop, and a sign of life."""
        blueprint = Blueprint("telegram_channel")
        service: TelegramService | None = None

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return json({"status": "ok" if service else "off"})

        @blueprint.listener("after_server_start")
        async def start(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            nonlocal service
            settings = settings_or_none(load_settings)
            if settings is None or not settings.token:
                return
            service = TelegramService(settings, _RasaBot(app, loop, on_new_message), load_documents())
            await loop.run_in_executor(None, service.start)

        @blueprint.listener("before_server_stop")
        async def stop(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            # Rasa's loop stays free meanwhile: questions under way are still answered.
            if service is not None:
                await loop.run_in_executor(None, service.stop)

        return blueprint


class _RasaBot:
    """Rasa, as the channel's thread sees it: every call goes over to Rasa's loop."""

    def __init__(
        self, app: Sanic, loop: asyncio.AbstractEventLoop, on_new_message: Callable[[UserMessage], Awaitable[Any]]
    ) -> None:
        self._app = app
        self._loop = loop
        self._on_new_message = on_new_message
        self._places: asyncio.Semaphore | None = None

    async def ask(self, conversation: str, text: str) -> Reply | None:
        """Return the bot's reply to a message in a conversation, if it gave one."""
        # Made here, since a semaphore belongs to the loop that first waits on it.
        self._places = self._places or asyncio.Semaphore(_AT_ONCE)
        output = Collector()
        message = UserMessage(text, output, conversation, input_channel=TelegramChannel.name())

        async def put() -> None:
            await self._on_new_message(message)

        async with self._places:
            await self._over_there(put())
        return output.reply()

    async def forget(self, conversation: str) -> None:
        """Delete what Rasa has stored of a conversation."""
        await self._over_there(forget(self._app.ctx.agent, conversation))

    async def _over_there(self, work: Coroutine[Any, Any, None]) -> None:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        await asyncio.wait_for(asyncio.wrap_future(future), ANSWER_SECONDS)
