"""`python -m tools.bench scale`: one embedded process, and one, two and three workers on the engines, side by side.

All of it runs at the same time and is asked in turn, so that ratios hold on a machine whose speed wavers. The client shares
the processors with everything else; the processor time of each part is counted. What goes over the lines to PostgreSQL and
Redis is counted on a further worker, behind relays, that answers nothing else meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import numpy as np

from bot.errors import ROOT
from bot.run.build import RunError, environment, say
from tools.bench.load import TURNS, Load, ask, closed_loop, from_turn, load_questions, session
from tools.bench.process import busy_seconds, cpu_seconds, loop_seconds, own_memory_mb
from tools.bench.scaling import cores
from tools.bench.systems import Ours
from tools.bench.wire import PostgresReader, RedisReader, Traffic, Wire
from tools.scale.engines import Nginx, missing
from tools.scale.scale import Scale
from tools.scale.workers import Worker

FIGURES = ROOT / "docs" / "scale.json"
CLIENTS = 8
# Of the workers' time, in turn, where they are held; then other parts have a processor to themselves.
_PERIOD, _SHARE = 0.09, 1 / 3
_HELD_CLIENTS = 16
_RELAYED = 4_000
# A rate out of reach: it would else be what is measured.
_FREE = {"WEB_RATE_SESSION": "100000/999999", "WEB_RATE_ADDRESS": "100000/999999"}


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    Attributes:
        rounds: Through all arrangements.
        most_rounds: If some have not had so many messages yet:
        fewest: Of every arrangement, with one client and with many.
        one: Seconds of a burst of one client.
        many: Seconds of a burst of many.
        warm_up: Messages before, that do not count.
        held: Seconds with workers held.
        counted: Messages whose traffic is counted.
        read: Messages that are read without a server.
    """

    rounds: int = 3
    most_rounds: int = 6
    fewest: int = 300
    one: float = 4.0
    many: float = 5.0
    warm_up: int = 60
    held: float = 12.0
    counted: int = 300
    read: int = 120


# To see whether it works.
QUICK = Effort(rounds=1, most_rounds=1, fewest=0, one=2.0, many=3.0, warm_up=20, held=5.0, counted=50, read=30)

EMBEDDED, DIRECT, ONE, TWO, THREE, PAGE = "embedded", "direct", "one", "two", "three", "page"
NAMES = {
    EMBEDDED: "embedded process (SQLite)",
    DIRECT: "one worker, without nginx",
    ONE: "one worker",
    TWO: "two workers",
    THREE: "three workers",
    PAGE: "one worker, the page's API",
}
T = TypeVar("T")
Burst = Callable[[str, Iterator[str], int, float], Coroutine[Any, Any, Load]]
Pids = Callable[[], list[int]]


@dataclass
class Row:
    """What was measured of one arrangement.

    Attributes:
        one: With one client.
        many: With `CLIENTS` clients.
        parts: Processor seconds of each part while there were many clients.
        loops: Those of the workers' event loops, a part of `parts["workers"]`.
        others: Those of everything else on the machine.
    """

    one: Load = field(default_factory=Load)
    many: Load = field(default_factory=Load)
    parts: dict[str, float] = field(default_factory=dict)
    loops: float = 0.0
    others: float = 0.0

    def figures(self) -> dict[str, Any]:
        """Return it as JSON: milliseconds, messages a second, processor milliseconds a message."""
        count = max(self.many.messages, 1)
        return {
            "p50_one": _r(self.one.milliseconds(50)),
            "p99_one": _r(self.one.milliseconds(99)),
            "messages_one": self.one.messages,
            "rate": _r(self.many.rate),
            "p50": _r(self.many.milliseconds(50)),
            "p99": _r(self.many.milliseconds(99)),
            "messages": self.many.messages,
            "errors": self.one.errors + self.many.errors,
            "cpu": {part: _r(seconds * 1000 / count) for part, seconds in self.parts.items()},
            "loop": _r(self.loops * 1000 / count),
            "others": _r(self.others / max(self.many.seconds, 1e-9)),
        }


