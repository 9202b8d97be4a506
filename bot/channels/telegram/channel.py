"""Telegram, as an ordinary Rasa channel.

Listed in `credentials.yml` as `bot.channels.telegram.TelegramChannel:`. It does
something only where TELEGRAM_BOT_TOKEN is set; see docs/telegram.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.channels.gateway import Gateway, Handler
from bot.channels.rate import Rate
from bot.channels.telegram.light import carried
from bot.channels.telegram.service import TelegramService, settings_or_none
from bot.channels.telegram.settings import load_settings
from bot.read import load_documents
from bot.reply import Reply

T = TypeVar("T")

# Questions handed to Rasa at once: enough to keep its two reader threads busy; more would only wait there.
_AT_ONCE = 4


class TelegramChannel(InputChannel):
    """Speaks to people on Telegram, by long polling or by webhook."""

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, as conversations record it."""
        return "telegram"

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the channel's blueprint: its start, its stop, and a sign of life."""
        blueprint = Blueprint("telegram_channel")
        service: TelegramService | None = None

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return json({"status": "ok" if service else "off"})

        @blueprint.listener("after_server_start")
        async def start(_: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            nonlocal service
            settings = settings_or_none(load_settings)
            if settings is None or not settings.token:
                return
            gateway = _FarGateway(loop, carried(on_new_message), settings.rate)
            service = TelegramService(settings, gateway, load_documents())
            await loop.run_in_executor(None, service.start)

        @blueprint.listener("before_server_stop")
        async def stop(_: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            # Rasa's loop stays free meanwhile: questions under way are still answered.
            if service is not None:
                await loop.run_in_executor(None, service.stop)

        return blueprint


class _FarGateway(Gateway):
    """The gateway for use on the channel's thread: what needs Rasa is scheduled on Rasa's event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, on_new_message: Handler, rate: Rate) -> None:
        super().__init__(TelegramChannel.name(), on_new_message, {"person": rate})
        self._loop = loop
        self._places: asyncio.Semaphore | None = None

    async def ask(self, conversation: str, text: str, address: str = "", key: str = "") -> Reply:
        """Return the bot's reply to a message in a conversation."""
        # Made here, since a semaphore belongs to the loop that first waits on it.
        self._places = self._places or asyncio.Semaphore(_AT_ONCE)
        async with self._places:
            return await self._over_there(super().ask(conversation, text, address, key))

    async def admit(self, **who: str) -> None:
        """Count somebody: Redis is reached from Rasa's loop."""
        await self._over_there(super().admit(**who))

    async def forget(self, conversation: str) -> None:
        """Delete what Rasa has stored of a conversation."""
        await self._over_there(super().forget(conversation))

    async def _over_there(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))
