"""Count what goes over the line between a worker and an engine: a relay on loopback that reads along."""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, fields
from types import TracebackType
from typing import Any, Protocol
from urllib.parse import urlsplit

from tools.scale.part import LOOPBACK

_CHUNK = 65_536
# A PostgreSQL connection begins with packets that have no type: this one is the last of them, others ask for encryption.
_PROTOCOL_3 = 196_608


@dataclass
class Traffic:
    """What went over some connections.

    Attributes:
        round_trips: How often the worker sent something after the engine had answered, or first.
        statements: Statements of PostgreSQL, `BEGIN` and `COMMIT` among them, or commands of Redis.
        sent: Bytes to the engine.
        received: Bytes from it.
    """

    round_trips: int = 0
    statements: int = 0
    sent: int = 0
    received: int = 0

    def copy(self) -> Traffic:
        """Return the present counts."""
        return Traffic(*(getattr(self, f.name) for f in fields(self)))

    def since(self, before: Traffic) -> Traffic:
        """Return what came after an earlier copy."""
        return Traffic(*(getattr(self, f.name) - getattr(before, f.name) for f in fields(self)))


class Reader(Protocol):
    """Finds statements in what a worker sends on one connection."""

    def feed(self, data: bytes) -> int:
        """Return how many statements ended in these bytes."""


class PostgresReader:
    """Counts `Execute` and `Query` messages of PostgreSQL's protocol, without encryption."""

    def __init__(self) -> None:
        self._left, self._begun = b"", False

    def feed(self, data: bytes) -> int:
        """Return how many statements ended in these bytes."""
        self._left += data
        found = 0
        while len(self._left) >= 8 if not self._begun else len(self._left) >= 5:
            head = 1 if self._begun else 0
            (length,) = struct.unpack_from("!I", self._left, head)
            if len(self._left) < head + length:
                break
            if self._begun:
                found += self._left[:1] in (b"E", b"Q")
            else:
                self._begun = struct.unpack_from("!I", self._left, 4)[0] == _PROTOCOL_3
            self._left = self._left[head + length :]
        return found


class RedisReader:
    """Counts commands in Redis's protocol: arrays of strings, each with its length before it."""

    def __init__(self) -> None:
        self._left, self._strings = b"", 0

    def feed(self, data: bytes) -> int:
        """Return how many commands ended in these bytes."""
        self._left += data
        found = 0
        while (end := self._left.find(b"\r\n")) >= 0:
            kind, number = self._left[:1], int(self._left[1:end])
            size = end + 2 + (number + 2 if kind == b"$" else 0)
            if len(self._left) < size:
                break
            self._left = self._left[size:]
            self._strings = number if kind == b"*" else self._strings - 1
            found += not self._strings
        return found


class Wire:
    """A relay in front of one engine, on a thread of its own.

    Args:
        port: Of the engine.
        reader: Makes what reads along, one a connection.

    Attributes:
        traffic: The counts of all connections: before the worker gets an answer, it is counted.
    """

    def __init__(self, port: int, reader: Callable[[], Reader]) -> None:
        self._to, self._reader = port, reader
        self.port = 0
        self.traffic = Traffic()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.base_events.Server | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def url(self, url: str) -> str:
        """Return an engine's address with the relay in its place."""
        parts = urlsplit(url)
        return parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{self.port}").geturl()

    def __enter__(self) -> Wire:
        """Listen on a free port."""
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._serve, LOOPBACK, 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End all connections."""
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        self._loop.run_forever()
        # On its own thread: uvloop, which Rasa's server makes the default, may hang in `close` where another thread calls it.
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _end(self) -> None:
        assert self._server
        self._server.close()
        others = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            engine_reader, engine_writer = await asyncio.open_connection(LOOPBACK, self._to)
            statements, answered = self._reader(), [True]

            def sent(data: bytes) -> None:
                self.traffic.round_trips += answered[0]
                self.traffic.statements += statements.feed(data)
                self.traffic.sent += len(data)
                answered[0] = False

            def received(data: bytes) -> None:
                self.traffic.received += len(data)
                answered[0] = True

            both = _copy(reader, engine_writer, sent), _copy(engine_reader, writer, received)
            await asyncio.gather(*both)


async def _copy(source: asyncio.StreamReader, to: asyncio.StreamWriter, note: Callable[[bytes], None]) -> None:
    try:
        while data := await source.read(_CHUNK):
            note(data)
            to.write(data)
            await to.drain()
    finally:
        to.close()