@dataclass
class Stand:
    """Everything that runs.

    Attributes:
        scale: Engines and workers; the first worker holds the leases.
        fronts: nginx in front of the first one, two and three workers.
        embedded: The bot without engines.
    """

    scale: Scale
    fronts: list[Nginx]
    embedded: Ours

    @property
    def urls(self) -> dict[str, str]:
        """Return where each arrangement is reached."""
        one, two, three = (front.url for front in self.fronts)
        return {
            EMBEDDED: self.embedded.url,
            DIRECT: self.scale.workers[0].url,
            ONE: one,
            TWO: two,
            THREE: three,
            PAGE: one,
        }

    def parts(self, key: str) -> dict[str, list[int]]:
        """Return the processes of each part."""
        if key == EMBEDDED:
            return {"workers": self.embedded.pids}
        scale = self.scale
        found = {
            "workers": [pid for w in scale.workers for pid in w.processes()],
            "PostgreSQL": scale.postgres.processes(),
            "Redis": scale.redis.processes() if scale.redis else [],
            "RabbitMQ": scale.rabbitmq.processes() if scale.rabbitmq else [],
        }
        return found if key == DIRECT else {**found, "nginx": [pid for f in self.fronts for pid in f.processes()]}


def scale(effort: Effort) -> dict[str, Any]:
    """Measure everything; some six minutes.

    Args:
        effort: How much of it.

    Returns:
        The figures, as `FIGURES` keeps them.

    Raises:
        RunError: If something is missing or does not start.
    """
    if words := missing():
        raise RunError(words)
    Ours().update()
    began = time.monotonic()
    say("how much of reading is native ...")
    native = _native(effort.read)
    with _stand() as stand:
        rows = _rows(stand, effort)
        figures: dict[str, Any] = {
            "date": time.strftime("%d %B %Y"),
            "cores": cores(),
            "clients": CLIENTS,
            "rows": {key: row.figures() for key, row in rows.items()},
            "held": _held(stand, effort.held),
            "memory_mb": {part: _r(own_memory_mb(pids), 0) for part, pids in stand.parts(ONE).items()},
            "stored": _stored(stand, rows),
            "relayed_a_second": _r(_relayed(stand), 0),
            "commits_a_second": _r(asyncio.run(_commits(stand.scale.postgres.url)), 0),
            # Last: it takes workers away.
            "wire": _wire(stand, effort),
            "native": native,
        }
    figures["minutes"] = _r((time.monotonic() - began) / 60, 1)
    return figures


def save(figures: Mapping[str, Any], path: Path = FIGURES) -> None:
    """Write the figures."""
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


@contextmanager
def _stand() -> Iterator[Stand]:
    """Bring everything up: nginx in front of one, two and three workers, and the bot without engines."""
    embedded = Ours(**_FREE)
    with ExitStack() as stack:
        scale = stack.enter_context(Scale(1, nginx=False, settings={**_FREE, "WEB_PROXIES": "1"}, say=say))
        # The first worker must hold the leases: one that is asked nothing would else do the work of publishing for it.
        _until(lambda: scale.postgres.query("SELECT count(*) FROM leases WHERE name IN ('relay', 'retention')") == "2")
        for number in (2, 3):
            worker = Worker(scale.folder / f"worker-{number}", scale.settings)
            # Known to the launcher from now on, which stops it.
            scale.workers.append(worker)
            worker.start()
        fronts = []
        for count in (1, 2, 3):
            workers = scale.workers[:count]
            front = Nginx(scale.folder / f"nginx-{count}", [w.port for w in workers], [w.telegram for w in workers])
            fronts.append(front)
            stack.enter_context(front)
        stack.callback(embedded.stop)
        embedded.start()
        say("everything runs")
        yield Stand(scale, fronts, embedded)


def _rows(stand: Stand, effort: Effort) -> dict[str, Row]:
    """Ask all arrangements in turn."""
    rows, questions = {key: Row() for key in NAMES}, load_questions()
    for url in [stand.embedded.url, *(w.url for w in stand.scale.workers)]:
        asyncio.run(_warm_up(url, questions, effort.warm_up))
    for turn in range(effort.most_rounds):
        if turn >= effort.rounds and all(min(r.one.messages, r.many.messages) >= effort.fewest for r in rows.values()):
            break
        # Backwards every second time: a machine that slows down slows the first ones as the last ones.
        for key in list(NAMES)[:: 1 if turn % 2 else -1]:
            _measure(stand, key, rows[key], from_turn(questions, turn), effort)
            one, many = rows[key].one, rows[key].many
            say(f"{NAMES[key]}: p50 {one.milliseconds(50):.1f} ms, {many.rate:.1f}/s, {one.errors + many.errors} errors")
    return rows


