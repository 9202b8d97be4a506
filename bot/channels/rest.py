"""Rasa's REST channel, guarded: the same address and replies, but nothing a caller sends is trusted.

It takes the place of Rasa's own, which answers a body without JSON with a 500,
reads 100 MB, and lets the caller name the channel and the metadata.
"""

from __future__ import annotations

import json
from typing import Any

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response
from sanic.response import text as text_response

from bot.channels.collector import Collector
from bot.channels.gateway import MAX_CHARACTERS, Gateway, Handler, Refused, apology
from bot.channels.web.http import address, error_words, read_json, refusal
from bot.channels.web.settings import load_settings
from bot.clean import clean_line

MAX_SENDER = 128
_LOOPBACK = ("127.0.0.1", "::1")


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
        gateway = Gateway(self.name(), on_new_message, {"address": settings.address_rate})

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return json_response({"status": "ok"})

        @blueprint.post("/webhook", stream=True)
        async def receive(request: Request) -> HTTPResponse:
            caller = address(request, settings.proxies)
            try:
                body = await read_json(request)
                message, sender = body.get("message"), _sender(body)
                if sender is None:
                    return _bad(error_words("bad_sender", sender=MAX_SENDER))
                # A caller on this machine (a shell, a test, a proxy that limits by itself) is not counted.
                counted = "" if caller in _LOOPBACK else caller
                output = await gateway.collect(sender, message if isinstance(message, str) else "", counted)
            except Refused as refused:
                if refused.code == "empty":
                    return _bad(error_words("no_message"))
                if refused.code != "too_long":
                    return refusal(refused)
                output = Collector.of(apology("too_long", characters=f"{MAX_CHARACTERS:,}"))
            messages = [{**m, "recipient_id": sender} for m in output.messages]
            if request.args.get("stream") == "true":
                # The Rasa shell reads one message a line.
                return text_response("".join(json.dumps(m) + "\n" for m in messages), content_type="text/event-stream")
            return json_response(messages)

        return blueprint


def _sender(body: dict[str, Any]) -> str | None:
    """Return who a request says it is from, if that is a text of a fair length."""
    sender = body.get("sender", "default")
    sender = clean_line(sender) if isinstance(sender, str) else ""
    return sender if 0 < len(sender) <= MAX_SENDER else None


def _bad(why: str) -> HTTPResponse:
    return json_response({"error": "bad_request", "message": why}, 400)
