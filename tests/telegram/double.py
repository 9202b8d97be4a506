"""A Bot API server on loopback that speaks the wire format and keeps the real limits.

It is a real HTTP server on a thread of its own. Tests play people through
`Person`; the bot under test connects to `url` like to Telegram. What it refuses,
it refuses in Telegram's words:

- 4096 UTF-16 units a message after parsing, no empty message, HTML that parses;
- 1 to 64 bytes in a button, one answer a callback, 200 characters in that answer;
- 409 for the poller that is overtaken by a second one, or while a webhook is set;
- 429 with retry_after, and 429 again for whoever does not wait that long;
- a webhook is called with its secret in the header, again until it says 200;
  `jitter` seconds let its posts overtake each other. `spread` are addresses that take
  the posts in its place, each the next one and after a failure another, as a proxy does.

Faults come by chance, as `faults` says, or by name for the next messages: `fates`
holds "before" and "after" (a call that breaks before or after it is carried out)
and "" (one that goes well).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.telegram.markup import MarkupError, parse_html, units

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
BOT = {"id": 110201543, "is_bot": True, "first_name": "Statement", "username": "statement_bot"}
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Refused(Exception):
    """A call that the server refuses."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


class Dropped(Exception):
    """A connection that breaks."""


@dataclass
class Faults:
    """What goes wrong, as shares of all calls but getMe and the like.

    Attributes:
        too_many: Share of calls answered with 429.
        dropped: Share of connections that break, half of them after the call was carried out.
        repeated: Share of updates that are handed out once more.
        shuffled: Whether updates of one batch come in any order.
        retry_after: Seconds asked for with a 429.
    """

    too_many: float = 0.0
    dropped: float = 0.0
    repeated: float = 0.0
    shuffled: bool = False
    retry_after: int = 1
    seed: int = 7


@dataclass
class Call:
    """A call as it came in: when, which, with what, and how it ended."""

    at: float
    method: str
    fields: dict[str, Any]
    outcome: str = ""