def _measure(stand: Stand, key: str, row: Row, questions: Iterator[str], effort: Effort) -> None:
    burst: Burst = page_loop if key == PAGE else closed_loop
    url = stand.urls[key]
    row.one.add(asyncio.run(burst(url, questions, 1, effort.one)))
    pids = stand.parts(key)
    # The events of one arrangement are published before the next one's are.
    _until(lambda: stand.scale.postgres.query("SELECT count(*) FROM spool") == "0")
    before, loops, all_, client = _spent(pids), _loops(pids["workers"]), busy_seconds(), time.process_time()
    row.many.add(asyncio.run(burst(url, questions, CLIENTS, effort.many)))
    spent = {part: seconds - before[part] for part, seconds in _spent(pids).items()}
    spent["client"] = time.process_time() - client
    for part, seconds in spent.items():
        row.parts[part] = row.parts.get(part, 0.0) + seconds
    row.loops += _loops(pids["workers"]) - loops
    row.others += busy_seconds() - all_ - sum(spent.values())


def _spent(parts: Mapping[str, Sequence[int]]) -> dict[str, float]:
    return {part: cpu_seconds(pids) for part, pids in parts.items()}


def _loops(workers: Sequence[int]) -> float:
    return sum(loop_seconds(pid) for pid in workers)


async def _warm_up(url: str, questions: Sequence[str], messages: int) -> None:
    # From the end of the list: what is measured has not been asked before.
    async with session(1) as client:
        for number in range(messages):
            await ask(client, url, f"warm-up-{number // TURNS}", questions[-1 - number % len(questions)])


async def page_loop(url: str, questions: Iterator[str], clients: int, seconds: float) -> Load:
    """Do as `closed_loop`, over the page's API; what a session takes is not in the latencies."""
    load, started = Load(), time.perf_counter()

    async def visitor(client: aiohttp.ClientSession) -> None:
        token, turns = "", TURNS
        while time.perf_counter() - started < seconds:
            try:
                if turns == TURNS:
                    token, turns = await _token(client, url), 0
                turns += 1
                since = time.perf_counter()
                await _say(client, url, token, next(questions))
                load.latencies.append(time.perf_counter() - since)
            except (OSError, asyncio.TimeoutError, aiohttp.ClientError):
                load.errors += 1

    async with session(clients) as client:
        await asyncio.gather(*(visitor(client) for _ in range(clients)))
    load.seconds = time.perf_counter() - started
    return load


async def _token(client: aiohttp.ClientSession, url: str) -> str:
    return str(json.loads(await _post(client, f"{url}/api/session", {}))["token"])


async def _say(client: aiohttp.ClientSession, url: str, token: str, text: str) -> bytes:
    return await _post(client, f"{url}/api/message", {"token": token, "key": uuid.uuid4().hex, "text": text})


async def _post(client: aiohttp.ClientSession, url: str, body: Mapping[str, str]) -> bytes:
    async with client.post(url, json=body) as response:
        response.raise_for_status()
        return await response.read()


def _held(stand: Stand, seconds: float) -> dict[str, float]:
    """Return the rates of one and of two workers that run a third of the time, not at once: the rest has the processors.

    On two processors a second worker gets no second pair. Slowed down alike, workers meet nothing but what they share:
    PostgreSQL, its locks, Redis, nginx and the client.
    """
    found = {}
    for key, count in ((ONE, 1), (TWO, 2)):
        with _slowed([w.processes()[0] for w in stand.scale.workers[:count]]):
            burst = closed_loop(stand.urls[key], from_turn(load_questions(), 1), _HELD_CLIENTS, seconds)
            found[key] = _r(asyncio.run(burst).rate)
            say(f"{NAMES[key]}, a third of the time: {found[key]:.1f}/s")
    return found


