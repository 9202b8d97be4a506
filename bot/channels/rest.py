"""Rasa's REST channel, guarded: the same address and replies, but nothing a caller sends is trusted.

It takes the place of Rasa's own, which answers a body without JSON with a 500,
reads 100 MB, and lets the caller name the channel and the metadata.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from async_timeout import timeout
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response
from sanic.response import text as text_response

from bot.channels.collector import Collector
from bot.channels.guard import MAX_CHARACTERS, RateLimiter, is_too_long
from bot.channels.web.http import WebError, address, read_json
from bot.channels.web.settings import load_settings
from bot.clean import clean, clean_line
from bot.reply import Reply
from bot.texts import load_texts

logger = logging.getLogger(__name__)

MAX_SENDER = 128
ANSWER_SECONDS = 30.0
_LOOPBACK = ("127.0.0.1", "::1")

Handler = Callable[[UserMessage], Awaitable[Any]]


class BadRequest(Exception):
    """A request that is no message; its text tells the caller why."""


class GuardedRest(InputChannel):
    """`POST /webhooks/rest/webhook` with `{"sender", "message"}`."""

    @classmethod
    def name(cls) -> str:
        """Return `rest`: the address stays Rasa's."""
        return "rest"

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the channel's routes."""
        blueprint = Blueprint("guarded_rest")
        settings = load_settings()
        # A caller on this machine (a shell, a test, a proxy that limits by itself) is not limited.
        limiter = RateLimiter(*settings.address_rate)

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return json_response({"status": "ok"})

        @blueprint.post("/webhook", stream=True)
        async def receive(request: Request) -> HTTPResponse:
            try:
                text, sender = _message(await read_json(request))
                caller = address(request, settings.proxies)
                wait = 0 if caller in _LOOPBACK else limiter.wait(caller)
                if wait:
                    raise WebError("rate_limited", wait)
            except WebError as error:
                return error.response()
            except BadRequest as error:
                return json_response({"error": "bad_request", "message": str(error)}, 400)
            messages = await _reply(on_new_message, text, sender)
            if request.args.get("stream") == "true":
                # The Rasa shell reads one message a line.
                return text_response("".join(json.dumps(m) + "\n" for m in messages), content_type="text/event-stream")
            return json_response(messages)

        return blueprint


async def _reply(on_new_message: Handler, text: str, sender: str) -> list[dict[str, Any]]:
    if is_too_long(text):
        return _said(sender, "too_long", {"characters": f"{MAX_CHARACTERS:,}"})
    output = Collector()
    # A prefix keeps callers out of the conversations of other channels.
    message = UserMessage(text, output, f"rest-{sender}", input_channel=GuardedRest.name())
    try:
        async with timeout(ANSWER_SECONDS):
            await on_new_message(message)
    except Exception:
        logger.exception("a message over REST failed")
        return _said(sender, "error", {})
    return [{**m, "recipient_id": sender} for m in output.messages]


def _said(sender: str, phrase: str, words: dict[str, str]) -> list[dict[str, Any]]:
    lead = load_texts().say(phrase, words=words)
    return [{"recipient_id": sender, "text": lead}, {"recipient_id": sender, "custom": Reply("error", lead=lead).as_json()}]


def _message(data: dict[str, Any]) -> tuple[str, str]:
    """Return the cleaned text and the sender of a request.

    Raises:
        BadRequest: If one of them is missing or no text.
    """
    if not isinstance(data.get("message"), str) or not clean(data["message"]):
        raise BadRequest("`message` is missing or holds no text.")
    sender = data.get("sender", "default")
    if not isinstance(sender, str) or not 0 < len(clean_line(sender)) <= MAX_SENDER:
        raise BadRequest(f"`sender` must be a text of 1 to {MAX_SENDER} characters.")
    return clean(data["message"]), clean_line(sender)
