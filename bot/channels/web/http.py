"""The HTTP side of the web channel: bodies, errors, who may call, and what every response carries."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from sanic.exceptions import PayloadTooLarge
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.channels.gateway import MAX_CHARACTERS, Refused
from bot.channels.web.settings import WebSettings
from bot.language import DEFAULT_LANGUAGE, WEB, file, load, own
from bot.read import load_documents
from bot.texts import fill

API = "/api/"
MAX_BODY_BYTES = 32_768

# Codes of the API by status; their words stand in the language's texts.
_STATUS = {
    "bad_request": 400,
    "empty": 400,
    "too_long": 400,
    "unknown_option": 400,
    "no_session": 401,
    "origin": 403,
    "unknown_message": 404,
    "not_found": 404,
    "too_large": 413,
    "rate_limited": 429,
    "failed": 500,
    "not_ready": 503,
    "not_saved": 503,
    "slow": 504,
}


def refusal(refused: Refused) -> HTTPResponse:
    """Return a refusal as JSON with its status."""
    body: dict[str, Any] = {"error": refused.code, "message": error_words(refused.code)}
    headers = {}
    if refused.retry_after:
        body["retry_after"] = refused.retry_after
        headers["Retry-After"] = str(refused.retry_after)
    return json_response(body, status=_STATUS[refused.code], headers=headers)


@lru_cache(maxsize=1)
def _texts() -> dict[str, str]:
    language = load_documents()[0].language
    return {**load(own(DEFAULT_LANGUAGE, WEB))["errors"], **load(file(language, WEB)).get("errors", {})}


def error_words(code: str, **words: str | int) -> str:
    """Return what is said to whoever calls the API, in the language of the statement; `words` are filled in."""
    return fill(_texts()[code], {"characters": f"{MAX_CHARACTERS:,}", "bytes": f"{MAX_BODY_BYTES:,}", **words})


async def read_json(request: Request) -> dict[str, Any]:
    """Read the body of a streamed request.

    Returns:
        The JSON object; an empty one if there is no body.

    Raises:
        Refused: If it is too large, or no JSON object.
    """
    stream = request.stream
    body = bytearray()
    if stream is not None:
        # Sanic then stops reading by itself, whatever length was announced.
        stream.request_max_size = MAX_BODY_BYTES
        try:
            async for chunk in stream:
                body += chunk
        except PayloadTooLarge as error:
            raise Refused("too_large") from error
    if not body:
        return {}
    try:
        text = body.decode("utf-8")
        given = json.loads(text)
        if "\\u" in text:
            # A lone surrogate is legal in JSON, but cannot be encoded as UTF-8.
            given = json.loads(json.dumps(given, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise Refused("bad_request") from error
    if not isinstance(given, dict):
        raise Refused("bad_request")
    return given


def bearer(request: Request, body: dict[str, Any] | None = None) -> object:
    """Return the token of a request: from `Authorization`, or the body's `token`."""
    header = str(request.headers.get("authorization", ""))
    if header.lower().startswith("bearer "):
        return header[7:].strip()
    return (body or {}).get("token")


def address(request: Request, proxies: int) -> str:
    """Return the address a request comes from.

    Args:
        request: The request.
        proxies: Trusted reverse proxies in front; that many entries at the
            end of `X-Forwarded-For` are theirs, the first of them is the caller.
    """
    if proxies:
        chain = [a.strip() for h in request.headers.getall("x-forwarded-for", []) for a in h.split(",") if a.strip()]
        if len(chain) >= proxies:
            return chain[-proxies][:64]
    return str(request.ip)


def origin_of(request: Request, settings: WebSettings) -> str | None:
    """Return the foreign origin of a request, if it has one.

    Returns:
        `None` for the server's own pages and for programs that are no
        browser; else the origin, which is on the list.

    Raises:
        Refused: If the origin is not on the list.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return None
    # Behind a proxy that ends TLS the scheme differs; the host is what counts.
    host = origin.lower().partition("://")[2]
    if host and host == str(request.headers.get("host", "")).lower():
        return None
    if origin.lower() in settings.allowed_origins:
        return str(origin)
    raise Refused("origin")


class SecurityHeaders:
    """Puts security headers on every response of the server: CSP, CORS, and against sniffing and framing."""

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        frames = " ".join(("'self'", *settings.frame_ancestors))
        self._page_policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            f"base-uri 'none'; form-action 'none'; frame-ancestors {frames}; "
            # The one place where HTML is parsed is the templates of the widget's library.
            "require-trusted-types-for 'script'; trusted-types lit-html"
        )
        self._other_policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    def __call__(self, request: Request, response: HTTPResponse) -> None:
        """Add the headers; the last of the response middlewares."""
        headers = response.headers
        page = str(response.content_type or "").startswith("text/html")
        headers["Content-Security-Policy"] = self._page_policy if page else self._other_policy
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if page and request.path.endswith("/") and request.path != "/":
            # Relative links of a page hold for its address without the slash.
            response.status = 308
            query = f"?{request.query_string}" if request.query_string else ""
            headers["Location"] = f"../{request.path.rstrip('/').rpartition('/')[2]}{query}"
        if page:
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
            if not self._settings.frame_ancestors:
                headers["X-Frame-Options"] = "SAMEORIGIN"
        if headers.get("Access-Control-Allow-Origin", "*") == "*":
            # Rasa sends these to every origin; beside `*`, or without an allowed origin, they mean nothing.
            for name in ("Access-Control-Allow-Credentials", "Access-Control-Expose-Headers"):
                headers.popall(name, None)
        if request.path.startswith(API):
            self._allow(request, response)

    def _allow(self, request: Request, response: HTTPResponse) -> None:
        headers = response.headers
        headers["Cache-Control"] = "no-store"
        # The list of this channel is the only one that counts for its calls.
        for name in ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers", "Vary"):
            headers.popall(name, None)
        headers["Vary"] = "Origin"
        try:
            origin = origin_of(request, self._settings)
        except Refused:
            return
        if origin:
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = "Retry-After"
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            if request.method == "OPTIONS":
                headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
                headers["Access-Control-Allow-Headers"] = "authorization, content-type"
                headers["Access-Control-Max-Age"] = "7200"