@contextmanager
def _slowed(pids: Sequence[int]) -> Iterator[None]:
    """Let each process run for its share of every period, one after the other."""
    ending = threading.Event()

    def turns() -> None:
        while not ending.is_set():
            left = _PERIOD
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
                time.sleep(_PERIOD * _SHARE)
                os.kill(pid, signal.SIGSTOP)
                left -= _PERIOD * _SHARE
            time.sleep(left)

    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    thread = threading.Thread(target=turns)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _stored(stand: Stand, rows: Mapping[str, Row]) -> dict[str, float]:
    """Return bytes, rows and commits a message in PostgreSQL, indexes included, and bytes of its log."""
    query = stand.scale.postgres.query
    events, messages, count, page, written = (
        float(n)
        for n in query(
            "SELECT pg_total_relation_size('events'), pg_total_relation_size('web.messages'),"
            " (SELECT count(*) FROM events), (SELECT count(*) FROM web.messages),"
            " (SELECT count(*) FROM events WHERE type_name = 'user')"
        ).split("|")
    )
    before = query("SELECT pg_current_wal_lsn()")
    commits = float(query("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"))
    load = asyncio.run(closed_loop(stand.urls[ONE], from_turn(load_questions(), 2), 1, 6.0))
    _until(lambda: query("SELECT count(*) FROM spool") == "0")
    # The statistics are told a second later.
    time.sleep(1.5)
    log = float(query(f"SELECT pg_current_wal_lsn() - '{before}'::pg_lsn"))
    commits = float(query("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")) - commits
    return {
        "events_a_message": _r(count / written),
        "bytes_a_message": _r(events / written, 0),
        "bytes_a_message_page": _r(messages / max(page, 1), 0),
        "log_bytes_a_message": _r(log / max(load.messages, 1), 0),
        "commits_a_message": _r(commits / max(load.messages, 1)),
    }


def _relayed(stand: Stand) -> float:
    """Return how many events a second go to RabbitMQ while many wait."""
    query = stand.scale.postgres.query
    query(
        "WITH new AS (INSERT INTO events (sender_id, type_name, timestamp, intent_name, action_name, data)"
        " SELECT 'relayed-' || n % 200, type_name, timestamp, intent_name, action_name, data"
        f" FROM (SELECT *, row_number() OVER () AS n FROM events LIMIT {_RELAYED}) AS copied"
        " RETURNING id) INSERT INTO spool SELECT id FROM new"
    )
    began = time.monotonic()
    count = int(query("SELECT count(*) FROM spool"))
    _until(lambda: query("SELECT count(*) FROM spool") == "0", 120.0)
    return count / (time.monotonic() - began)


async def _commits(url: str) -> float:
    """Return how many transactions a second this disk takes from 16 connections, each of which waits for its own."""
    # Imported here: its package is one of `make setup-scale`, which the other commands do without.
    import psycopg

    count, until = 0, time.monotonic() + 3.0

    async def commit() -> None:
        nonlocal count
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            while time.monotonic() < until:
                await connection.execute("INSERT INTO bench_commits VALUES (1)")
                count += 1

    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("CREATE TABLE bench_commits (n INT)")
        began = time.monotonic()
        await asyncio.gather(*(commit() for _ in range(16)))
        seconds = time.monotonic() - began
        await connection.execute("DROP TABLE bench_commits")
    return count / seconds


def _wire(stand: Stand, effort: Effort) -> dict[str, dict[str, dict[str, float]]]:
    """Return what a message costs on the lines to PostgreSQL and Redis, over REST and over the page's API.

    The counts are medians: while one in a hundred messages is answered, the worker also asks for leases, which others hold.
    """
    scale, found = stand.scale, {}
    assert scale.redis
    with Wire(scale.postgres.port, PostgresReader) as postgres, Wire(scale.redis.port, RedisReader) as redis:
        settings = {
            **scale.settings,
            "DATABASE_URL": postgres.url(scale.postgres.url),
            "REDIS_URL": redis.url(scale.redis.url),
        }
        with Worker(scale.folder / "worker-counted", settings) as worker:
            assert isinstance(worker, Worker)
            asyncio.run(_warm_up(worker.url, load_questions(), effort.warm_up))
            for name, page in (("REST", False), ("page", True)):
                asyncio.run(_counted({}, worker.url, page, TURNS))
                counted = asyncio.run(_counted({"PostgreSQL": postgres, "Redis": redis}, worker.url, page, effort.counted))
                found[name] = {engine: _medians(traffic) for engine, traffic in counted.items()}
    return found


