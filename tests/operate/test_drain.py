"""What `/readyz` says beside a question's answer: what is away without need, and that the process stops."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from http.client import HTTPConnection
from typing import Any

import pytest

from bot.errors import ROOT
from bot.memory import schema
from bot.memory.keeper import Keeper
from bot.memory.lease import Lease
from bot.memory.postgres import Pool, PostgresDatabase
from bot.run.build import environment
from bot.run.process import free_port, is_free
from tests.engines import engine
from tools.scale.engines import Postgres, RabbitMQ, Redis

Start = Callable[..., AbstractContextManager[tuple[subprocess.Popen[bytes], int]]]

# A server with the operators' addresses, and a message that takes as long as it says.
_SERVER = """
import asyncio, sys
from sanic import Sanic
from sanic.response import json
from bot.operate.operations import Operations, Service
from bot.reply import Reply

async def handle(message):
    await message.output_channel.send_custom_json(message.sender_id, Reply("smalltalk", lead="hello").as_json())

async def forget(conversation):
    pass

app = Sanic("test")
blueprint = Operations().blueprint(handle)
blueprint.ctx.service._gateway.forget = forget
app.blueprint(blueprint)

@app.get("/message")
async def message(request):
    service = blueprint.ctx.service
    class Message:
        input_channel, output_channel, text, sender_id = "web", None, "", ""
    with service.watch(Message):
        await asyncio.sleep(float(request.args.get("seconds")))
    return json("answered")

app.run(port=int(sys.argv[1]), access_log=False)
"""


@pytest.fixture
def start(slow: None) -> Start:
    """Start the server with variables of the environment."""
    return server


@contextmanager
def server(**more: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-c", _SERVER, str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment(**more), stdout=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 90
            while is_free(port):
                assert process.poll() is None and time.monotonic() < until
                time.sleep(0.1)
            yield process, port
        finally:
            process.kill()


def get(port: int, path: str = "/readyz") -> tuple[int, Any]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as line:
        line.request("GET", path)
        answer = line.getresponse()
        return answer.status, json.loads(answer.read())


def test_a_process_that_stops_is_not_ready_but_finishes_its_messages(start: Start) -> None:
    with start() as (process, port), closing(HTTPConnection("127.0.0.1", port, timeout=10)) as line:
        status, body = get(port)
        assert (status, body["status"], body["degraded"]) == (200, "ready", [])
        line.request("GET", "/message?seconds=2", headers={"Connection": "close"})
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        assert get(port) == (503, {"status": "draining"})
        assert line.getresponse().read() == b'"answered"'
        assert process.wait(10) == 0
        assert is_free(port)


def test_what_is_away_without_need_is_said(start: Start) -> None:
    with engine(Postgres) as postgres, engine(Redis) as redis, engine(RabbitMQ) as rabbitmq:
        schema.migrate(postgres.url)
        with start(DATABASE_URL=postgres.url, REDIS_URL=redis.url, RABBITMQ_URL=rabbitmq.url) as (_, port):

            def said(degraded: list[str], seconds: float) -> None:
                until = time.monotonic() + seconds
                while (found := get(port))[1].get("degraded") != degraded:
                    assert time.monotonic() < until, found
                    time.sleep(0.2)
                assert found[0] == 200

            def gauge() -> str:
                with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as line:
                    line.request("GET", "/metrics")
                    text = line.getresponse().read().decode()
                return next((x for x in text.splitlines() if x.startswith("bot_events_spooled ")), "")

            said([], 15)
            redis.pause()
            said(["redis"], 6)
            rabbitmq.kill()
            said(["redis", "rabbitmq"], 6)
            new = "INSERT INTO events (sender_id, type_name, data) VALUES ('web-x', 'user', '{}') RETURNING id"
            postgres.query(f"WITH new AS ({new}) INSERT INTO spool SELECT id FROM new")
            assert gauge() == "bot_events_spooled 1"
            redis.resume()
            said(["rabbitmq"], 9)
            rabbitmq.start()
            said([], 15)
            until = time.monotonic() + 5
            while gauge() != "bot_events_spooled 0":
                assert time.monotonic() < until
                time.sleep(0.2)


class Kept:
    """A store that counts how often it was purged."""

    name = "kept"

    def __init__(self) -> None:
        self.purges = 0

    async def purge(self, before: float) -> int:
        self.purges += 1
        return 5

    async def check(self) -> None:
        """Do nothing."""


def test_of_two_keepers_one_purges(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(url: str) -> None:
        pool = Pool(url, 4)
        monkeypatch.setattr("bot.memory.keeper.RENEW_EVERY", 0.2)
        monkeypatch.setattr("bot.memory.keeper.lease", lambda name: Lease(PostgresDatabase(pool), name))
        keepers, stores = [Keeper(), Keeper()], [Kept(), Kept()]
        for keeper, store in zip(keepers, stores):
            keeper.register(store)
            keeper.begin()
        await asyncio.sleep(2)
        assert sorted(store.purges for store in stores) == [0, 1]
        # The other takes over within the lease.
        gone = next(k for k, s in zip(keepers, stores) if s.purges)
        gone.end()
        await asyncio.sleep(11)
        assert [store.purges for store in stores] == [1, 1]
        assert sum(keeper.purged["kept"] for keeper in keepers) == 10
        for keeper in keepers:
            keeper.end()
        await pool.close()

    asyncio.run(work(postgres))


def test_alone_a_keeper_purges_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        keeper, store = Keeper(), Kept()
        keeper.register(store)
        keeper.begin()
        await asyncio.sleep(0.05)
        assert (store.purges, keeper.purged["kept"]) == (1, 5)
        keeper.end()

    monkeypatch.delenv("DATABASE_URL", raising=False)
    asyncio.run(work())
