"""Ordinary messages for a long time: does the bot hold more and more?"""

from __future__ import annotations

import asyncio
import itertools
import json
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from bot.run.build import say
from tools.bench.load import load_questions, session
from tools.bench.process import memory_mb
from tools.bench.systems import BENCH, Ours

_MOST_GROWTH = 0.05


def soak(messages: int, clients: int = 4) -> int:
    """Start a bot, send it ordinary messages over REST and web, and tell whether its memory grew; returns an exit status."""
    ours = Ours()
    ours.update()
    try:
        ours.start()
        grown, failed = asyncio.run(_soaked(ours, messages, clients))
    finally:
        ours.stop()
    first, last = grown[max(1, len(grown) // 10)][1], grown[-1][1]
    (BENCH / "soak.json").write_text(json.dumps(grown))
    growth = last / first - 1
    after, until = grown[max(1, len(grown) // 10)][0], grown[-1][0]
    memory = f"memory after {after:,} messages {first:.0f} MB, after {until:,} {last:.0f} MB"
    say(f"{memory}: {growth:+.1%} (at most {_MOST_GROWTH:.0%})")
    if failed:
        say(f"not answered: {', '.join(f'{n:,} with status {s}' for s, n in failed.items())}")
    return 0 if growth <= _MOST_GROWTH and not failed else 1


async def _soaked(ours: Ours, messages: int, clients: int) -> tuple[list[tuple[int, float]], Counter[str]]:
    questions = itertools.cycle(load_questions())
    sent = itertools.count()
    step = max(50, messages // 50)
    grown: list[tuple[int, float]] = [(0, memory_mb(ours.pids))]
    failed: Counter[str] = Counter()

    async def rest(client: aiohttp.ClientSession) -> Callable[[str], Awaitable[int]]:
        sender = uuid.uuid4().hex
        return lambda text: _status(client, f"{ours.url}/webhooks/rest/webhook", {"sender": sender, "message": text})

    async def web(client: aiohttp.ClientSession) -> Callable[[str], Awaitable[int]]:
        token = await _web_token(client, ours.url)
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
    return grown, failed


async def _status(client: aiohttp.ClientSession, url: str, body: dict[str, str]) -> int:
    async with client.post(url, json=body) as response:
        answer = await response.read()
        # A failure inside is told in words, and is none the better for it.
        return 0 if b'"outcome":"error"' in answer.replace(b'": "', b'":"') else response.status


async def _web_token(client: aiohttp.ClientSession, url: str) -> str:
    async with client.post(f"{url}/api/session", json={}) as response:
        return str((await response.json())["token"])
