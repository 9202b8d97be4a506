"""A store that cannot be written while people talk: what they see, what is lost, and how long others wait."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import numpy as np

from bot.channels.gateway import apology
from bot.errors import ROOT
from bot.run.build import RunError, say, update
from bot.run.process import BotProcess, free_port
from tools.bench.load import from_turn, load_questions, session

CLIENTS = 8
# Of each fault: before, while and after it.
HEALTHY, BROKEN, BACK = 2.0, 6.0, 4.0
_OTHERS_EVERY = 0.05
_TRACKER = "tracker.db"

Fault = Callable[[BotProcess, Path], AbstractContextManager[None]]


@dataclass
class Seen:
    """What came of one fault.

    Attributes:
        answered: Messages with an answer, by sender.
        told: Seconds until somebody was told that nothing is saved.
        otherwise: Messages with no reply, or one that is neither.
        others: Seconds of each request of somebody who needs no store.
        ready: Status of `/readyz` during the fault and after it.
        stored: Messages in the database, by sender.
    """

    answered: dict[str, int] = field(default_factory=dict)
    told: list[float] = field(default_factory=list)
    otherwise: int = 0
    others: list[float] = field(default_factory=list)
    ready: list[int] = field(default_factory=list)
    stored: dict[str, int] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """Return how many answered messages are not stored."""
        return sum(max(0, count - self.stored.get(sender, 0)) for sender, count in self.answered.items())

    @property
    def kept_untold(self) -> int:
        """Return how many messages are stored of which people were told that they are not."""
        return sum(max(0, count - self.answered.get(sender, 0)) for sender, count in self.stored.items())

    def row(self, name: str) -> str:
        """Return a row of the table."""
        told = f"{np.median(self.told):.1f} / {max(self.told):.1f}" if self.told else "–"
        ready = " → ".join(map(str, self.ready))
        return (
            f"| {name} | {sum(self.answered.values())} | {len(self.told)} | {told} | {self.otherwise} | {self.lost} |"
            f" {self.kept_untold} | {max(self.others):.2f} | {ready} |"
        )


@contextmanager
def locked(_: BotProcess, folder: Path) -> Iterator[None]:
    """Hold the database with another connection."""
    with closing(sqlite3.connect(folder / _TRACKER, isolation_level=None, timeout=10)) as db:
        db.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def without_room(unit: BotProcess) -> Iterator[None]:
    """Let no file of the process grow: the system refuses the write, as on a full disk."""
    assert unit.pid
    before = resource.prlimit(unit.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(unit.pid, resource.RLIMIT_FSIZE, (1024, before[1]))
    try:
        yield
    finally:
        resource.prlimit(unit.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def full(unit: BotProcess, folder: Path) -> Iterator[None]:
    """Fill the disk; where it is not a small one of its own, let the process's files grow no more."""
    if os.path.ismount(folder):
        ballast = folder / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        try:
            yield
        finally:
            ballast.unlink()
        return
    with without_room(unit):
        yield


@contextmanager
def read_only(_: BotProcess, folder: Path) -> Iterator[None]:
    """Make folder, database and log unchangeable, for root too.

    Raises:
        RunError: Where neither rights nor the attribute of the file system do that.
    """
    places = [str(p) for p in (folder / _TRACKER, folder / f"{_TRACKER}-wal", folder) if p.exists()]
    if subprocess.run(["chattr", "+i", *places], capture_output=True).returncode:
        raise RunError("the file system has no attribute `immutable`, or only root may set it.")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *reversed(places)], check=True)


FAULTS: dict[str, Fault] = {"locked": locked, "full disk": full, "read-only": read_only}