@dataclass
class Sent:
    """A message of the bot's as people see it."""

    chat: int
    message_id: int
    text: str
    entities: list[dict[str, Any]]
    buttons: list[dict[str, str]]
    fields: dict[str, Any]
    at: float = field(default_factory=time.monotonic)

    def spans(self, kind: str) -> list[str]:
        """Return the texts of the entities of a kind."""
        raw = self.text.encode("utf-16-le")
        found = [e for e in self.entities if e["type"] == kind]
        return [raw[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le") for e in found]


class BotApiDouble:
    """The server. Use as a context manager; every method may be called from the test's thread."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.faults = Faults()
        self.calls: list[Call] = []
        self.sent: list[Sent] = []
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.webhook: dict[str, Any] = {}
        self.hook_times: list[float] = []
        self.impatient: list[str] = []
        self.answered: dict[str, dict[str, Any]] = {}
        self.answers_refused = 0
        self.transcript: list[dict[str, Any]] = []
        self.blocked: set[int] = set()
        self.migrated: dict[int, int] = {}
        self.down = False
        self.jitter = 0.0
        self.spread: list[str] = []
        self.fates: list[str] = []
        self._pending: list[dict[str, Any]] = []
        self._confirmed: list[dict[str, Any]] = []
        self._chats: dict[int, dict[str, Any]] = {}
        self._messages: dict[tuple[int, int], dict[str, Any]] = {}
        self._counts: dict[int, int] = {0: 100}
        self._callbacks: dict[str, float] = {}
        self._flood: dict[tuple[str, Any], float] = {}
        self._update_id = 500_000_000
        self._poller: asyncio.Future[str] | None = None
        self._arrived: asyncio.Event | None = None
        self._random = random.Random(7)
        self._guard = threading.RLock()
        self._deliveries: set[asyncio.Task[None]] = set()

    # -- life ------------------------------------------------------------------------

    def __enter__(self) -> BotApiDouble:
        """Listen on a free port."""
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            self._loop.run_until_complete(self._open())
            ready.set()
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, name="bot-api", daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _open(self) -> None:
        self._arrived = asyncio.Event()
        app = web.Application(client_max_size=10 * 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]

    async def _close(self) -> None:
        for task in list(self._deliveries):
            task.cancel()
        await self._runner.cleanup()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    # -- what tests ask ----------------------------------------------------------------

    def wait_for(self, met: Callable[[], Any], seconds: float = 20.0) -> Any:
        """Return what `met` returns once it is true.

        Raises:
            AssertionError: If it is not in time.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            value = met()
            if value:
                return value
            time.sleep(0.02)
        raise AssertionError(f"nothing after {seconds} s; last calls: {[(c.method, c.outcome) for c in self.calls[-8:]]}")

    def sent_to(self, chat: int) -> list[Sent]:
        """Return the bot's messages in a chat, in order."""
        with self._guard:
            return [s for s in self.sent if s.chat == chat]

    def called(self, method: str, **fields: Any) -> list[Call]:
        """Return the calls of a method with these fields."""
        with self._guard:
            return [c for c in self.calls if c.method == method and all(c.fields.get(k) == v for k, v in fields.items())]

    @property
    def unconfirmed(self) -> int:
        """The number of updates that the bot has not confirmed."""
        with self._guard:
            return len(self._pending)

    def unconfirmed_numbers(self) -> set[int]:
        """Return the numbers of the updates that the bot has not confirmed."""
        with self._guard:
            return {u["update_id"] for u in self._pending}

    # -- what people do ------------------------------------------------------------------

    def chat(self, chat_id: int, kind: str = "private", **more: Any) -> dict[str, Any]:
        """Return a chat, made if it is new."""
        return self._chats.setdefault(chat_id, {"id": chat_id, "type": kind, **more})

    def new_message(self, chat: dict[str, Any], sender: dict[str, Any] | None, **content: Any) -> dict[str, Any]:
        """Return a message as the server makes it, with its number and entities."""
        with self._guard:
            number = self._next_message(chat["id"])
            message = {"message_id": number, "chat": chat, "date": int(time.time()), **content}
            if sender is not None:
                message["from"] = sender
            for words, entities in (("text", "entities"), ("caption", "caption_entities")):
                if words in message and entities not in message:
                    found = entities_of(message[words])
                    if found:
                        message[entities] = found
            self._messages[(chat["id"], number)] = message
            return message

    def put(self, **content: Any) -> int:
        """Queue an update; returns its number."""
        with self._guard:
            self._update_id += 1
            update = {"update_id": self._update_id, **content}
            self._pending.append(update)
        self._note_incoming(content)
        self._loop.call_soon_threadsafe(self._wake)
        return int(update["update_id"])

    def put_raw(self, update: dict[str, Any]) -> None:
        """Queue an update as it is, with whatever number it has."""
        with self._guard:
            self._pending.append(update)
        self._loop.call_soon_threadsafe(self._wake)

    def tap(self, person: dict[str, Any], sent: Sent, data: str) -> str:
        """Tap on a button; returns the callback's id."""
        with self._guard:
            callback = str(4_382_000_000 + len(self._callbacks) + 1)
            self._callbacks[callback] = time.monotonic()
            message = self._messages[(sent.chat, sent.message_id)]
        self.put(
            callback_query={"id": callback, "from": person, "message": message, "chat_instance": "-3", "data": data},
        )
        return callback

    def _note_incoming(self, content: dict[str, Any]) -> None:
        for kind, what in content.items():
            if not isinstance(what, dict):
                continue
            who = (what.get("from") or {}).get("first_name", "")
            holder = what.get("message", what) if kind == "callback_query" else what
            words = what.get("data") if kind == "callback_query" else what.get("text") or what.get("caption")
            other = next((k for k in ("sticker", "photo", "voice") if k in what), "")
            with self._guard:
                self.transcript.append(
                    {"by": who, "kind": kind, "chat": (holder.get("chat") or {}), "text": words or "", "other": other}
                )

    def _next_message(self, chat: int) -> int:
        # Supergroups count for themselves; all other chats of a bot share one count.
        scope = chat if chat <= -1_000_000_000_000 else 0
        self._counts[scope] = self._counts.get(scope, 0) + 1
        return self._counts[scope]

    def _wake(self) -> None:
        assert self._arrived is not None
        self._arrived.set()
        if self.webhook.get("url"):
            self._post_pending()

    # -- HTTP ----------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if self.down:
            return self._drop(request)
        if request.match_info["token"] != self.token:
            well_formed = re.fullmatch(r"\d+:[\w-]{30,}", request.match_info["token"])
            return _answer(*((401, "Unauthorized") if well_formed else (404, "Not Found")))
        try:
            fields = await _fields(request)
        except ValueError:
            return _answer(400, "Bad Request: can't parse the request")
        call = Call(time.monotonic(), method, fields)
        with self._guard:
            self.calls.append(call)
        try:
            fate = self._fate(call)
            if fate == "before":
                call.outcome = "dropped"
                return self._drop(request)
            handler = getattr(self, f"_do_{method}", None)
            if handler is None:
                raise Refused(404, "Not Found")
            result = await handler(fields)
        except Refused as refused:
            call.outcome = str(refused.code)
            return _answer(refused.code, refused.description, refused.parameters)
        if fate == "after":
            call.outcome = "carried out, answer dropped"
            return self._drop(request)
        call.outcome = "ok"
        return web.json_response({"ok": True, "result": result})

    def _drop(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

    def _fate(self, call: Call) -> str:
        """Decide by chance how a call fares; keep count of who does not wait after a 429."""
        key = (call.method, call.fields.get("chat_id"))
        with self._guard:
            until = self._flood.get(key, 0.0)
            if time.monotonic() < until:
                self.impatient.append(call.method)
                raise Refused(429, "Too Many Requests: retry after 1", retry_after=1)
            if call.method in ("getMe", "getWebhookInfo", "setWebhook", "setMyCommands", "deleteWebhook"):
                return ""
            if call.method == "sendMessage" and self.fates:
                return self.fates.pop(0)
            if self._random.random() < self.faults.too_many:
                seconds = self.faults.retry_after
                self._flood[key] = time.monotonic() + seconds
                raise Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
            if self._random.random() < self.faults.dropped:
                return self._random.choice(("before", "after"))
        return ""

    # -- methods: about the bot ------------------------------------------------------------

    async def _do_getMe(self, _: dict[str, Any]) -> dict[str, Any]:
        return {**BOT, "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}

    async def _do_setMyCommands(self, fields: dict[str, Any]) -> bool:
        commands = fields["commands"]
        for row in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", row["command"]) or not 1 <= len(row["description"]) <= 256:
                raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
        if len(commands) > 100:
            raise Refused(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        self.commands[fields.get("language_code", "")] = commands
        return True

    async def _do_getWebhookInfo(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"url": self.webhook.get("url", ""), "has_custom_certificate": False, "pending_update_count": len(self._pending)}

    async def _do_setWebhook(self, fields: dict[str, Any]) -> bool:
        url, secret = fields.get("url", ""), fields.get("secret_token", "")
        # Like a local Bot API server: plain http is taken too.
        if not re.match(r"https?://", url):
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise Refused(400, "Bad Request: secret token contains unallowed characters")
        self.webhook = {"url": url, "secret": secret, "allowed_updates": fields.get("allowed_updates")}
        self._wake()
        return True

    async def _do_deleteWebhook(self, fields: dict[str, Any]) -> bool:
        self.webhook = {}
        return True

    # -- methods: updates --------------------------------------------------------------------

    async def _do_getUpdates(self, fields: dict[str, Any]) -> list[dict[str, Any]]:
        assert self._arrived is not None
        if self.webhook.get("url"):
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            )
        if self._poller is not None and not self._poller.done():
            self._poller.set_result("terminated")
        mine: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._poller = mine
        offset, limit = fields.get("offset") or 0, min(int(fields.get("limit") or 100), 100)
        until = time.monotonic() + float(fields.get("timeout") or 0)
        with self._guard:
            self._confirmed += [u for u in self._pending if u["update_id"] < offset]
            self._pending = [u for u in self._pending if u["update_id"] >= offset]
        while True:
            batch = self._batch(limit, fields.get("allowed_updates"))
            left = until - time.monotonic()
            if batch or left <= 0:
                if self._poller is mine:
                    self._poller = None
                return batch
            self._arrived.clear()
            arrived = asyncio.ensure_future(self._arrived.wait())
            await asyncio.wait({arrived, mine}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            arrived.cancel()
            if mine.done():
                raise Refused(
                    409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
                )

    def _batch(self, limit: int, allowed: list[str] | None) -> list[dict[str, Any]]:
        with self._guard:
            if allowed:
                self._pending = [u for u in self._pending if any(kind in u for kind in allowed) or len(u) < 2]
            batch = sorted(self._pending, key=lambda u: u["update_id"])[:limit]
            if batch and self.faults.repeated:
                old = [u for u in self._confirmed if self._random.random() < self.faults.repeated]
                twice = [u for u in batch if self._random.random() < self.faults.repeated]
                batch = batch + twice + old[-10:]
            if self.faults.shuffled:
                self._random.shuffle(batch)
            return batch

    def _post_pending(self) -> None:
        with self._guard:
            batch, self._pending = self._pending, []
        for update in batch:
            for _ in range(2 if self._random.random() < self.faults.repeated else 1):
                task = self._loop.create_task(self._post(update, self._random.random() * self.jitter))
                self._deliveries.add(task)
                task.add_done_callback(self._deliveries.discard)

    async def _post(self, update: dict[str, Any], delay: float) -> None:
        """Call the webhook with an update until it says 200."""
        await asyncio.sleep(delay)
        async with aiohttp.ClientSession() as session:
            for turn in itertools.count(update["update_id"]):
                if not self.webhook.get("url"):
                    break
                url = self.spread[turn % len(self.spread)] if self.spread else self.webhook["url"]
                headers = {SECRET_HEADER: self.webhook["secret"]}
                start = time.monotonic()
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.post(url, json=update, headers=headers) as response:
                        self.hook_times.append(time.monotonic() - start)
                        if response.status == 200:
                            return
                await asyncio.sleep(0.3)
        # The webhook is gone: the update waits for whoever asks next.
        self.put_raw(update)

    # -- methods: messages --------------------------------------------------------------------

    async def _do_sendChatAction(self, fields: dict[str, Any]) -> bool:
        self._reachable(fields)
        if fields.get("action") != "typing":
            raise Refused(400, "Bad Request: wrong parameter action in request")
        return True

    async def _do_sendMessage(self, fields: dict[str, Any]) -> dict[str, Any]:
        chat = self._reachable(fields)
        text, entities = self._text(fields)
        keyboard = self._keyboard(fields)
        reply = fields.get("reply_parameters")
        if reply and (chat["id"], reply["message_id"]) not in self._messages and not reply.get("allow_sending_without_reply"):
            raise Refused(400, "Bad Request: message to be replied not found")
        with self._guard:
            message = self.new_message(chat, BOT, text=text, entities=entities)
            message["_markup"] = keyboard
            buttons = [b for row in keyboard for b in row]
            self.sent.append(Sent(chat["id"], message["message_id"], text, entities, buttons, fields))
            self.transcript.append({"by": "bot", "kind": "sendMessage", "chat": chat, "sent": self.sent[-1]})
        return {k: v for k, v in message.items() if not k.startswith("_")}

    async def _do_editMessageText(self, fields: dict[str, Any]) -> dict[str, Any]:
        chat = self._reachable(fields)
        text, entities = self._text(fields)
        keyboard = self._keyboard(fields)
        with self._guard:
            message = self._messages.get((chat["id"], int(fields["message_id"])))
            if message is None:
                raise Refused(400, "Bad Request: message to edit not found")
            if message.get("from", {}).get("id") != BOT["id"]:
                raise Refused(400, "Bad Request: message can't be edited")
            same = (message["text"], message.get("entities") or [], message.get("_markup") or []) == (text, entities, keyboard)
            if same:
                raise Refused(
                    400,
                    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
                    "as a current content and reply markup of the message",
                )
            message.update(text=text, entities=entities, _markup=keyboard)
            for sent in self.sent:
                if (sent.chat, sent.message_id) == (chat["id"], message["message_id"]):
                    sent.text, sent.entities, sent.buttons = text, entities, [b for row in keyboard for b in row]
        return {k: v for k, v in message.items() if not k.startswith("_")}

    async def _do_answerCallbackQuery(self, fields: dict[str, Any]) -> bool:
        callback = fields.get("callback_query_id", "")
        with self._guard:
            if callback not in self._callbacks or callback in self.answered:
                self.answers_refused += 1
                raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
            if len(fields.get("text") or "") > 200:
                raise Refused(400, "Bad Request: MESSAGE_TOO_LONG")
            self.answered[callback] = fields
        return True

    def _reachable(self, fields: dict[str, Any]) -> dict[str, Any]:
        chat = self._chats.get(fields.get("chat_id", 0))
        if chat is None:
            raise Refused(400, "Bad Request: chat not found")
        if chat["id"] in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if chat["id"] in self.migrated:
            raise Refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.migrated[chat["id"]],
            )
        return chat

    def _text(self, fields: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
        source = fields.get("text")
        if not isinstance(source, str) or not source.strip():
            raise Refused(400, "Bad Request: message text is empty")
        entities: list[dict[str, Any]] = []
        text = source
        if fields.get("parse_mode") == "HTML":
            try:
                text, entities = parse_html(source)
            except MarkupError as error:
                raise Refused(400, f"Bad Request: {error}") from None
        if not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if units(text) > 4096:
            raise Refused(400, "Bad Request: message is too long")
        return text, entities

    def _keyboard(self, fields: dict[str, Any]) -> list[list[dict[str, str]]]:
        rows = (fields.get("reply_markup") or {}).get("inline_keyboard") or []
        for row in rows:
            for button in row:
                if not button.get("text"):
                    raise Refused(400, 'Bad Request: can\'t parse inline keyboard button: Field "text" must be of type String')
                if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
                    raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        return list(rows)


@dataclass
class Person:
    """Somebody with a Telegram account, in a chat with the bot or in a group."""

    api: BotApiDouble
    id: int
    name: str = "Ana"

    @property
    def user(self) -> dict[str, Any]:
        """The account, as the wire has it; with what must not be stored."""
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.name,
            "last_name": "Hoxha",
            "username": f"person_{self.id}",
            "language_code": "en",
        }

    @property
    def private(self) -> dict[str, Any]:
        """The chat with the bot."""
        return self.api.chat(self.id, "private", first_name=self.name)

    def says(self, text: str, chat: dict[str, Any] | None = None, **more: Any) -> int:
        """Send a text; returns the update's number."""
        return self.sends(chat, text=text, **more)

    def sends(self, chat: dict[str, Any] | None = None, **content: Any) -> int:
        """Send a message of any content; returns the update's number."""
        message = self.api.new_message(chat or self.private, self.user, **content)
        return self.api.put(message=message)

    def asks(self, text: str, chat: dict[str, Any] | None = None, parts: int = 1, **more: Any) -> Sent:
        """Send a text and return the last of the bot's next messages."""
        where = (chat or self.private)["id"]
        before = len(self.api.sent_to(where))
        self.says(text, chat, **more)
        return self.next_after(before + parts - 1, where)

    def next_after(self, before: int, where: int | None = None) -> Sent:
        """Return the message that comes after `before` ones."""
        chat = self.id if where is None else where
        return self.api.wait_for(lambda: self.api.sent_to(chat)[before : before + 1])[0]

    def taps(self, sent: Sent, index: int = 0) -> str:
        """Tap on a button of a message; returns the callback's id."""
        return self.api.tap(self.user, sent, sent.buttons[index]["callback_data"])


def entities_of(text: str) -> list[dict[str, Any]]:
    """Return the commands and mentions in a text, found as Telegram finds them."""
    found = []
    for kind, pattern in (("bot_command", r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w+)?"), ("mention", r"(?<![\w@/])@\w{4,32}")):
        for match in re.finditer(pattern, text):
            found.append({"type": kind, "offset": units(text[: match.start()]), "length": units(match.group())})
    return sorted(found, key=lambda e: e["offset"])


async def _fields(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        fields = json.loads(await request.read())
    else:
        fields = {**request.query, **(await request.post())}
    if not isinstance(fields, dict):
        raise ValueError("no object")
    return fields


def _answer(code: int, description: str, parameters: dict[str, Any] | None = None) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    headers = {"Retry-After": str(parameters["retry_after"])} if parameters and "retry_after" in parameters else {}
    return web.json_response(body, status=code, headers=headers)
