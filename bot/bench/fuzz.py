"""Generated messages and requests against a running bot: nothing may break, leak or obey.

`fuzz` and `soak` start a bot of their own; the test suite uses the same
strategies and checks with fewer messages.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sqlite3
import string
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bot.bench.load import load_questions, session
from bot.bench.process import memory_mb
from bot.bench.systems import BENCH, Ours
from bot.run.build import say

BATCH = 24
# What a bot that has just started may come to hold when it sees every kind of message: models, caches, pools.
_GROWTH_MB = 250
OUTCOMES = {"answered", "clarify", "declined", "smalltalk", "source", "topics", "restarted", "error"}
SLOTS = {"last_passage", "last_question", "given", "offered", "failures", "choosing", "session_started_metadata"}
_TRACES = ("Traceback (most recent", 'File "/', "site-packages", "sqlalchemy", "Sanic")
_PAYLOADS = (
    "/restart",
    "/session_start",
    "/back",
    '/ask_source{"last_passage": "x"}',
    '/start_over@1.0{"given": ["a"]}',
    "/ask_topics@0.2",
    "\u200b/restart",
    "\u202e/restart",
    "／restart",
    " \t\n/restart",
    "//restart",
    '/inform{"failures": 99}',
    "/utter_ask_source",
    "/action_start_over",
)
_STRINGS = (
    "{title}",
    "{0.__class__}",
    "%s%n%x",
    "'; DROP TABLE events; --",
    "<script>alert(1)</script>",
    "${7*7}",
    "{{7*7}}",
    "\x00",
    "\ufeff",
    "\ud800",
    "\U000e0001",
    "ﷺ" * 50,
    "a\u0300" * 200,
    "😀" * 300,
    "[Tirana](city)",
    '[x]{"entity": "y"}',
    "NaN",
    "null",
    "../../etc/passwd",
    "A" * 2_000,
    "A" * 2_001,
    "?" * 500,
    "and " * 300,
    "When did Albania join NATO? " * 60,
)


def texts() -> st.SearchStrategy[str]:
    """Return messages: real questions bent, payloads, known trouble, and any characters at all, lone surrogates too."""
    anything = st.text(st.characters(blacklist_categories=()), max_size=200)
    questions = st.sampled_from(load_questions())
    payloads = st.sampled_from(_PAYLOADS)
    joined = st.builds(lambda parts: " ".join(parts), st.lists(st.one_of(questions, payloads, anything), min_size=2, max_size=4))
    known = st.sampled_from(_STRINGS)
    cut = st.builds(lambda q, n: q[: n % (len(q) + 1)], questions, st.integers(0, 200))
    long = st.builds(lambda c, n: c * n, st.characters(blacklist_categories=()), st.integers(1_900, 2_100))
    named = st.builds(
        lambda n, v: f"/{n}{json.dumps({'last_passage': v})}", st.text(string.ascii_lowercase + "_", max_size=20), anything
    )
    return st.one_of(questions, payloads, known, anything, joined, cut, long, named)


def _json_values() -> st.SearchStrategy[Any]:
    leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts())
    return st.recursive(
        leaves, lambda v: st.one_of(st.lists(v, max_size=4), st.dictionaries(st.text(max_size=10), v, max_size=4)), max_leaves=12
    )


@dataclass(frozen=True)
class Call:
    """One request.

    Attributes:
        method: HTTP method.
        path: With the leading slash.
        body: What is sent.
        kind: `rest` or `web` for a message that must be answered by the contract; else `raw`.
        headers: More headers.
    """

    method: str
    path: str
    body: bytes = b""
    kind: str = "raw"
    headers: tuple[tuple[str, str], ...] = ()


def calls(token: str) -> st.SearchStrategy[Call]:
    """Return requests to every channel that listens; `token` is that of a web session."""
    senders = st.one_of(st.just(""), st.text(max_size=140), st.uuids().map(str))
    rest = st.builds(
        lambda t, s: _message("/webhooks/rest/webhook", {"sender": s or uuid.uuid4().hex, "message": t}, "rest"), texts(), senders
    )
    web = st.builds(lambda t: _message("/api/message", {"token": token, "text": t}, "web"), texts())
    options = st.builds(
        lambda o: _message("/api/message", {"token": token, "option": o}),
        st.one_of(texts(), st.sampled_from(("restart", "topics", "x/p1s1"))),
    )
    feedback = st.builds(
        lambda m, v, w: _message("/api/feedback", {"token": token, "message": m, "vote": v, "word": w}), texts(), texts(), texts()
    )
    paths = st.sampled_from(
        (
            "/webhooks/rest/webhook",
            "/api/session",
            "/api/message",
            "/api/feedback",
            "/api/conversation",
            "/api/history",
            "/api/start",
            "/",
        )
    )
    methods = st.sampled_from(("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"))
    objects = st.builds(
        lambda p, v: _message(p, v),
        paths,
        st.one_of(
            _json_values(),
            st.fixed_dictionaries(
                {},
                optional={
                    k: _json_values()
                    for k in ("sender", "message", "token", "text", "option", "key", "metadata", "input_channel")
                },
            ),
        ),
    )
    raw = st.builds(lambda m, p, b: Call(m, p, b), methods, paths, st.binary(max_size=400))
    deep = st.builds(lambda p, n: Call("POST", p, b"[" * n + b"]" * n), paths, st.integers(1, 12_000))
    huge = st.builds(lambda p, n: Call("POST", p, b'{"message": "' + b"x" * n + b'"}'), paths, st.integers(30_000, 70_000))
    lost = st.builds(lambda p: Call("GET", "/" + p), st.text(string.ascii_letters + string.digits + "/._-%", max_size=40))
    return st.one_of(rest, rest, rest, web, web, options, feedback, objects, raw, deep, huge, lost)


def _message(path: str, body: Any, kind: str = "raw") -> Call:
    # Escaped: a lone surrogate has no other way through JSON.
    return Call("POST", path, json.dumps(body).encode(), kind, (("Content-Type", "application/json"),))


@dataclass
class Findings:
    """What came back.

    Attributes:
        sent: Requests.
        statuses: How many of each status.
        faults: What must not be, in words, with the request; at most 50 are kept.
    """

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def fault(self, words: str, call: Call) -> None:
        """Note a fault."""
        if len(self.faults) < 50:
            self.faults.append(f"{words}: {call.method} {call.path} {call.body[:300]!r}")
            say(self.faults[-1])


async def send(client: aiohttp.ClientSession, url: str, call: Call, findings: Findings) -> None:
    """Send a request and judge its response."""
    findings.sent += 1
    try:
        async with client.request(call.method, url + call.path, data=call.body or None, headers=dict(call.headers)) as response:
            status, body = response.status, await response.read()
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:
        if not isinstance(
            error, (aiohttp.InvalidURL, aiohttp.ServerDisconnectedError, ConnectionResetError, aiohttp.ClientOSError)
        ):
            findings.fault(f"no response ({type(error).__name__})", call)
        return
    findings.statuses[status] += 1
    for fault in judged(call, status, body):
        findings.fault(fault, call)


def judged(call: Call, status: int, body: bytes) -> list[str]:
    """Return what is wrong with a response, in words."""
    found = []
    shown = body.decode("utf-8", "replace")
    if status >= 500:
        found.append(f"status {status}")
    # An answer may quote the message back to its writer, so only refusals are searched.
    if status >= 400 and any(trace in shown for trace in _TRACES):
        found.append("a trace of the inside")
    if status == 200 and call.kind in ("rest", "web"):
        try:
            told = json.loads(shown)
        except ValueError:
            return [*found, "no JSON"]
        customs = [m["custom"] for m in told if "custom" in m] if call.kind == "rest" else [told.get("custom")]
        if len(customs) != 1 or not isinstance(customs[0], dict) or customs[0].get("outcome") not in OUTCOMES:
            found.append("a reply against the contract")
    return found


def obeyed(database: Path) -> list[str]:
    """Return what stored conversations show of payloads that were obeyed, in words."""
    found = []
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as db:
        for (data,) in db.execute("SELECT data FROM events WHERE type_name = 'user'"):
            event = json.loads(data)
            if str(event.get("text") or "").startswith("/"):
                found.append(f"a slash reached Rasa: {event['text'][:80]!r}")
            if event.get("parse_data", {}).get("entities"):
                found.append(f"entities were set by a message: {str(event['text'])[:80]!r}")
        names = {row[0] for row in db.execute("SELECT DISTINCT action_name FROM events WHERE type_name = 'slot'")}
        found += [f"a slot that nobody knows was set: {n!r}" for n in sorted(names - SLOTS)]
        found += [
            f"Rasa's own `{n}` was run"
            for (n,) in db.execute(
                "SELECT DISTINCT action_name FROM events WHERE action_name IN ('action_restart', 'action_back')"
            )
        ]
    return found


def run(url: str, examples: int, number: int = 0, seconds: float = float("inf")) -> Findings:
    """Send batches of generated requests.

    Args:
        url: Of the running bot.
        examples: Batches of `BATCH` requests.
        number: Seed; 0 for another each time.
        seconds: No new batch after so long.
    """
    findings = Findings()
    loop = asyncio.new_event_loop()
    client = loop.run_until_complete(_client())
    started = time.monotonic()
    try:
        token = loop.run_until_complete(web_token(client, url))

        @seed(number or random.randrange(2**32))
        @settings(
            max_examples=examples, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
        )
        @given(st.lists(calls(token), min_size=BATCH, max_size=BATCH))
        def batch(requests: list[Call]) -> None:
            if time.monotonic() - started < seconds:
                loop.run_until_complete(_all(send(client, url, call, findings) for call in requests))

        batch()
    finally:
        loop.run_until_complete(client.close())
        loop.close()
    return findings


async def _client() -> aiohttp.ClientSession:
    return session(8)


async def _all(work: Any) -> None:
    await asyncio.gather(*work)


async def web_token(client: aiohttp.ClientSession, url: str) -> str:
    """Return the token of a new web session."""
    async with client.post(f"{url}/api/session", json={}) as response:
        return str((await response.json()).get("token", ""))


def fuzz(messages: int, number: int = 0) -> int:
    """Start a bot, send it generated messages, and say what was wrong; returns an exit status."""
    ours = Ours()
    ours.update()
    number = number or random.randrange(1, 2**32)
    say(f"{messages:,} requests, seed {number}")
    try:
        ours.start()
        started = time.monotonic()
        findings = Findings()
        before = memory_mb(ours.pids)
        total = 0
        for part in itertools.count(1):
            one = run(ours.url, max(1, min(50, (messages - total) // BATCH + 1)), number + part)
            total += one.sent
            findings.statuses += one.statuses
            findings.faults += one.faults
            say(f"{total:,} requests, {total / (time.monotonic() - started):.0f}/s, {len(findings.faults)} faults")
            if total >= messages or not one.sent:
                break
        after = memory_mb(ours.pids)
        say(f"memory {before:.0f} MB before, {after:.0f} MB after")
        if after > before + _GROWTH_MB:
            findings.faults.append(f"memory grew from {before:.0f} to {after:.0f} MB (at most {_GROWTH_MB} MB more)")
        findings.faults += obeyed(ours.state / "tracker.db")
        findings.faults += logged(ours.state / "log")
        alive = run(ours.url, 1, 1)
        findings.faults += alive.faults
    finally:
        ours.stop()
    say(f"{total:,} requests: " + ", ".join(f"{n:,} x {s}" for s, n in sorted(findings.statuses.items())))
    say("\n".join(findings.faults) or "no faults")
    return 1 if findings.faults else 0


def logged(folder: Path) -> list[str]:
    """Return the errors that the logs of a run show, each once, in words."""
    found: Counter[str] = Counter()
    for log in sorted(folder.glob("*.log")):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if "Traceback (most recent" in line or '"level": "error"' in line or " ERROR " in line:
                found[f"{log.name}: {line[:200]}"] += 1
    return [f"{words} ({count} times)" for words, count in found.most_common(20)]


def soak(messages: int, clients: int = 4) -> int:
    """Start a bot, send it ordinary messages over REST and web, and tell whether its memory grew; returns an exit status."""
    ours = Ours()
    ours.update()
    try:
        ours.start()
        grown = asyncio.run(_soaked(ours, messages, clients))
    finally:
        ours.stop()
    first, last = grown[max(1, len(grown) // 10)][1], grown[-1][1]
    (BENCH / "soak.json").write_text(json.dumps(grown))
    growth = last / first - 1
    after, until = grown[max(1, len(grown) // 10)][0], grown[-1][0]
    say(f"memory after {after:,} messages {first:.0f} MB, after {until:,} {last:.0f} MB: {growth:+.1%} (at most 5 %)")
    return 0 if growth <= 0.05 else 1


async def _soaked(ours: Ours, messages: int, clients: int) -> list[tuple[int, float]]:
    questions = itertools.cycle(load_questions())
    sent = itertools.count()
    step = max(50, messages // 50)
    grown: list[tuple[int, float]] = [(0, memory_mb(ours.pids))]
    failed: Counter[str] = Counter()

    async def rest(client: aiohttp.ClientSession) -> Callable[[str], Awaitable[int]]:
        sender = uuid.uuid4().hex
        return lambda text: _status(client, f"{ours.url}/webhooks/rest/webhook", {"sender": sender, "message": text})

    async def web(client: aiohttp.ClientSession) -> Callable[[str], Awaitable[int]]:
        token = await web_token(client, ours.url)
        return lambda text: _status(client, f"{ours.url}/api/message", {"token": token, "text": text})

    async def visitor(client: aiohttp.ClientSession, channel: Callable[[aiohttp.ClientSession], Awaitable[Any]]) -> None:
        ask = await channel(client)
        for turn in itertools.count(1):
            number = next(sent)
            if number >= messages:
                return
            status = await ask(next(questions))
            if status != 200:
                failed[str(status)] += 1
            if turn % 10 == 0:
                ask = await channel(client)
            if number and number % step == 0:
                grown.append((number, memory_mb(ours.pids)))
                say(f"{number:,} messages, {grown[-1][1]:.0f} MB, failed {dict(failed)}")

    async with session(clients) as client:
        await asyncio.gather(*(visitor(client, (rest, web)[n % 2]) for n in range(clients)))
    grown.append((messages, memory_mb(ours.pids)))
    return grown


async def _status(client: aiohttp.ClientSession, url: str, body: dict[str, str]) -> int:
    async with client.post(url, json=body) as response:
        await response.read()
        return response.status
