"""Sends generated requests to a running bot and judges what comes back."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bot.run.process import free_port
from tests.fuzz.calls import PEOPLE, Call, Target, calls
from tests.fuzz.judge import Findings, judged
from tests.telegram.double import TOKEN, BotApiDouble, Person
from tools.bench.load import session

BATCH = 24
_AT_ONCE = 8
# So long a bot may be busy after the last request: Telegram takes only so many messages a second.
_CALM_SECONDS = 120.0


@contextmanager
def telegram() -> Iterator[tuple[BotApiDouble, dict[str, str]]]:
    """Open a Telegram for a bot; yields it and what the bot needs to know."""
    port = free_port()
    with BotApiDouble() as double:
        for person in PEOPLE:
            double.chat(person)
            double.chat(-person, "group")
        variables = {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": double.url,
            "TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}/hook",
            "TELEGRAM_WEBHOOK_LISTEN": f"127.0.0.1:{port}",
        }
        yield double, variables


def run(url: str, double: BotApiDouble | None, examples: int, number: int = 0, seconds: float = float("inf")) -> Findings:
    """Send batches of generated requests.

    Args:
        url: Of the running bot.
        double: The Telegram it is connected to, with its webhook set; without one there is no Telegram.
        examples: Batches of `BATCH` requests.
        number: Seed; 0 for another each time.
        seconds: No new batch after so long.
    """
    findings = Findings()
    loop = asyncio.new_event_loop()
    client = loop.run_until_complete(_client())
    started = time.monotonic()
    hook = double.wait_for(lambda: double.webhook.get("secret") and double.webhook) if double else {}
    try:
        token = loop.run_until_complete(_web_token(client, url))
        target = Target(url, token, str(hook.get("url", "")), str(hook.get("secret", "")))

        @seed(number or random.randrange(2**32))
        @settings(
            max_examples=examples, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
        )
        @given(st.lists(calls(target), min_size=BATCH, max_size=BATCH))
        def batch(requests: list[Call]) -> None:
            if time.monotonic() - started < seconds:
                loop.run_until_complete(_all(_send(client, call, findings) for call in requests))

        batch()
    finally:
        loop.run_until_complete(client.close())
        loop.close()
    return findings


def calm(double: BotApiDouble) -> list[str]:
    """Wait until the bot has said over Telegram what it has to say; then somebody new must be answered."""
    until = time.monotonic() + _CALM_SECONDS
    count = -1
    while count != len(double.sent) and time.monotonic() < until:
        count = len(double.sent)
        time.sleep(3.0)
    if count != len(double.sent):
        return [f"still busy {_CALM_SECONDS:.0f} s after the last request"]
    try:
        last = Person(double, PEOPLE[-1] + 1).asks("When did Albania join NATO?")
    except AssertionError:
        return ["afterwards a question over Telegram got no answer"]
    return [] if last.spans("blockquote") else ["afterwards a question over Telegram got no quote"]


async def _client() -> aiohttp.ClientSession:
    return session(_AT_ONCE)


async def _all(work: Any) -> None:
    await asyncio.gather(*work)


async def _web_token(client: aiohttp.ClientSession, url: str) -> str:
    async with client.post(f"{url}/api/session", json={}) as response:
        return str((await response.json())["token"])


async def _send(client: aiohttp.ClientSession, call: Call, findings: Findings) -> None:
    findings.sent += 1
    sent = call.sent()
    try:
        async with client.request(call.method, call.url, data=sent or None, headers=dict(call.headers)) as response:
            status, body = response.status, await response.read()
    except aiohttp.InvalidURL:
        # No client can send that.
        return
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionResetError):
        # Refused while the body was on its way. A message, which is short, must be answered.
        findings.statuses[0] += 1
        if call.kind != "raw":
            findings.fault("the connection ended without a response", call)
        return
    except (aiohttp.ClientError, asyncio.TimeoutError) as error:
        findings.fault(f"no response ({type(error).__name__})", call)
        return
    findings.statuses[status] += 1
    if call.chat and status == 200:
        findings.chats[call.chat] += 1
    for fault in judged(call, status, body):
        findings.fault(fault, call)
