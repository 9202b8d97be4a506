"""The web channel: talks to the widget in plain JSON and serves it, its demo page and the reader.

    GET    /  /reader  /reader/<document>  /widget.js  /page.js  /page.css
    GET    /api/start          what the empty chat shows
    POST   /api/session        → session, token
    POST   /api/message        token, key?, text | option → id, question, messages, custom
    GET    /api/history        → turns
    POST   /api/feedback       token, message, vote, word?
    DELETE /api/conversation   token

The token goes into `Authorization: Bearer …` or, where there is a body, into
its `token`. Every refusal is `{"error": code, "message": words}`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from itertools import zip_longest
from typing import Any

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty, html
from sanic.response import json as json_response

from bot.channels.gateway import MAX_CHARACTERS, Gateway, Handler, Refused, read
from bot.channels.web.http import API, SecurityHeaders, address, bearer, origin_of, read_json, refusal
from bot.channels.web.pages import Asset, Pages, load_assets, load_texts
from bot.channels.web.sessions import Sessions, load_secret
from bot.channels.web.settings import WebSettings, load_settings
from bot.channels.web.store import Conversations, Turn
from bot.clean import clean_line
from bot.memory.keeper import keeper
from bot.read import Document, load_documents
from bot.reply import Option, Reply

logger = logging.getLogger(__name__)

SUGGESTIONS = 4
MAX_WORD = 500

Endpoint = Callable[[Request], Awaitable[HTTPResponse]]


class WebChannel(InputChannel):
    """An ordinary input channel of Rasa, mounted at the root of its server.

    Args:
        settings: What a maintainer may set.
        documents: The statements; by default those that were generated.
    """

    def __init__(self, settings: WebSettings | None = None, documents: list[Document] | None = None) -> None:
        self.settings = settings or load_settings()
        self.documents = load_documents() if documents is None else documents

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, as it stands in trackers."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebChannel:
        """Make the channel from its part of `credentials.yml`."""
        return cls(load_settings(credentials))

    def url_prefix(self) -> str:
        """Return the root: Rasa would mount the channel under `/webhooks/`."""
        return "/"

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the channel's routes."""
        return _WebBlueprint(self, on_new_message)


class _WebBlueprint(Blueprint):
    """The routes, and what has to reach the whole server: its front page and its headers."""

    def __init__(self, channel: WebChannel, on_new_message: Handler) -> None:
        super().__init__("web_channel")
        settings = channel.settings
        assets = load_assets()
        pages = Pages(channel.documents, load_texts(), assets)
        self.ctx.api = _Api(channel, on_new_message, Sessions(load_secret(settings.state), settings.retention_days), pages)
        self.ctx.front = _Front(settings, pages)
        self.ctx.headers = SecurityHeaders(settings)
        _add_pages(self, pages, assets)
        self.ctx.api.add_to(self)

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        # Rasa has taken `/` to show its version; a middleware comes before its route.
        app.register_middleware(self.ctx.front, "request")
        app.register_middleware(self.ctx.headers, "response")
        super().register(app, options)


class _Front:
    """Answers what must not reach a route: the front page, calls from origins not on the list, and CORS preflights."""

    def __init__(self, settings: WebSettings, pages: Pages) -> None:
        self._settings = settings
        self._pages = pages

    def __call__(self, request: Request) -> HTTPResponse | None:
        if request.path == "/" and request.method in ("GET", "HEAD"):
            return _page(self._pages.demo(request.args.get("lang")))
        if request.path.startswith(API):
            try:
                origin_of(request, self._settings)
            except Refused as error:
                return refusal(error)
            if request.method == "OPTIONS":
                # A CORS preflight: `SecurityHeaders` adds what it asks for.
                return empty()
        return None