def store() -> str:
    """Put a running bot through every fault under `CLIENTS` clients; returns the table."""
    update()
    rows = []
    for name, fault in FAULTS.items():
        with _folder(small=fault is full) as folder:
            log = folder / "log"
            # The log of the process lies elsewhere: it is not what is to fail.
            elsewhere = Path(tempfile.mkdtemp())
            log.symlink_to(elsewhere)
            try:
                with BotProcess(free_port(), var=folder, TELEGRAM_BOT_TOKEN="") as unit:
                    unit.start()
                    rows.append(asyncio.run(_through(unit, folder, fault)).row(name))
                    say(rows[-1])
            except RunError as error:
                rows.append(f"| {name} | not tried: {error} |")
            finally:
                shutil.rmtree(elsewhere, ignore_errors=True)
    head = "| store | answered | told in words | told after, s (median / longest) | otherwise | answered but lost |"
    head += " told but stored | longest wait of others, s | /readyz |"
    return "\n".join([head, "| --- " * head.count(" |") + "|", *rows])


@contextmanager
def _folder(small: bool) -> Iterator[Path]:
    """Make a folder for what the bot keeps; a small one is a disk of its own where one may be mounted."""
    parent = ROOT / "var" / "bench"
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="store-", dir=parent))
    # Large enough for the write-ahead log, which grows to 4 MB before it is folded in.
    command = ["mount", "-t", "tmpfs", "-o", "size=32m", "none", str(folder)]
    mounted = small and shutil.which("mount") is not None and subprocess.run(command, capture_output=True).returncode == 0
    try:
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)
        shutil.rmtree(folder, ignore_errors=True)


async def _through(unit: BotProcess, folder: Path, fault: Fault) -> Seen:
    seen, until = Seen(), time.monotonic() + HEALTHY + BROKEN + BACK
    url = f"http://127.0.0.1:{unit.port}"
    questions, words = from_turn(load_questions(), 1), apology("not_saved").lead

    async def visitor(client: aiohttp.ClientSession) -> None:
        sender = uuid.uuid4().hex
        while time.monotonic() < until:
            started = time.monotonic()
            try:
                body = {"sender": sender, "message": next(questions)}
                async with client.post(f"{url}/webhooks/rest/webhook", json=body) as response:
                    said = [m["custom"]["outcome"] if "custom" in m else m["text"] for m in await response.json()]
            except (OSError, asyncio.TimeoutError, aiohttp.ClientError, ValueError, KeyError):
                seen.otherwise += 1
                continue
            if words in said:
                seen.told.append(time.monotonic() - started)
            elif "error" in said:
                seen.otherwise += 1
            else:
                seen.answered[sender] = seen.answered.get(sender, 0) + 1
            # People read before they go on.
            await asyncio.sleep(0.2)

    async def others(client: aiohttp.ClientSession) -> None:
        while time.monotonic() < until:
            started = time.monotonic()
            async with client.get(f"{url}/reader") as response:
                await response.read()
            seen.others.append(time.monotonic() - started)
            await asyncio.sleep(_OTHERS_EVERY)

    async def break_it(client: aiohttp.ClientSession) -> None:
        await asyncio.sleep(HEALTHY)
        with fault(unit, folder):
            broken = asyncio.create_task(_ready(client, url))
            await asyncio.sleep(BROKEN)
            seen.ready.append(await broken)
        # `/readyz` repeats its last result for five seconds; then it is asked again.
        await asyncio.sleep(BACK)

    async with session(CLIENTS + 2) as client:
        await asyncio.gather(others(client), break_it(client), *(visitor(client) for _ in range(CLIENTS)))
        await asyncio.sleep(2.0)
        seen.ready.append(await _ready(client, url))
    with closing(sqlite3.connect(f"file:{folder / _TRACKER}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT sender_id, COUNT(*) FROM events WHERE type_name = 'user' GROUP BY sender_id").fetchall()
    seen.stored = {sender.removeprefix("rest-"): count for sender, count in rows if sender.removeprefix("rest-") in seen.answered}
    return seen


async def _ready(client: aiohttp.ClientSession, url: str) -> int:
    async with client.get(f"{url}/readyz") as response:
        return response.status
