"""What operators need: signs of life, metrics, logs and retention, beside the channels.

    GET /healthz   the process answers
    GET /readyz    a question was answered end to end, and what is away without need; else, and once it stops, 503
    GET /metrics   Prometheus; from this machine, or with METRICS_TOKEN as bearer

Listed in `credentials.yml` as `bot.operate.operations.Operations:`.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, text
from sanic.response import json as json_response

from bot.channels.gateway import Gateway, Handler, Refused
from bot.memory.keeper import keeper
from bot.memory.store import StoreError
from bot.operate.logs import log, set_up
from bot.operate.metrics import Metrics
from bot.rasa.agent import BotAgent
from bot.rasa.tracker_store import RecentTrackerStore
from bot.read import load_documents
from bot.settings import DATABASE_URL, LOG_TEXTS, METRICS_TOKEN, RABBITMQ_URL, REDIS_URL, RETENTION_DAYS

if TYPE_CHECKING:
    from bot.channels.shared_rate import Link
    from bot.rasa.relay import Relay

logger = logging.getLogger("bot.operations")

# A probe tells the truth within five seconds: so long for the answer, the rest for forgetting it.
READY_SECONDS = 4
_FORGET_SECONDS = 1
# Whoever asks more often gets the last answer: a probe must not be a load. Less than the five seconds, or a trouble that
# began right after a probe would be noticed after them.
READY_KEPT = 4.0
_PROBE = "readiness"
_LOOPBACK = ("127.0.0.1", "::1")


class Operations(InputChannel):
    """Mounts the operators' addresses on Rasa's server, and watches every message that our agent handles."""

    @classmethod
    def name(cls) -> str:
        """Return the channel's name."""
        return "operations"

    def url_prefix(self) -> str:
        """Return the root: probes look for `/healthz`, not for `/webhooks/…`."""
        return "/"

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the addresses."""
        service = Service(Gateway(_PROBE, on_new_message), METRICS_TOKEN())
        blueprint = _OperationsBlueprint(service)
        blueprint.add_route(_route(service.healthz), "/healthz", methods=["GET", "HEAD"], name="healthz")
        blueprint.add_route(_route(service.readyz), "/readyz", methods=["GET", "HEAD"], name="readyz")
        blueprint.add_route(_route(service.metrics_page), "/metrics", methods=["GET"], name="metrics")
        blueprint.listener("after_server_start")(service.begin)
        blueprint.listener("before_server_stop")(service.end)
        return blueprint


def _route(work: Callable[[Request], Awaitable[HTTPResponse]]) -> Callable[[Request], Awaitable[HTTPResponse]]:
    # Sanic sets attributes on a handler, which a bound method does not allow.
    async def route(request: Request) -> HTTPResponse:
        return await work(request)

    return route


class _OperationsBlueprint(Blueprint):
    """The addresses, and a look at every response of the whole server."""

    def __init__(self, service: Service) -> None:
        super().__init__("operations")
        self.ctx.service = service

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        app.register_middleware(self.ctx.service.count_response, "response")
        super().register(app, options)


class Service:
    """The work behind the addresses.

    Args:
        gateway: Answers the synthetic question.
        token: What `/metrics` asks of callers from elsewhere; empty: nobody from elsewhere.
    """

    def __init__(self, gateway: Gateway, token: str = "") -> None:
        gateway.seconds = min(gateway.seconds, READY_SECONDS)
        self._gateway = gateway
        self._token = token
        self._started = time.time()
        self._app: Sanic | None = None
        self._relay = _relay()
        self._redis = _redis()
        self._question = next((p.ask for d in load_documents() for p in d.quotable if p.ask), "hello")
        self._probing = asyncio.Lock()
        self._probed: tuple[float, bool, float] = (-READY_KEPT, False, 0.0)
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self.metrics = Metrics()
        for name, kind, words in (
            ("bot_questions_total", "counter", "Messages from people, by channel."),
            ("bot_outcomes_total", "counter", "Replies, by channel and outcome."),
            ("bot_errors_total", "counter", "Messages whose handling failed or gave no reply, by channel."),
            ("bot_reply_seconds", "histogram", "From a message to its whole reply, by channel."),
            ("bot_messages_under_way", "gauge", "Messages that wait for their reply now."),
            ("bot_http_responses_total", "counter", "HTTP responses, by method and status."),
            ("bot_purged_events_total", "counter", "Stored events deleted because they were too old."),
            ("bot_events_spooled", "gauge", "Events that wait for RabbitMQ, at most 100000; of the worker that publishes."),
            ("bot_events_published_total", "counter", "Events that this worker has published to RabbitMQ."),
            ("bot_ready", "gauge", "Whether the last synthetic question was answered."),
            ("bot_start_time_seconds", "gauge", "When the process started, seconds since 1970."),
            ("process_resident_memory_bytes", "gauge", "Resident memory."),
            ("process_cpu_seconds_total", "counter", "Processor time, user and system."),
        ):
            self.metrics.describe(name, kind, words)

    async def begin(self, app: Sanic, *_: Any) -> None:
        """Watch the agent that has been loaded, and begin to keep the retention."""
        set_up()
        self._app = app
        if isinstance(self._agent, BotAgent):
            self._agent.watch(self.watch)
        keeper.begin()
        if self._relay:
            self._relay.begin()
        log(logger, "started", retention_days=RETENTION_DAYS(), texts=LOG_TEXTS())

    async def end(self, *_: Any) -> None:
        """Let messages under way finish."""
        keeper.end()
        try:
            await asyncio.wait_for(self._idle.wait(), 15.0)
        except asyncio.TimeoutError:
            logger.warning("stopped with messages under way")
        if self._relay:
            await self._relay.end()
        log(logger, "stopped")

    @property
    def _agent(self) -> Agent | None:
        """Return the agent that serves now: `rasa run --enable-api` may put another in its place."""
        return getattr(self._app.ctx, "agent", None) if self._app else None

    @contextmanager
    def watch(self, message: UserMessage) -> Iterator[None]:
        """Count a message while it is handled, whichever channel brings it."""
        if message.input_channel == _PROBE:
            yield
            return
        channel = _named(message.input_channel)
        self.metrics.add("bot_questions_total", channel=channel)
        self._under_way += 1
        self._idle.clear()
        started = time.perf_counter()
        outcome = "failed"
        try:
            yield
            outcome = _outcome(message.output_channel)
        finally:
            seconds = time.perf_counter() - started
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()
            self.metrics.observe("bot_reply_seconds", seconds, channel=channel)
            if outcome in ("failed", "none", "error"):
                self.metrics.add("bot_errors_total", channel=channel)
            self.metrics.add("bot_outcomes_total", channel=channel, outcome=outcome)
            said = {"text": message.text, "sender": message.sender_id} if LOG_TEXTS() else {}
            log(logger, "message", channel=channel, outcome=outcome, milliseconds=round(seconds * 1000, 1), **said)

    async def healthz(self, _: Request) -> HTTPResponse:
        """Tell that the process and its event loop are alive."""
        return _told(200, status="ok")

    async def readyz(self, _: Request) -> HTTPResponse:
        """Tell whether a question is answered, and what is away that answers do not need."""
        if self._app and self._app.is_stopping:
            # Since SIGTERM: the socket listens for as long as messages under way are finished.
            return _told(503, status="draining")
        async with self._probing:
            when, ready, milliseconds = self._probed
            if time.monotonic() - when >= READY_KEPT:
                (ready, milliseconds), _ = await asyncio.gather(self.probe(), self._redis.check() if self._redis else _nothing())
                self._probed = (time.monotonic(), ready, milliseconds)
                self.metrics.put("bot_ready", float(ready))
        degraded = [name for name, part in (("redis", self._redis), ("rabbitmq", self._relay)) if part and part.away]
        return _told(
            200 if ready else 503, status="ready" if ready else "not ready", milliseconds=milliseconds, degraded=degraded
        )

    async def probe(self) -> tuple[bool, float]:
        """Ask a question as channels do, through NLU, policy, action and tracker store, and forget it.

        Returns:
            Whether it was answered and every store can be used, and the milliseconds it took.
        """
        conversation, ready = secrets.token_hex(8), False
        started = time.perf_counter()
        try:
            ready = (await self._gateway.ask(conversation, self._question)).outcome != "error"
            if ready:
                # Stores that the question does not reach, such as the page's; in what is left of the time.
                left = max(READY_SECONDS - (time.perf_counter() - started), 0.1)
                await asyncio.wait_for(self._gateway.within(keeper.check()), left)
        except (Refused, asyncio.TimeoutError) as error:
            ready = False
            logger.error("the synthetic question was refused: %s", getattr(error, "code", "slow"))
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        try:
            await asyncio.wait_for(self._gateway.forget(conversation), _FORGET_SECONDS)
        except Exception:
            logger.exception("the synthetic question was not forgotten")
        return ready, milliseconds

    async def metrics_page(self, request: Request) -> HTTPResponse:
        """Return the metrics to those who may read them."""
        if not self._may_read(request):
            # For everybody else there is nothing here.
            return json_response({"error": "not_found", "message": "There is nothing here."}, status=404)
        self.metrics.put("bot_messages_under_way", self._under_way)
        self.metrics.put("bot_purged_events_total", keeper.purged[RecentTrackerStore.name])
        await self._count_events()
        self.metrics.put("bot_start_time_seconds", self._started)
        self.metrics.put("process_resident_memory_bytes", _resident_bytes())
        self.metrics.put("process_cpu_seconds_total", sum(os.times()[:2]))
        return text(self.metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")

    async def count_response(self, request: Request, response: HTTPResponse) -> None:
        """Count a response by method and status, labels of which callers cannot make up new ones."""
        self.metrics.add("bot_http_responses_total", method=_method(request.method), status=str(response.status))

    async def _count_events(self) -> None:
        if self._relay is None:
            return
        self.metrics.put("bot_events_published_total", self._relay.published)
        self.metrics.drop("bot_events_spooled")
        with suppress(StoreError):
            if (spooled := await self._relay.spooled()) is not None:
                self.metrics.put("bot_events_spooled", spooled)

    def _may_read(self, request: Request) -> bool:
        given = str(request.headers.get("authorization", "")).removeprefix("Bearer ").strip()
        if self._token:
            return hmac.compare_digest(given.encode(), self._token.encode())
        # A proxy on this machine speaks for others.
        return request.ip in _LOOPBACK and "x-forwarded-for" not in request.headers and "forwarded" not in request.headers


def _relay() -> Relay | None:
    """Return what publishes events, if the settings ask for it; its packages are those of `make setup-scale`."""
    if not (DATABASE_URL() and RABBITMQ_URL()):
        return None
    from bot.rasa.relay import open_relay

    return open_relay()


def _redis() -> Link | None:
    """Return what counts rates, if the settings ask for it."""
    if not REDIS_URL():
        return None
    from bot.channels.shared_rate import link

    return link()


def _told(code: int, **body: Any) -> HTTPResponse:
    return json_response(body, status=code, headers={"Cache-Control": "no-store"})


async def _nothing() -> None:
    pass


def _resident_bytes() -> int:
    statm = Path("/proc/self/statm")
    # Elsewhere than on Linux there is no such file; the metric then says nothing.
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.is_file() else 0


def _outcome(output: Any) -> str:
    """Return the outcome of a reply; `plain` where no contract was collected, `none` where nothing was."""
    messages = getattr(output, "messages", None)
    if messages is None:
        return "plain"
    found = [m["custom"].get("outcome") for m in messages if isinstance(m.get("custom"), dict)]
    return str(found[-1]) if found and found[-1] else "plain" if messages else "none"


def _named(channel: str | None) -> str:
    known = ("web", "rest", "telegram", "cmdline", "socketio")
    return channel if channel in known else "other"


def _method(method: str) -> str:
    return method if method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT") else "other"