class _Api:
    def __init__(self, channel: WebChannel, on_new_message: Handler, sessions: Sessions, pages: Pages) -> None:
        self._settings = channel.settings
        self._documents = channel.documents
        self._sessions = sessions
        self._pages = pages
        self._store = Conversations(channel.settings.state / "conversations.db")
        self._questions = {f"{d.name}/{p.id}": p.ask for d in channel.documents for p in d.quotable if p.ask}
        self._said = pages.said(channel.documents[0].language)
        burst, minute = channel.settings.address_rate
        rates = {
            "conversation": channel.settings.session_rate,
            "address": (burst, minute),
            # Reading is cheap, but not free.
            "reading": (burst * 3, minute * 3),
        }
        self._gateway = Gateway(channel.name(), on_new_message, rates)
        self._under_way: dict[tuple[str, str], asyncio.Task[Turn]] = {}

    def add_to(self, blueprint: Blueprint) -> None:
        """Add the calls of the API to a blueprint."""
        calls: tuple[tuple[str, str, Endpoint], ...] = (
            ("GET", "start", self._start),
            ("POST", "session", self._session),
            ("POST", "message", self._message),
            ("GET", "history", self._history),
            ("POST", "feedback", self._feedback),
            ("DELETE", "conversation", self._delete),
        )
        for method, name, endpoint in calls:
            # Streamed, so that the size of a body is checked while it comes.
            blueprint.add_route(_told(endpoint), f"{API}{name}", methods=[method], name=name, stream=True)
        blueprint.listener("after_server_start")(self._begin)
        blueprint.listener("before_server_stop")(self._end)

    async def _start(self, request: Request) -> HTTPResponse:
        await self._gateway.admit(reading=self._address(request))
        documents = [
            {
                "name": d.name,
                "title": d.title,
                "issuer": d.issuer,
                "date": d.date_text,
                "language": d.language,
                "url": self._pages.reader_path(d.name),
            }
            for d in self._documents
        ]
        return json_response(
            {
                "documents": documents,
                "suggestions": [o.as_json() for o in suggestions(self._documents)],
                "characters": MAX_CHARACTERS,
                "retention_days": self._settings.retention_days,
            }
        )

    async def _session(self, request: Request) -> HTTPResponse:
        await read_json(request)
        await self._gateway.admit(address=self._address(request))
        session, token = self._sessions.issue()
        return json_response({"session": session, "token": token}, status=201)

    async def _message(self, request: Request) -> HTTPResponse:
        body = await read_json(request)
        session = self._known(request, body)
        question = self._question(body)
        key = body.get("key", "")
        # PostgreSQL stores no NUL.
        if not isinstance(key, str) or len(key) > 64 or not key.isprintable():
            raise Refused("bad_request")
        key = key or secrets.token_urlsafe(12)
        return json_response(_shown(await self._answered(session, key, question, self._address(request))))

    async def _history(self, request: Request) -> HTTPResponse:
        await self._gateway.admit(reading=self._address(request))
        session = self._known(request)
        return json_response({"turns": [_shown(t) for t in await self._gateway.within(self._store.history(session))]})

    async def _feedback(self, request: Request) -> HTTPResponse:
        body = await read_json(request)
        session = self._known(request, body)
        await self._gateway.admit(address=self._address(request))
        vote, word = body.get("vote") or "", body.get("word") or ""
        message = body.get("message")
        if vote not in ("", "up", "down") or not isinstance(word, str) or not isinstance(message, str):
            raise Refused("bad_request")
        if len(word) > MAX_WORD:
            raise Refused("too_long")
        if not message.isprintable() or not await self._gateway.within(
            self._store.rate(session, message, vote, clean_line(word))
        ):
            raise Refused("unknown_message")
        return json_response({"message": message, "vote": vote, "word": clean_line(word)})

    async def _delete(self, request: Request) -> HTTPResponse:
        body = await read_json(request)
        session = self._known(request, body)
        await self._gateway.admit(address=self._address(request))
        running = [t for (s, _), t in self._under_way.items() if s == session]
        if running:
            # An answer that is still being written would outlive the deletion.
            await asyncio.wait(running, timeout=self._gateway.seconds)
        await self._gateway.forget(session)
        return json_response({"deleted": await self._gateway.within(self._store.delete(session))})

    def _known(self, request: Request, body: dict[str, Any] | None = None) -> str:
        session = self._sessions.verify(bearer(request, body))
        if session is None:
            raise Refused("no_session")
        return session

    def _address(self, request: Request) -> str:
        return address(request, self._settings.proxies)

    def _question(self, body: dict[str, Any]) -> str:
        """Return what a message asks: a known option's question, or clean text."""
        option, text = body.get("option"), body.get("text")
        if option is not None:
            known = self._questions.get(option) or self._said.get(option) if isinstance(option, str) else None
            if not known:
                raise Refused("unknown_option")
            return known
        if not isinstance(text, str):
            raise Refused("bad_request")
        return read(text)

    async def _answered(self, session: str, key: str, question: str, caller: str) -> Turn:
        task = self._under_way.get((session, key))
        if task is None:
            task = asyncio.get_running_loop().create_task(self._answer(session, key, question, caller))
            self._under_way[session, key] = task
            task.add_done_callback(lambda done: self._done((session, key), done))
        # The answer is finished and stored even if nobody waits for it any more: the same key fetches it.
        return await self._gateway.within(asyncio.shield(task))

    async def _answer(self, session: str, key: str, question: str, caller: str) -> Turn:
        output = await self._gateway.put(session, question, caller, key)
        reply = [{k: v for k, v in m.items() if k in ("text", "custom")} for m in output.messages]
        return await self._store.add(self._gateway.sender(session), session, key, question, [m for m in reply if m])

    def _done(self, which: tuple[str, str], task: asyncio.Task[Turn]) -> None:
        self._under_way.pop(which, None)
        if not task.cancelled():
            # Retrieved, so that asyncio does not log an error that nobody waited for as never retrieved.
            task.exception()

    async def _begin(self, app: Sanic, *_: Any) -> None:
        keeper.begin()

    async def _end(self, *_: Any) -> None:
        keeper.end()
        if self._under_way:
            await asyncio.wait(list(self._under_way.values()), timeout=self._gateway.seconds)
        await self._store.close()


