"""Drive a bot over its REST channel: closed loop (clients that wait) and open loop (fixed arrivals)."""

from __future__ import annotations

import asyncio
import csv
import itertools
import random
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import aiohttp
import numpy as np

from bot.errors import ROOT, InputError

HELD_OUT = ROOT / "tests" / "held_out"
TIMEOUT = 30.0
# A visitor asks a few questions and leaves; then comes the next.
TURNS = 10
_MOST_WAITING = 400


@dataclass
class Load:
    """What came of one burst of messages.

    Attributes:
        seconds: How long it took.
        latencies: Seconds of each answered message; in an open loop counted
            from when it was due, not from when it could be sent.
        errors: Messages with no answer or another status than 200.
        empty: Answers with no message in them.
        cpu: Processor seconds of the bot's processes.
        others: Processor seconds that everything else on the machine took,
            the client of this load included.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    empty: int = 0
    cpu: float = 0.0
    others: float = 0.0

    def add(self, other: Load) -> None:
        """Take another burst in."""
        self.seconds += other.seconds
        self.latencies += other.latencies
        self.errors += other.errors
        self.empty += other.empty
        self.cpu += other.cpu
        self.others += other.others

    @property
    def messages(self) -> int:
        """Return the number of answered messages."""
        return len(self.latencies)

    @property
    def rate(self) -> float:
        """Return answered messages a second."""
        return self.messages / self.seconds if self.seconds else 0.0

    def milliseconds(self, percent: float) -> float:
        """Return a percentile of the latencies in milliseconds; not a number if nothing was answered."""
        return float(np.percentile(self.latencies, percent)) * 1000 if self.latencies else float("nan")

    @property
    def cpu_a_message(self) -> float:
        """Return the bot's processor milliseconds for each message."""
        return self.cpu * 1000 / self.messages if self.messages else float("nan")


def load_questions(seed: int = 7) -> list[str]:
    """Return the held-out questions in an order that is always the same.

    Raises:
        InputError: If there are none.
    """
    questions: list[str] = []
    for path in sorted(HELD_OUT.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            questions += [row[2].strip() for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if len(row) == 3]
    if not questions:
        raise InputError(HELD_OUT, "no questions to ask; put files of labelled questions there.")
    random.Random(seed).shuffle(questions)
    return questions


def from_turn(questions: list[str], turn: int) -> Iterator[str]:
    """Return the questions for ever, from another place each turn: equal for all systems in a turn."""
    start = turn * 97 % len(questions)
    return itertools.cycle(questions[start:] + questions[:start])


def session(clients: int) -> aiohttp.ClientSession:
    """Return an HTTP client for that many requests at once."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=max(clients, _MOST_WAITING)), timeout=aiohttp.ClientTimeout(total=TIMEOUT)
    )


async def ask(client: aiohttp.ClientSession, url: str, sender: str, text: str) -> bytes:
    """Send one message and return the body of the answer.

    Raises:
        OSError, asyncio.TimeoutError, aiohttp.ClientError: If there was no answer.
    """
    async with client.post(f"{url}/webhooks/rest/webhook", json={"sender": sender, "message": text}) as response:
        response.raise_for_status()
        body: bytes = await response.read()
    return body


async def closed_loop(url: str, questions: Iterator[str], clients: int, seconds: float) -> Load:
    """Let clients ask, wait for the answer and ask again, for a while."""
    load = Load()
    started = time.perf_counter()

    async def visitor(client: aiohttp.ClientSession) -> None:
        sender, turns = uuid.uuid4().hex, 0
        while time.perf_counter() - started < seconds:
            if turns == TURNS:
                sender, turns = uuid.uuid4().hex, 0
            turns += 1
            await _timed(load, client, url, sender, next(questions), time.perf_counter())

    async with session(clients) as client:
        await asyncio.gather(*(visitor(client) for _ in range(clients)))
    load.seconds = time.perf_counter() - started
    return load


async def open_loop(url: str, questions: Iterator[str], rate: float, seconds: float) -> Load:
    """Let messages arrive at a fixed rate, whether or not earlier ones are answered.

    Arrivals stop early when too many wait: the bot is then far past its limit,
    and the rest would only be timed out.
    """
    load = Load()
    waiting: set[asyncio.Task[None]] = set()
    started = time.perf_counter()
    senders = [uuid.uuid4().hex for _ in range(int(rate * seconds) // TURNS + 1)]
    async with session(_MOST_WAITING) as client:
        for number in range(int(rate * seconds)):
            due = started + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            # Messages of one visitor are far apart, so that none waits for his own last one.
            task = asyncio.create_task(_timed(load, client, url, senders[number % len(senders)], next(questions), due))
            waiting.add(task)
            task.add_done_callback(waiting.discard)
            if len(waiting) >= _MOST_WAITING:
                break
        if waiting:
            await asyncio.wait(list(waiting))
    load.seconds = time.perf_counter() - started
    return load


async def _timed(load: Load, client: aiohttp.ClientSession, url: str, sender: str, text: str, since: float) -> None:
    try:
        body = await ask(client, url, sender, text)
    except (OSError, asyncio.TimeoutError, aiohttp.ClientError):
        load.errors += 1
        return
    load.latencies.append(time.perf_counter() - since)
    # Not taken apart: the client shares the processors with the bot, and its own work would be measured too.
    load.empty += body.strip() in (b"", b"[]")
