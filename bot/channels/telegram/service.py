"""The Telegram side as a whole: a thread of its own beside Rasa.

Rasa's policies and actions block the event loop they run on. Polling, sending
and the webhook therefore have an event loop on another thread; only the
questions go over to Rasa's.

Of several workers on one PostgreSQL one at a time holds the lease `telegram`: it polls, or tells
Telegram of the webhook, and handles what is in the inbox. The others wait; by webhook they too
put what they are sent into the inbox.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, fields, replace
from typing import IO, Any
from urllib.parse import urlsplit

from bot.channels.gateway import Gateway
from bot.channels.telegram.albums import Albums
from bot.channels.telegram.api import TelegramApi, TelegramError, TelegramUnreachable, TokenMalformed
from bot.channels.telegram.delivery import Delivery, backoff
from bot.channels.telegram.order import ChatQueues, UpdateOrder
from bot.channels.telegram.render import Reader
from bot.channels.telegram.responder import Responder
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.telegram.state import SCHEMA, LeaseLost, TelegramState
from bot.channels.telegram.texts import load_telegram_texts, telegram_languages
from bot.channels.telegram.updates import ALLOWED_UPDATES, Incoming, Me, read_update, update_number
from bot.channels.telegram.webhook import WebhookServer, derived_secret
from bot.errors import InputError
from bot.memory.database import open_sync_database
from bot.memory.lease import RENEW_EVERY, SyncLease
from bot.memory.store import StoreError
from bot.read.document import Document
from bot.reply import Library
from bot.settings import DATABASE_URL

logger = logging.getLogger("bot.channels.telegram")

FINISH_SECONDS = 8.0
_TYPING_EVERY = 4.5
# How often a process that waits for its turn tries to get it.
_TRY_EVERY = 2.0
# How often the inbox is looked at for what other workers put there. That needs no connection that listens, which would have
# to be watched and made anew, and to be looked after each time for what came meanwhile; it costs one look at an index.
_LOOK_EVERY = 0.25
# Numbers below the highest that are still looked for: a post may be overtaken on its way through another worker.
_OVERTAKEN = 100
# Seconds to wait after a 409, which tells of a second poller: long before our first successful poll, short after it.
_CONFLICT_NEW = 30.0
_CONFLICT_KNOWN = 1.0
_SILENT_WEEK = 6 * 86_400.0
_TIDY_EVERY = 6 * 3_600.0
_WIPE_EVERY = 10.0
_CONFIRM_TRIES = 3

_WRONG_TOKEN = (
    "Telegram does not know this bot token: TELEGRAM_BOT_TOKEN is wrong or was revoked. "
    "Get the right one from @BotFather and start again. The bot runs on without Telegram."
)
_SECOND = (
    "Another program is already receiving this bot's messages. Only one can: this one waits and tries again; "
    "stop the other one, or give this one a bot of its own."
)
_SECOND_HERE = (
    "Another process on this machine already runs the Telegram channel with the same file (TELEGRAM_STATE). "
    "This one leaves Telegram to it and takes over when it stops."
)
_HELD_ELSEWHERE = "Telegram: another worker has this bot's messages; this one waits and takes over when that one ends."
_LOST = "Telegram: another worker has taken over; this one sends no more and waits for its turn."
_HOOK_ELSEWHERE = (
    "This bot's messages already go to a webhook at {host}. If that is no longer wanted, start once with "
    "TELEGRAM_TAKE_OVER=yes. The bot runs on without Telegram."
)


class _Stopped(Exception):
    """The channel cannot run; the reason has been logged."""


class TelegramService:
    """Runs the channel on its own thread.

    Args:
        settings: What the maintainer set.
        gateway: Answers questions; called on the service's loop.
        documents: What the bot quotes, for the disclosure and for links.
    """

    def __init__(self, settings: TelegramSettings, gateway: Gateway, documents: list[Document]) -> None:
        """Nothing runs yet."""
        self._settings = settings
        self._gateway = gateway
        self._documents = documents
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._ready = threading.Event()
        self._no_typing: dict[int, float] = {}
        self._typists: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start the thread; returns once its loop runs."""
        self._thread = threading.Thread(target=self._run, name="telegram", daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def stop(self, seconds: float = FINISH_SECONDS + 6.0) -> None:
        """Finish what is begun, tell Telegram what was handled, and end the thread; blocks."""
        if self._loop is not None and not self._loop.is_closed():
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop)
        if self._thread is not None:
            self._thread.join(seconds)

    def _stop(self) -> None:
        assert self._stopping is not None
        self._stopping.set()
        self._ending.set()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except Exception:
            # Errors of the API name no address; see api.py.
            logger.exception("Telegram: the channel stopped. The bot runs on without it.")
        finally:
            self._ready.set()

    async def _main(self) -> None:
        # Set at the end of the turn: when the channel is to stop, or when its lease is lost.
        self._loop, self._stopping, self._ending = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        self._delivery: Delivery | None = None
        self._ready.set()
        try:
            self._api = TelegramApi(self._settings.token, self._settings.api_url)
        except TokenMalformed as error:
            logger.error("TELEGRAM_BOT_TOKEN is not a bot token: %s. The bot runs on without Telegram.", error)
            return
        database = open_sync_database(self._settings.state, SCHEMA)
        self._lease = SyncLease(database, "telegram") if DATABASE_URL() else None
        self._state = TelegramState(database, self._lease)
        await self._api.open()
        try:
            if self._lease is None:
                with await self._lock():
                    await self._join()
            else:
                await self._join()
        except _Stopped:
            pass
        finally:
            await self._api.close()
            self._state.close()

    async def _lock(self) -> IO[str]:
        """Return the lock on the channel's file, once it is ours."""
        path = self._settings.state.with_suffix(".lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        # Held open for as long as the channel runs; the system frees it however the process ends.
        lock = path.open("w")
        said = False
        while not self._is_ending():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
            except OSError:
                if not said:
                    logger.error(_SECOND_HERE)
                    said = True
            await self._pause(_TRY_EVERY)
        lock.close()
        raise _Stopped

    # -- turns -----------------------------------------------------------------------

    async def _join(self) -> None:
        """Receive posts if there is a webhook, and take turns with other workers, until stopped."""
        # Before the turn: posts are read by the bot's own name, and a wrong token is told at once.
        self._me = await self._introduce()
        server = await self._open_server() if self._settings.webhook_url else None
        try:
            while not self._is_ending():
                await self._take_turn()
        finally:
            if server is not None:
                await server.close()

    async def _take_turn(self) -> None:
        """Serve, once and for as long as it is our turn."""
        if self._lease is None:
            await self._serve()
            return
        await self._wait_for(self._lease)
        try:
            await self._serve()
        except _Stopped:
            if not self._lost:
                raise
        finally:
            # If it cannot be given back now, it runs out.
            with suppress(StoreError):
                self._lease.release()
        assert self._stopping is not None
        if not self._stopping.is_set():
            self._ending.clear()

    async def _wait_for(self, lease: SyncLease) -> None:
        """Wait until a lease is ours."""
        said = ""
        while not self._is_ending():
            try:
                if lease.take():
                    return
                why = _HELD_ELSEWHERE
            except StoreError as error:
                why = f"Telegram: the database cannot be used ({error}); waiting for it."
            if why != said:
                logger.warning(said := why)
            await self._pause(_TRY_EVERY)
        raise _Stopped

    async def _keep(self, lease: SyncLease) -> None:
        """Renew a lease for as long as it is ours."""
        while self._is_ours(lease):
            await asyncio.sleep(RENEW_EVERY)

    def _is_ours(self, lease: SyncLease) -> bool:
        """Renew a lease; if it was lost, the turn ends."""
        self._renewed = time.monotonic()
        try:
            if lease.renew():
                return True
        except StoreError:
            # What is written on the condition that it is held will wait for the database too.
            return True
        self._lose()
        return False

    def _lose(self) -> None:
        if not self._is_ending():
            logger.warning(_LOST)
        self._lost = True
        self._ending.set()

    # -- a turn from start to end ------------------------------------------------------

    async def _serve(self) -> None:
        self._lost, self._renewed = False, time.monotonic()
        self._highest_update: int | None = None
        self._claim()
        first = self._documents[0]
        texts = load_telegram_texts(first.language)
        titles = {d.name: d.title for d in self._documents} if len(self._documents) > 1 else {}
        books = Library(list(self._documents))
        self._responder = Responder(
            gateway=self._gateway,
            state=self._state,
            texts=texts,
            me=self._me,
            reader=Reader(self._settings.public_url, first.name, titles),
            options_lead=books.texts.say("options_lead"),
            disclosure=books.disclosure(self._settings.retention_days),
            retention_days=self._settings.retention_days,
            typing=self._typing,
            passages=_passages(self._documents),
        )
        self._albums = Albums()
        self._queues: ChatQueues[Incoming] = ChatQueues(self._handle)
        keeping = asyncio.create_task(self._keep(self._lease)) if self._lease else None
        chores: list[asyncio.Task[None]] = []
        try:
            await self._check_webhook()
            await self._set_commands()
            self._begin()
            chores += [asyncio.create_task(self._tidy()), asyncio.create_task(self._wipe())]
            if self._lease:
                chores.append(asyncio.create_task(self._watch()))
            if self._settings.webhook_url:
                await self._set_webhook()
                await self._ending.wait()
            else:
                await self._poll()
        finally:
            for chore in chores:
                chore.cancel()
            await self._queues.close(0.0 if self._lost else FINISH_SECONDS)
            self._delivery = None
            if keeping:
                keeping.cancel()
            if not self._settings.webhook_url and not self._lost:
                await self._confirm()
        if not self._lost:
            logger.info("Telegram: stopped.")

    async def _introduce(self) -> Me:
        """Ask Telegram who we are, for as long as it takes to get through."""
        me = await self._insist("getMe")
        return Me(int(me["id"]), str(me.get("username", "")))

    def _claim(self) -> None:
        """See that what is stored is this bot's."""
        known = self._state.fact("bot")
        if known and known != str(self._me.id):
            # Numbers of another bot's updates and messages mean nothing to this one.
            logger.warning("Telegram: what was stored is another bot's; it is begun anew.")
            self._state.reset()
        self._state.remember("bot", str(self._me.id))
        how = "webhook" if self._settings.webhook_url else "long polling"
        logger.warning("Telegram: answering as @%s by %s.", self._me.username, how)

    async def _insist(self, method: str, **fields: Any) -> Any:
        """Call a method until it goes through; a refusal of the token ends the channel."""
        failures = 0
        while not self._is_ending():
            try:
                return await self._api.call(method, **fields)
            except TelegramUnreachable as error:
                failures += 1
                if failures in (1, 10):
                    logger.warning("Telegram cannot be reached (%s); trying on.", error)
                await self._pause(backoff(failures))
            except TelegramError as error:
                if error.code in (401, 404):
                    logger.error(_WRONG_TOKEN)
                    raise _Stopped from None
                if error.code != 429:
                    raise
                await self._pause(error.retry_after or 1.0)
        raise _Stopped

    async def _check_webhook(self) -> None:
        """See that updates come to us, and to nobody else."""
        info = await self._insist("getWebhookInfo")
        url = str((info or {}).get("url") or "")
        ours = url and (url == self._settings.webhook_url or _fingerprint(url) == self._state.fact("webhook"))
        if url and not ours and not self._settings.take_over:
            logger.error(_HOOK_ELSEWHERE.format(host=urlsplit(url).hostname or "an unknown place"))
            raise _Stopped
        if url and not self._settings.webhook_url:
            await self._insist("deleteWebhook", drop_pending_updates=False)
            self._state.remember("webhook", None)

    async def _set_commands(self) -> None:
        """Register the commands, in every language there are texts for; the first is everybody else's."""
        for index, language in enumerate(telegram_languages()):
            commands = load_telegram_texts(language).commands
            rows = [{"command": name, "description": description} for name, description in commands.items()]
            try:
                await self._insist("setMyCommands", commands=rows, language_code=language if index else None)
            except TelegramError as error:
                logger.error("Telegram refused the list of commands: %s.", error)

    # -- coming in -------------------------------------------------------------------

    async def _poll(self) -> None:
        offset: int | None = None
        began = time.monotonic()
        failures, established, complained, heard = 0, False, False, time.monotonic()
        while not self._is_ending():
            try:
                updates = await self._unless_ended(
                    self._api.call(
                        "getUpdates",
                        seconds=self._settings.poll_seconds + 15.0,
                        offset=offset,
                        limit=100,
                        timeout=self._settings.poll_seconds,
                        allowed_updates=list(ALLOWED_UPDATES),
                    )
                )
            except TelegramUnreachable as error:
                failures += 1
                if failures == 2:
                    logger.warning("Telegram cannot be reached (%s); trying on.", error)
                await self._pause(backoff(failures))
                continue
            except TelegramError as error:
                if error.code in (401, 404):
                    logger.error(_WRONG_TOKEN)
                    raise _Stopped from None
                if error.code == 409:
                    # With a lease it is at first a poll that the worker before us has left behind.
                    left = self._lease is not None and time.monotonic() - began < _CONFLICT_NEW
                    if not (complained or left):
                        logger.error(_SECOND)
                        complained = True
                    await self._pause(_CONFLICT_KNOWN if established or left else _CONFLICT_NEW)
                else:
                    failures += 1
                    await self._pause(error.retry_after or backoff(failures))
                continue
            if failures >= 2:
                logger.warning("Telegram can be reached again.")
            failures, established = 0, True
            if updates is None:
                return
            if self._lease and time.monotonic() - self._renewed > RENEW_EVERY and not self._is_ours(self._lease):
                # What came to a process that was stopped meanwhile: Telegram has it still, for the one that took over.
                return
            numbers = self._take_in(updates)
            if numbers:
                offset, heard, complained = max(numbers) + 1, time.monotonic(), False
                self._highest_update = offset - 1
            elif time.monotonic() - heard > _SILENT_WEEK:
                # After a silent week Telegram counts anew, perhaps from below.
                offset = None

    async def _open_server(self) -> WebhookServer:
        """Receive posts from now on."""
        server = WebhookServer(self._secret, self._receive_post)
        host, port = self._settings.listen
        try:
            await server.open(host, port)
        except OSError:
            logger.error("Telegram: port %d is taken; set TELEGRAM_WEBHOOK_LISTEN to a free one, such as 127.0.0.1:8444.", port)
            raise _Stopped from None
        return server

    async def _set_webhook(self) -> None:
        try:
            await self._insist(
                "setWebhook",
                url=self._settings.webhook_url,
                secret_token=self._secret,
                allowed_updates=list(ALLOWED_UPDATES),
                drop_pending_updates=False,
            )
        except TelegramError as error:
            logger.error("Telegram refused TELEGRAM_WEBHOOK_URL: %s. The bot runs on without Telegram.", error.description)
            raise _Stopped from None
        self._state.remember("webhook", _fingerprint(self._settings.webhook_url))

    @property
    def _secret(self) -> str:
        return self._settings.secret or derived_secret(self._settings.token)

    def _take_in(self, updates: Any) -> list[int]:
        """Store polled updates and queue the new ones among them; return the numbers of all."""
        numbered = {n: u for u in (updates if isinstance(updates, list) else []) if (n := update_number(u)) is not None}
        self._store([numbered[n] for n in sorted(numbered)])
        self._look()
        return list(numbered)

    def _receive_post(self, update: dict[str, Any]) -> None:
        """Store a post; without a turn that is all, for whoever has it looks at the inbox."""
        self._store([update])
        if self._delivery:
            self._look()

    def _store(self, updates: list[dict[str, Any]]) -> None:
        read = [read_update(update, self._me) for update in updates]
        for incoming in read:
            self._saw(incoming)
        self._state.take_in((i.update, None if i.kind == "nothing" else asdict(i)) for i in read)

    def _saw(self, incoming: Incoming) -> None:
        if self._delivery and incoming.chat and incoming.message:
            self._delivery.saw(incoming.chat, incoming.message)

    def _begin(self) -> None:
        """Queue what is open from before, and be ready for what comes."""
        self._delivery = Delivery(self._api, self._state)
        self._known: set[int] = set()
        self._highest = self._state.highest_update()
        self._order: UpdateOrder[Incoming | None] | None = None
        self._look()
        if self._settings.webhook_url:
            # Posts may overtake each other; polled updates come in order.
            self._order = UpdateOrder(self._queue)
            if self._highest:
                self._order.start_after(self._highest)

    async def _watch(self) -> None:
        """Queue what other workers put into the inbox."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            self._look()

    def _look(self) -> None:
        """Queue the updates in the inbox that have not been, whoever put them there."""
        numbers = self._state.waiting(self._highest - _OVERTAKEN)
        fresh = [n for n in numbers if n not in self._known]
        self._known = set(numbers)
        self._highest = max([self._highest, *fresh])
        kept = self._state.kept(fresh)
        for number in fresh:
            # None: there is nothing to do, but what comes after it need not wait for it.
            incoming = _read_kept(kept[number]) if number in kept else None
            if incoming:
                self._saw(incoming)
            if self._order:
                self._order.put(number, incoming)
            else:
                self._queue(incoming)

    def _queue(self, incoming: Incoming | None) -> None:
        if incoming:
            if incoming.album:
                self._albums.saw(incoming)
            self._queues.put(incoming.chat, incoming)

    # -- going out -------------------------------------------------------------------

    async def _handle(self, incoming: Incoming) -> None:
        try:
            if not self._lost:
                await self._answer(incoming)
        except LeaseLost:
            self._lose()

    async def _answer(self, incoming: Incoming) -> None:
        number = incoming.update
        assert self._delivery is not None
        if incoming.kind == "moved":
            self._state.move_chat(int(incoming.text), incoming.chat)
        elif whole := await self._albums.whole(incoming) if incoming.album else incoming:
            if whole.kind == "tap":
                await self._acknowledge(whole.callback, whole.text)
            if whole.chat and not self._state.planned(number):
                self._state.plan(number, await self._responder.answer(replace(whole, update=number)))
            await self._delivery.deliver(number)
            self._keep_light(replace(whole, update=number))
        self._state.finish(number)

    def _keep_light(self, incoming: Incoming) -> None:
        """Keep what question and answer are about, for those who reply to one of them; a stop in between loses it."""
        conversation, light = self._responder.light.pop(incoming.update, ("", None))
        if light is not None:
            # The message with the tapped button answers another question and keeps its own light.
            asked = [] if incoming.kind == "tap" else [incoming.message]
            sent = [p.message or 0 for p in self._state.planned(incoming.update)]
            self._state.keep_light(incoming.chat, [*asked, *sent], conversation, light)

    async def _acknowledge(self, callback: str, data: str) -> None:
        """Answer a tap, once: until then the button shows that it is at work."""
        if self._state.is_acknowledged(callback):
            return
        gone = self._state.option_question(data) is None
        words = {"text": self._responder.texts.say("option_gone"), "show_alert": True} if gone else {}
        with suppress(TelegramError):
            # Too old to be answered, or answered already: either way nothing is left to do.
            assert self._delivery is not None
            await self._delivery.patiently("answerCallbackQuery", callback_query_id=callback, **words)
        self._state.acknowledged(callback)

    @asynccontextmanager
    async def _typing(self, chat: int, thread: int | None) -> AsyncIterator[None]:
        done = asyncio.Event()
        task = asyncio.create_task(self._show_typing(chat, thread, done))
        self._typists.add(task)
        task.add_done_callback(self._typists.discard)
        try:
            yield
        finally:
            # Not cancelled: a call under way may bring a 429 that has to be heeded.
            done.set()

    async def _show_typing(self, chat: int, thread: int | None, done: asyncio.Event) -> None:
        """Show again and again that the bot is at work; failing does not matter."""
        while not done.is_set():
            if time.monotonic() >= self._no_typing.get(chat, 0.0):
                self._no_typing.pop(chat, None)
                try:
                    await self._api.call("sendChatAction", seconds=5.0, chat_id=chat, action="typing", message_thread_id=thread)
                except TelegramError as error:
                    if error.code == 429:
                        self._no_typing[chat] = time.monotonic() + error.retry_after + 0.25
                except TelegramUnreachable:
                    pass
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(done.wait(), _TYPING_EVERY)

    async def _confirm(self) -> None:
        """Tell Telegram which updates were taken in, so that the next start does not get them again."""
        if self._highest_update is None:
            return
        for _ in range(_CONFIRM_TRIES):
            try:
                await self._api.call("getUpdates", seconds=1.5, offset=self._highest_update + 1, limit=1, timeout=0)
                return
            except TelegramUnreachable:
                await asyncio.sleep(0.1)
            except TelegramError as error:
                # If no try gets through, the stored numbers tell which updates come a second time.
                await asyncio.sleep(min(error.retry_after, 1.0))

    async def _tidy(self) -> None:
        """Delete conversations that are past their time, at the start and every few hours."""
        while True:
            for conversation in self._state.stale_conversations(self._settings.retention_days):
                try:
                    await self._gateway.forget(conversation)
                    self._state.drop_conversation(conversation)
                except Exception as error:
                    logger.error("Telegram: an old conversation could not be deleted (%s).", type(error).__name__)
            self._state.prune()
            await asyncio.sleep(_TIDY_EVERY)

    async def _wipe(self) -> None:
        """Empty the write-ahead log, which still holds what was said; only now and then, since it waits for an fsync."""
        while True:
            await asyncio.sleep(_WIPE_EVERY)
            self._state.wipe()

    # -- stopping ----------------------------------------------------------------------

    def _is_ending(self) -> bool:
        return self._ending.is_set()

    async def _pause(self, seconds: float) -> None:
        """Wait, but not past the end of the turn."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._ending.wait(), seconds)

    async def _unless_ended(self, work: Any) -> Any:
        """Return the result of a call, or None if the turn ended before it came."""
        call, stop = asyncio.ensure_future(work), asyncio.ensure_future(self._ending.wait())
        try:
            await asyncio.wait({call, stop}, return_when=asyncio.FIRST_COMPLETED)
            return call.result() if call.done() else None
        finally:
            stop.cancel()
            if not call.done():
                call.cancel()
                with suppress(asyncio.CancelledError, TelegramError, TelegramUnreachable):
                    await call


def _passages(documents: list[Document]) -> dict[str, str]:
    """Return the question for each passage, by its name in a deep link: `p7s2`, or `NAME_p7s2` for another statement."""
    asked = {f"{d.name}_{p.id}".lower(): p.ask for d in documents for p in d.quotable}
    return {**asked, **{p.id.lower(): p.ask for p in documents[0].quotable}}


def _read_kept(body: dict[str, Any]) -> Incoming:
    """Return an update as it was kept, without what a worker of a later version knows more of it."""
    return Incoming(**{f.name: body[f.name] for f in fields(Incoming) if f.name in body})


def _fingerprint(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def settings_or_none(load: Callable[[], TelegramSettings]) -> TelegramSettings | None:
    """Return the settings, or None (with the reason logged) if they cannot be used."""
    try:
        return load()
    except InputError as error:
        logger.error("%s The bot runs on without Telegram.", error)
        return None