async def _counted(wires: Mapping[str, Wire], url: str, page: bool, messages: int) -> dict[str, list[Traffic]]:
    """Ask one message after the other; returns what went over each line for each, from its coming to its answer."""
    found: dict[str, list[Traffic]] = {name: [] for name in wires}
    questions, who = from_turn(load_questions(), 4), ""
    async with session(1) as client:
        for number in range(messages):
            if number % TURNS == 0:
                who = await _token(client, url) if page else uuid.uuid4().hex
            before = {name: wire.traffic.copy() for name, wire in wires.items()}
            await (_say if page else ask)(client, url, who, next(questions))
            for name, wire in wires.items():
                found[name].append(wire.traffic.since(before[name]))
    return found


def _medians(traffic: Sequence[Traffic]) -> dict[str, float]:
    every = [asdict(t) for t in traffic]
    return {what: _r(np.median([t[what] for t in every])) for what in every[0]}


def _native(count: int) -> dict[str, list[float]]:
    """Return the milliseconds of reading, and of the encoders within, of questions that are read one after the other."""
    command = [sys.executable, "-m", "tools.bench.native", str(count)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)
    pairs = np.array(json.loads(done.stdout.splitlines()[-1])["read_native"])
    return {"read": pairs[:, 0].round(2).tolist(), "encoders": pairs[:, 1].round(2).tolist()}


def _until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise RunError("the engines are not at rest after half a minute.")
        time.sleep(0.2)


def _r(number: float, digits: int = 2) -> float:
    return round(float(number), digits)


def promises(figures: Mapping[str, Any]) -> list[tuple[str, float, str, float]]:
    """Return what the workers promise: what, measured, `at most` or `at least`, limit."""
    rows, wire, held = figures["rows"], figures["wire"], figures["held"]
    p50 = {key: row["p50_one"] for key, row in rows.items()}
    spent = {key: sum(ms for part, ms in rows[key]["cpu"].items() if part != "client") for key in (ONE, TWO)}
    return [
        ("p50 of one worker, without nginx, against the embedded process", p50[DIRECT] / p50[EMBEDDED], "at most", 1.6),
        ("the same with nginx", p50[ONE] / p50[EMBEDDED], "at most", 1.6),
        *(
            (f"round trips to {engine} a message, {name}", wire[name][engine]["round_trips"], "at most", limit)
            for name in ("REST", "page")
            for engine, limit in (("PostgreSQL", 3.0), ("Redis", 2.0))
        ),
        ("rate of two workers against one, both held to a third of the time", held[TWO] / held[ONE], "at least", 1.6),
        ("the same, unheld, on these processors", rows[TWO]["rate"] / rows[ONE]["rate"], "at least", 1.6),
        ("processor time a message without the client, two workers against one", spent[TWO] / spent[ONE], "at most", 1.25),
    ]


def tables(figures: Mapping[str, Any]) -> str:
    """Return all that was measured in Markdown."""
    rows = figures["rows"]
    parts = ["workers", "PostgreSQL", "Redis", "RabbitMQ", "nginx", "client"]
    speed = [
        [NAMES[key], *(f"{r[f]:.1f}" for f in ("p50_one", "p99_one", "rate", "p50", "p99")), f"{r['errors']}"]
        for key, r in rows.items()
    ]
    cpu = [
        [NAMES[key], *(f"{r['cpu'][p]:.1f}" if p in r["cpu"] else "–" for p in parts), f"{1000 / sum(r['cpu'].values()):.0f}"]
        for key, r in rows.items()
    ]
    wire = [
        [name, engine, *(f"{t[f]:.1f}" for f in ("round_trips", "statements")), *(f"{t[f]:,.0f}" for f in ("sent", "received"))]
        for name, engines in figures["wire"].items()
        for engine, t in engines.items()
    ]
    kept = [
        [what, f"{bound} {limit:g}", f"{value:.2f}", "yes" if (value <= limit) == (bound == "at most") else "**no**"]
        for what, value, bound, limit in promises(figures)
    ]
    return "\n\n".join(
        [
            f"{figures['date']}, {figures['cores']} processors; p50 and p99 in milliseconds.",
            table(["promised", "", "measured", "kept"], kept),
            table(
                ["", "p50, 1 client", "p99, 1 client", f"messages/s, {CLIENTS} clients", "p50", "p99", "errors"],
                speed,
            ),
            f"Processor milliseconds a message by part, {CLIENTS} clients, and messages that a processor does in a second:",
            table(["", *parts, "messages/processor s"], cpu),
            "On the line to each engine, a message:",
            table(["over", "to", "round trips", "statements", "bytes sent", "bytes received"], wire),
        ]
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])
