"""The server to which Telegram posts updates, on a port of its own.

It lives on the channel's own thread, so that it answers at once while Rasa is
busy with a message. An update is stored, then acknowledged, then handled.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.channels.telegram.updates import update_number

MAX_BODY_BYTES = 1_000_000
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_BODY_SECONDS = 10.0


def derived_secret(token: str) -> str:
    """Return the secret of a bot's posts: the same at every start, and no way back to the token."""
    return hmac.new(token.encode(), b"webhook secret", hashlib.sha256).hexdigest()


class WebhookServer:
    """Receives posts.

    Args:
        secret: What every post must carry.
        receive: Called with the update of a good post.
    """

    def __init__(self, secret: str, receive: Callable[[dict[str, Any]], None]) -> None:
        """Nothing listens yet."""
        self._secret = secret.encode()
        self._receive = receive
        self._runner: web.AppRunner | None = None

    async def open(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            OSError: If the port is taken.
        """
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        # Any path: a proxy in front may cut or keep the one of the public address.
        app.router.add_post("/{path:.*}", self._post)
        # Telegram compresses nothing, and a small compressed body may be a huge one.
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=2.0, auto_decompress=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()

    async def close(self) -> None:
        """Stop listening; posts under way are answered first."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _post(self, request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._secret):
            return _refuse(403, "wrong or missing secret")
        if (request.content_length or 0) > MAX_BODY_BYTES:
            return _refuse(413, "too large")
        try:
            update = json.loads(await asyncio.wait_for(request.read(), _BODY_SECONDS))
        except web.HTTPRequestEntityTooLarge:
            return _refuse(413, "too large")
        except asyncio.TimeoutError:
            return _refuse(408, "too slow")
        except (ValueError, RecursionError):
            return _refuse(400, "no JSON")
        if update_number(update) is None:
            return _refuse(400, "no update")
        self._receive(update)
        return web.json_response({"ok": True})


def _refuse(status: int, why: str) -> web.Response:
    # The rest of the body is not read: the connection ends with this answer.
    response = web.json_response({"ok": False, "error": why}, status=status)
    response.force_close()
    return response
