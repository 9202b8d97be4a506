"""Hands events from PostgreSQL to RabbitMQ: at least once, and in the order in which a conversation had them.

Messages do not wait for RabbitMQ: the ids of their events lie in the table `spool` until one worker, the holder of the lease
`relay`, has published them and RabbitMQ has confirmed that it keeps them. Whoever reads the queue may get an event
twice, after a worker or RabbitMQ died in between. Deletion and retention go first: what is deleted from the table before
RabbitMQ came back is not published any more.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

import aio_pika
from rasa.core.brokers.pika import PikaEventBroker
from rasa.utils.endpoints import EndpointConfig

from bot.memory.lease import LEASE_SECONDS, RENEW_EVERY, Lease, lease
from bot.memory.postgres import PostgresDatabase, pool
from bot.memory.store import Database, StoreError
from bot.settings import RABBITMQ_QUEUE, RABBITMQ_URL

logger = logging.getLogger(__name__)

# Events of one round, which is over long before the lease is.
_MOST = 300
_ROUND_SECONDS = 4.0
# Between rounds, if the last one found nothing.
_IDLE_SECONDS = 0.5
# For RabbitMQ to answer anything but a round, and between questions whether it still does.
_ANSWER_SECONDS = 2.0
_CHECK_EVERY = 2.0
_MOST_BACKOFF = 5.0
# More are not counted: counting them would be a load.
_MOST_COUNTED = 100_000

_NEXT = f"SELECT id, sender_id, data FROM spool JOIN events USING (id) ORDER BY id LIMIT {_MOST}"
_DONE = "DELETE FROM spool WHERE id = ANY(?::bigint[])"
_COUNT = f"SELECT count(*) FROM (SELECT 1 FROM spool LIMIT {_MOST_COUNTED}) AS waiting"

# An id, a conversation and an event as JSON.
Row = tuple[int, str, str]


class ConfirmingBroker(PikaEventBroker):
    """Rasa's broker, whose publishing ends when RabbitMQ has confirmed it, and whose failures are raised.

    Rasa's own reconnects by itself, publishes in the background, and keeps in memory what it could not publish.
    """

    _channel: Any = None

    async def connect(self) -> None:
        """Connect, and declare exchange and queue as Rasa does; raises what aio-pika raises."""
        self._connection = await aio_pika.connect(self._configure_url(), timeout=_ANSWER_SECONDS)
        # Raises for an event that reaches no queue.
        self._channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
        self._exchange = await self._set_up_exchange(self._channel)

    async def put(self, event: dict[str, Any]) -> None:
        """Publish an event; returns when RabbitMQ keeps it, raises what aio-pika raises."""
        message, exchange = self._message(event, None), self._exchange
        # The exchange's own method also waits until its bytes are sent, one event after the other: a third of the rate.
        await exchange.channel.basic_publish(
            message.body, exchange=exchange.name, properties=message.properties, mandatory=True, wait=False
        )

    async def check(self) -> None:
        """Ask RabbitMQ for the queues; raises what aio-pika raises."""
        for queue in self.queues:
            await self._channel.declare_queue(queue, passive=True)


class Relay:
    """The relay of one worker; publishes while it holds the lease.

    Args:
        database: PostgreSQL.
        url: Of RabbitMQ.
        lease: Who publishes.

    Attributes:
        away: Whether RabbitMQ does not answer, be this the worker that publishes or not.
        published: Events published since the start.
    """

    def __init__(self, database: Database, url: str, lease: Lease) -> None:
        self._database = database
        self._endpoint = _endpoint(url)
        self._lease = lease
        self._held_until = self._renew_at = self._checked_at = 0.0
        self._broker: ConfirmingBroker | None = None
        self._ending = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.away = False
        self.published = 0

    @property
    def held(self) -> bool:
        """Tell whether this worker publishes now."""
        return time.monotonic() < self._held_until

    def begin(self) -> None:
        """Publish from now on."""
        self._ending.clear()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def end(self) -> None:
        """Finish what is being published, and let another worker go on."""
        if self._task is None:
            return
        self._ending.set()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._task, _ROUND_SECONDS + _ANSWER_SECONDS)
        self._task = None
        self._held_until = 0.0
        await self._disconnect()
        # Else it expires.
        with suppress(StoreError):
            await self._lease.release()

    async def spooled(self) -> int | None:
        """Return how many events wait, at most `_MOST_COUNTED`; None if another worker tells; raises `StoreError`."""
        return int((await self._database.rows(_COUNT))[0][0]) if self.held else None

    async def _run(self) -> None:
        backoff = 0.0
        while not self._ending.is_set():
            try:
                pause = 0.0 if await self._round() else _IDLE_SECONDS
                backoff = 0.0
            except StoreError:
                # Without PostgreSQL nothing else works either, and it is told elsewhere.
                pause = 1.0
            except Exception as error:
                await self._lost(error)
                pause = backoff = min(max(2 * backoff, _IDLE_SECONDS), _MOST_BACKOFF)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._ending.wait(), pause)

    async def _round(self) -> bool:
        """Publish what waits, once; returns whether there may be more at once."""
        broker = await self._connected()
        rows: Sequence[Row] = ()
        if await self._hold():
            rows = [(r[0], r[1], r[2]) for r in await self._database.rows(_NEXT)]
        if rows:
            await self._publish(broker, rows)
        elif time.monotonic() >= self._checked_at + _CHECK_EVERY:
            await asyncio.wait_for(broker.check(), _ANSWER_SECONDS)
            self._checked_at = time.monotonic()
        return len(rows) == _MOST

    async def _hold(self) -> bool:
        now = time.monotonic()
        if now >= self._renew_at:
            self._renew_at = now + RENEW_EVERY
            held = await self._lease.hold()
            self._held_until = now + LEASE_SECONDS if held else 0.0
        return self.held

    async def _publish(self, broker: ConfirmingBroker, rows: Sequence[Row]) -> None:
        """Publish events, many conversations at once; those confirmed leave the spool. Raises what failed first."""
        confirmed: list[int] = []
        # Sorting keeps the order within a conversation.
        conversations = [list(g) for _, g in groupby(sorted(rows, key=lambda r: r[1]), key=lambda r: r[1])]
        tasks = [asyncio.ensure_future(self._put(broker, conversation, confirmed)) for conversation in conversations]
        try:
            done, late = await asyncio.wait(tasks, timeout=_ROUND_SECONDS)
        finally:
            for task in tasks:
                task.cancel()
        await asyncio.wait(tasks)
        if confirmed:
            self.published += await self._database.change(_DONE, confirmed)
        if late:
            raise asyncio.TimeoutError(f"no confirmation within {_ROUND_SECONDS:g} s")
        for task in done:
            task.result()

    async def _put(self, broker: ConfirmingBroker, conversation: Sequence[Row], confirmed: list[int]) -> None:
        # Each when the one before is confirmed: a refused one must not be overtaken.
        for number, sender, data in conversation:
            if not self.held:
                return
            await broker.put({"sender_id": sender, **json.loads(data)})
            confirmed.append(number)

    async def _connected(self) -> ConfirmingBroker:
        if self._broker is None:
            broker = await asyncio.wait_for(ConfirmingBroker.from_endpoint_config(self._endpoint), 3 * _ANSWER_SECONDS)
            assert isinstance(broker, ConfirmingBroker)
            self._broker, self._checked_at = broker, time.monotonic()
            if self.away:
                logger.warning("RabbitMQ is back")
            self.away = False
        return self._broker

    async def _lost(self, error: Exception) -> None:
        if not self.away:
            logger.warning("RabbitMQ is away, events wait in PostgreSQL: %s", str(error) or type(error).__name__)
        self.away = True
        await self._disconnect()

    async def _disconnect(self) -> None:
        broker, self._broker = self._broker, None
        if broker is not None:
            # It may be what does not answer.
            with suppress(Exception):
                await asyncio.wait_for(broker.close(), _ANSWER_SECONDS)


def open_relay() -> Relay:
    """Return the relay of this process, as the settings ask for it."""
    return Relay(PostgresDatabase(pool()), RABBITMQ_URL(), lease("relay"))


def _endpoint(url: str) -> EndpointConfig:
    """Return what Rasa's broker is made from."""
    parts = urlsplit(url)
    tls = parts.scheme == "amqps"
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return EndpointConfig(
        address,
        username=parts.username or "guest",
        password=parts.password or "guest",
        port=parts.port or (5671 if tls else 5672),
        queues=[RABBITMQ_QUEUE()],
    )
