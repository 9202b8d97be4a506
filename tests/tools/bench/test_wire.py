"""The relay counts what goes over it, whatever pieces it comes in."""

from __future__ import annotations

import socket
import struct
import threading

import pytest

from tools.bench.wire import PostgresReader, Reader, RedisReader, Traffic, Wire
from tools.scale.part import LOOPBACK


def _packet(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


_ENCRYPTION = struct.pack("!II", 8, 80_877_103)
_START = struct.pack("!II", 17, 196_608) + b"user\0x\0\0\0"
_POSTGRES = b"".join(
    [
        *(_ENCRYPTION, _START, _packet(b"p", b"EEEE")),
        _packet(b"Q", b"SELECT 'E'\0"),
        *(_packet(kind, b"QE") for kind in (b"P", b"B", b"D", b"E", b"B", b"E")),
        _packet(b"S"),
    ]
)
_REDIS = b"*1\r\n$4\r\nPING\r\n*3\r\n$3\r\nSET\r\n$6\r\n*1\r\n$4\r\n$0\r\n\r\n"


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize(("reader", "sent", "statements"), [(PostgresReader, _POSTGRES, 3), (RedisReader, _REDIS, 2)])
def test_statements_are_found_in_pieces_of_any_size(reader: type[Reader], sent: bytes, statements: int, size: int) -> None:
    one = reader()
    assert sum(one.feed(sent[at : at + size]) for at in range(0, len(sent), size)) == statements


def answer(engine: socket.socket) -> None:
    connection, _ = engine.accept()
    with connection:
        while heard := connection.recv(1000):
            connection.sendall(b"+PONG\r\n" * heard.count(b"PING\r\n"))


def test_a_round_trip_is_to_send_after_an_answer() -> None:
    with socket.create_server((LOOPBACK, 0)) as engine:
        threading.Thread(target=answer, args=(engine,), daemon=True).start()
        with Wire(engine.getsockname()[1], RedisReader) as wire:
            assert wire.url("redis://:secret@127.0.0.1:1/0") == f"redis://:secret@127.0.0.1:{wire.port}/0"
            with socket.create_connection((LOOPBACK, wire.port), timeout=20) as client:
                for pings in (1, 3, 1):
                    # Several at once are one round trip.
                    client.sendall(b"*1\r\n$4\r\nPING\r\n" * pings)
                    missing = 7 * pings
                    while missing:
                        missing -= len(client.recv(missing))
            found = wire.traffic.copy()
    assert found == Traffic(round_trips=3, statements=5, sent=5 * 14, received=5 * 7)