def suggestions(documents: Sequence[Document], count: int = SUGGESTIONS) -> list[Option]:
    """Return first questions, spread over each statement, as options; those of several statements in turn."""
    found = []
    for document in documents:
        asked = [p for p in document.quotable if p.ask]
        few = min(count, len(asked))
        found.append([Option.of(document, asked[i * len(asked) // few]) for i in range(few)])
    return [o for turn in zip_longest(*found) for o in turn if o][:count]


def _shown(turn: Turn) -> dict[str, Any]:
    # By way of `Reply`, which fills in keys that an older version did not store.
    custom = next((Reply.from_json(m["custom"]).as_json() for m in turn.reply if "custom" in m), None)
    return {
        "id": turn.id,
        "key": turn.key,
        "time": int(turn.created),
        "question": turn.question,
        "messages": [{"text": m["text"]} for m in turn.reply if "text" in m],
        "custom": custom,
        "vote": turn.vote,
        "word": turn.word,
    }


def _told(endpoint: Endpoint) -> Endpoint:
    """Turn what an endpoint raises into a refusal in JSON."""

    async def told(request: Request) -> HTTPResponse:
        try:
            return await endpoint(request)
        except Refused as error:
            return refusal(error)
        except Exception:
            # Without the message's text: logs are no place for what people ask.
            logger.exception("web.request.failed")
            return refusal(Refused("failed"))

    return told


def _add_pages(blueprint: Blueprint, pages: Pages, assets: dict[str, Asset]) -> None:
    def reader(request: Request, document: str = "") -> HTTPResponse:
        page = pages.reader(document, request.args.get("lang"), request.args.get("cited"))
        return _page(page) if page is not None else refusal(Refused("not_found"))

    blueprint.add_route(reader, "/reader", methods=["GET", "HEAD"], name="reader")
    blueprint.add_route(reader, "/reader/<document:str>", methods=["GET", "HEAD"], name="reader_document")
    for name, asset in assets.items():
        blueprint.add_route(_serve(asset), f"/{name}", methods=["GET", "HEAD"], name=name.replace(".", "_"))


def _serve(asset: Asset) -> Callable[[Request], HTTPResponse]:
    headers = {
        "Cache-Control": "public, max-age=300",
        "ETag": f'"{asset.tag}"',
        # Modules are fetched with CORS; the files are public and say nothing about anybody.
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }

    def serve(request: Request) -> HTTPResponse:
        if request.headers.get("if-none-match") == headers["ETag"]:
            return empty(304, headers=headers)
        return HTTPResponse(asset.body, headers=headers, content_type=asset.content_type)

    return serve


def _page(text: str) -> HTTPResponse:
    return html(text, headers={"Cache-Control": "no-cache"})
