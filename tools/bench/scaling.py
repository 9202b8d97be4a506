"""How the cost of a message grows with the passages of a statement and with the length of a conversation."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.errors import ROOT
from bot.run import build
from bot.run.build import RunError, say
from tools.bench import statements
from tools.bench.load import ask, load_questions, session
from tools.bench.systems import BENCH, Ours

PASSAGES = (22, 200, 2_000)
EVENTS = (10, 100, 1_000)
_COPIED = (
    "bot",
    "actions",
    "tools/__init__.py",
    "tools/bench",
    "data/language",
    "data/bank/off_topic.yml",
    "config.yml",
    "endpoints.yml",
    "credentials.yml",
)
_ASKED = 200
# What does not train in this time or memory does not train on the small machine that the bot is meant for.
_TRAIN_SECONDS = 900
_TRAIN_BYTES = 12 * 2**30


@dataclass
class Grown:
    """The cost at one size.

    Attributes:
        size: Passages or events.
        milliseconds: One a message.
        training_seconds: What training took; passages only.
        memory_mb: Peak of resident memory; passages only.
        failure: Why there is no figure; else empty.
    """

    size: int
    milliseconds: list[float] = field(default_factory=list)
    training_seconds: float = 0.0
    memory_mb: float = 0.0
    failure: str = ""

    @property
    def p50(self) -> float:
        """Return the median in milliseconds."""
        return statistics.median(self.milliseconds) if self.milliseconds else float("nan")


def with_passages(sizes: Sequence[int] = PASSAGES, rounds: int = 3) -> list[Grown]:
    """Generate, train and ask projects with made-up statements; interleaved, in processes of their own.

    Args:
        sizes: Numbers of passages.
        rounds: Times that each is asked all questions.
    """
    grown: dict[int, Grown] = {}
    for size in sizes:
        project = BENCH / f"passages-{size}"
        grown[size] = Grown(size)
        try:
            grown[size].training_seconds = _made(project, size)
        except (RunError, subprocess.TimeoutExpired) as error:
            grown[size].failure = str(error).splitlines()[0]
            say(f"{size} passages: {grown[size].failure}")
    for _ in range(rounds):
        for size, one in grown.items():
            if one.failure:
                continue
            project = BENCH / f"passages-{size}"
            answer = _run([sys.executable, "-W", "ignore", "-m", "tools.bench.inside", "questions.txt"], project, 600)
            told: dict[str, Any] = json.loads(answer.splitlines()[-1])
            one.milliseconds += told["milliseconds"]
            one.memory_mb = max(one.memory_mb, told["memory_mb"])
            say(f"{size} passages: p50 {statistics.median(told['milliseconds']):.2f} ms, {told['memory_mb']:.0f} MB")
    return list(grown.values())


def _made(project: Path, size: int) -> float:
    """Copy the code beside a made-up statement, train, and return the seconds of training."""
    # A copy, since the code takes the folder that it lies in for the project.
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir(parents=True)
    for place in _COPIED:
        source, target = ROOT / place, project / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        elif source.is_file():
            shutil.copy(source, target)
    questions = statements.write(project / "seeds", size)
    asked = statements.asked(questions, _ASKED)
    (project / "questions.txt").write_text("\n".join(asked) + "\n", encoding="utf-8")
    say(f"{size} passages: generating and training ...")
    _run([sys.executable, "-W", "ignore", "-m", "bot.generate"], project, _TRAIN_SECONDS)
    started = time.monotonic()
    _run([sys.executable, "-m", "rasa", "train", "--force", "--fixed-model-name", "scale"], project, _TRAIN_SECONDS)
    return time.monotonic() - started


def _run(command: list[str], folder: Path, seconds: float) -> str:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (_TRAIN_BYTES, _TRAIN_BYTES))

    environment = build.environment(RASA_CACHE_DIRECTORY=str(folder / ".rasa"))
    log = folder / "bench.log"
    with log.open("ab") as out:
        ended = subprocess.run(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=out, timeout=seconds, preexec_fn=limited
        )
    if ended.returncode != 0:
        last = [line for line in build.tail(log, 3).splitlines() if line.strip()]
        raise RunError(f"`{' '.join(command[2:5])}` failed (status {ended.returncode}): {last[-1] if last else 'no word of why'}")
    return ended.stdout.decode()


def with_events(ours: Ours, sizes: Sequence[int] = EVENTS, senders: int = 6, turns: int = 60) -> list[Grown]:
    """Ask a running bot in conversations of different lengths, in turn.

    Args:
        ours: Started; its conversations are looked at in its own database.
        sizes: Events that the conversations hold when they are measured.
        senders: Conversations of each length.
        turns: Measured messages of each length.
    """
    return asyncio.run(_with_events(ours.url, ours.state / "tracker.db", sizes, senders, turns))


async def _with_events(url: str, database: Path, sizes: Sequence[int], senders: int, turns: int) -> list[Grown]:
    questions = load_questions()
    grown = {size: Grown(size) for size in sizes}
    asked = 0
    async with session(1) as client:
        # More conversations of the short kinds: a few more messages would make them long.
        rooms = {size: [f"length-{size}-{i}" for i in range(_rooms(size, senders, turns))] for size in sizes}
        for size in sizes:
            for sender in rooms[size]:
                while events(database, sender) < size:
                    await ask(client, url, sender, questions[asked % len(questions)])
                    asked += 1
            say(f"{len(rooms[size])} conversations of {size} events are there")
        for turn in range(turns):
            for size in sizes:
                started = time.perf_counter()
                await ask(client, url, rooms[size][turn % len(rooms[size])], questions[turn % len(questions)])
                grown[size].milliseconds.append((time.perf_counter() - started) * 1000)
    return list(grown.values())


def _rooms(size: int, senders: int, turns: int) -> int:
    """Return how many conversations share the measured turns, so that each grows by about a quarter at most."""
    events_a_turn = 12
    return max(senders, min(turns, 4 * turns * events_a_turn // size)) if size < 500 else senders


def events(database: Path, sender: str) -> int:
    """Return how many events of a conversation over REST are stored."""
    if not database.is_file():
        return 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as db:
        return int(db.execute("SELECT COUNT(*) FROM events WHERE sender_id = ?", (f"rest-{sender}",)).fetchone()[0])


def ratio(grown: Iterable[Grown]) -> float:
    """Return the largest size's median against the smallest's; not a number if one is missing."""
    ordered = sorted(grown, key=lambda g: g.size)
    return ordered[-1].p50 / ordered[0].p50 if len(ordered) > 1 else float("nan")


def cores() -> int:
    """Return the number of processors that may be used."""
    return len(os.sched_getaffinity(0))
