"""What can happen to the parts of a running whole, done to it in the middle of a crowd, and what is to be seen of it."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import aio_pika
import psycopg

from bot.settings import RABBITMQ_QUEUE
from tests.scale.crowd import Crowd, Verdict, judge, unconfirmed
from tools.scale.part import Part
from tools.scale.scale import Scale
from tools.scale.workers import Worker

SETTINGS = {"WEB_RATE_SESSION": "100000/100000", "WEB_RATE_ADDRESS": "100000/1000000", "TELEGRAM_BOT_TOKEN": ""}
# The bound: after so long `/readyz` has noticed, and so long it may take to say so.
TRUE_SECONDS = 5.0
STOPPED_SECONDS = 20.0
# For everything to be well again, and for all events to be in RabbitMQ.
_MEND_SECONDS = 150.0
_CONFIRM_SECONDS = 60.0
_EVERY = 0.25
_TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'albania-nato-bot'"

Mend = Callable[[], None]


@dataclass(frozen=True)
class Fault:
    """Something that happens.

    Attributes:
        name: For people.
        seconds: How long it lasts.
        hurt: Makes it happen; returns what ends it.
        away: Workers that cannot answer meanwhile, of all; None if that depends, and the crowd's answers tell.
        degraded: What `/readyz` calls away meanwhile, although messages are answered.
        others: Whether other parts end too, until what they need is there.
    """

    name: str
    seconds: float
    hurt: Callable[[Scale], Mend]
    away: Callable[[Scale], Sequence[Worker]] | None = lambda _: ()
    degraded: str = ""
    others: bool = False


def killed(name: str, part: Callable[[Scale], Part], seconds: float, **more: object) -> Fault:
    """Return the fault that a part is killed with all its processes, and started again."""

    def hurt(scale: Scale) -> Mend:
        part(scale).kill()
        return part(scale).launch

    return Fault(f"{name} killed", seconds, hurt, **more)  # type: ignore[arg-type]


def stopped(name: str, part: Callable[[Scale], Part], seconds: float = STOPPED_SECONDS, **more: object) -> Fault:
    """Return the fault that a part hangs."""

    def hurt(scale: Scale) -> Mend:
        part(scale).pause()
        return part(scale).resume

    return Fault(f"{name} stopped for {seconds:.0f} s", seconds, hurt, **more)  # type: ignore[arg-type]


def everything_killed(scale: Scale) -> Mend:
    """Cut the power of all parts."""
    for pid in [pid for part in scale.parts for pid in part.processes()]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for part in scale.parts:
        part.kill()

    def mend() -> None:
        for part in scale.parts:
            part.launch()

    return mend


def connections_filled(theirs: bool) -> Callable[[Scale], Mend]:
    """Return what takes all connections that PostgreSQL gives, also those that become free meanwhile; the workers' own too."""

    def hurt(scale: Scale) -> Mend:
        ours: list[psycopg.Connection[tuple[object, ...]]] = []
        full, over = threading.Event(), threading.Event()

        def take() -> None:
            while not over.is_set():
                try:
                    ours.append(psycopg.connect(scale.postgres.url, connect_timeout=5, autocommit=True))
                except psycopg.Error:
                    full.set()
                    if theirs:
                        # By one that is in already; again, since the workers come back for what is free.
                        ours[0].execute(_TERMINATE)
                    over.wait(0.02)

        thread = threading.Thread(target=take)
        thread.start()
        full.wait()

        def mend() -> None:
            over.set()
            thread.join()
            for connection in ours:
                connection.close()

        return mend

    return hurt


def _every(scale: Scale) -> Sequence[Worker]:
    return scale.workers


def _first(scale: Scale) -> Worker:
    return scale.workers[0]


def _only_first(scale: Scale) -> Sequence[Worker]:
    return scale.workers[:1]


def _part(name: str) -> Callable[[Scale], Part]:
    return lambda scale: next(part for part in scale.parts if part.name == name)


FAULTS = (
    killed("worker", _first, 1.0, away=_only_first),
    killed("Redis", _part("Redis"), 3.0, degraded="redis"),
    # Longer, so that there is something to be noticed after `TRUE_SECONDS`.
    killed("PostgreSQL", _part("PostgreSQL"), 8.0, away=_every),
    killed("RabbitMQ", _part("RabbitMQ"), 3.0, degraded="rabbitmq"),
    killed("nginx", _part("nginx"), 3.0),
    stopped("worker", _first, away=_only_first),
    stopped("Redis", _part("Redis"), degraded="redis"),
    stopped("PostgreSQL", _part("PostgreSQL"), away=_every),
    stopped("RabbitMQ", _part("RabbitMQ"), degraded="rabbitmq"),
    stopped("nginx", _part("nginx")),
    Fault("PostgreSQL's connections filled", STOPPED_SECONDS, connections_filled(theirs=False), away=None),
    Fault("the workers' own connections taken too", STOPPED_SECONDS, connections_filled(theirs=True), away=None),
    Fault("everything killed at once", 3.0, everything_killed, away=_every, others=True),
)
# For CI: the worst of them, and shorter.
SHORT = (
    killed("worker", _first, 1.0, away=_only_first),
    stopped("PostgreSQL", _part("PostgreSQL"), 12.0, away=_every),
    Fault("everything killed at once", 3.0, everything_killed, away=_every, others=True),
)


@dataclass(frozen=True)
class Said:
    """What `/readyz` of a worker said: asked when, told when, status (0: nothing), and what is away without need."""

    asked: float
    told: float
    status: int
    degraded: tuple[str, ...]


class Watch:
    """Asks every worker's `/readyz` all the time, at its own port."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self.said: dict[Worker, list[Said]] = {worker: [] for worker in workers}
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(worker,)) for worker in workers]

    def __enter__(self) -> Watch:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def ready_since(self, moment: float) -> float | None:
        """Return when every worker had said that it is ready, asked after a moment; None while one has not."""
        first = [next((s.told for s in said if s.asked >= moment and s.status == 200), None) for said in self.said.values()]
        return None if None in first else max(t for t in first if t is not None)

    def _ask(self, worker: Worker) -> None:
        while not self._over.is_set():
            asked = time.monotonic()
            status, body = worker.readiness()
            self.said[worker].append(Said(asked, time.monotonic(), status, tuple(body.get("degraded", ()))))
            self._over.wait(_EVERY)


@dataclass
class Trial:
    """A crowd with a fault in its middle.

    Attributes:
        name: Of the fault.
        verdict: What became of the messages.
        answered_after: Seconds from the fault's end to the first answer through nginx; None if there was none.
        ready_after: Until every worker said that it is ready.
        untrue: What `/readyz` said that was not so, in words.
        events: Of the crowd in the store; then those of them that RabbitMQ never gave out, and those it gave out again.
        died: What ended although nobody had hurt it.
    """

    name: str
    verdict: Verdict
    answered_after: float | None
    ready_after: float | None
    untrue: list[str]
    events: tuple[int, int, int]
    died: list[str]

    @property
    def wrong(self) -> list[str]:
        """Return all that must not be, in words."""
        told = [*self.verdict.examples, *self.untrue, *(f"{name} ended by itself" for name in self.died)]
        if self.events[1]:
            told.append(f"{self.events[1]} of {self.events[0]} events did not reach RabbitMQ")
        if self.answered_after is None or self.ready_after is None:
            told.append("it did not recover by itself")
        return told


def attempt(scale: Scale, fault: Fault, messages: int, talks: int) -> Trial:
    """Let a crowd talk, and let something happen in the middle of it."""
    crowd = Crowd(scale.url, messages, talks, fault.seconds + 8.0)
    died: list[str] = []
    with Watch(scale.workers) as watch:
        while watch.ready_since(0.0) is None:
            time.sleep(_EVERY)
        try:
            crowd.start()
            crowd.half.wait()
            mend = fault.hurt(scale)
            began = time.monotonic()
            crowd.hurt()
            time.sleep(max(0.0, began + fault.seconds - time.monotonic()))
            ended = time.monotonic()
            mend()
            until = ended + _MEND_SECONDS
            while (ready := watch.ready_since(ended)) is None and time.monotonic() < until:
                time.sleep(1.0)
                died += [name for name in _relaunched(scale) if not fault.others]
        finally:
            crowd.mended()
            crowd.end()
    answers = [t for m in crowd.messages for t in m.tries if t.status == 200]
    return Trial(
        fault.name,
        judge(crowd, scale.postgres.url),
        min((t.ended - ended for t in answers if t.ended > ended), default=None),
        None if ready is None else ready - ended,
        _untrue(scale, fault, watch, crowd, began, ended),
        asyncio.run(_confirmed(scale, crowd)),
        died,
    )


def _relaunched(scale: Scale) -> list[str]:
    """Start again what ended, as systemd does, without waiting for it; returns the names."""
    found = []
    for part in scale.parts:
        if part.died():
            part.kill()
            part.launch()
            found.append(part.name)
    return found


def _untrue(scale: Scale, fault: Fault, watch: Watch, crowd: Crowd, began: float, ended: float) -> list[str]:
    """Return what `/readyz` said during the fault, once there was time to notice it, that was not so."""
    noticed = began + TRUE_SECONDS
    tries = [t for m in crowd.messages for t in m.tries if noticed < t.ended <= ended]
    away = fault.away(scale) if fault.away else scale.workers if all(t.status != 200 for t in tries) else ()
    some = fault.away is None and len({t.status == 200 for t in tries}) == 2
    # One that is hurt itself may say nothing.
    silent = away if fault.others or len(away) == 1 else ()
    found = []
    for number, worker in enumerate(scale.workers, 1):
        for said in watch.said[worker]:
            after, took = said.told - began, said.told - said.asked
            words = f"worker {number} said {said.status} {after:.1f} s after the beginning, {took:.1f} s after it was asked"
            if said.told > began and said.asked < ended and took > TRUE_SECONDS + _EVERY and worker not in silent:
                found.append(f"{words}: late")
            elif not began < said.told <= ended or some:
                continue
            elif worker in away:
                if said.told > noticed and said.status == 200:
                    found.append(f"{words}, although it does not answer")
            elif said.status != 200:
                found.append(f"{words}, although it answers")
            elif fault.degraded and said.asked > noticed and fault.degraded not in said.degraded:
                found.append(f"{words}, and not that {fault.degraded} is away")
    return found


async def _confirmed(scale: Scale, crowd: Crowd) -> tuple[int, int, int]:
    """Wait until all events are in RabbitMQ, take them out and count them, as `crowd.unconfirmed` says."""
    assert scale.rabbitmq
    until = time.monotonic() + _CONFIRM_SECONDS
    while scale.postgres.query("SELECT 1 FROM spool LIMIT 1") and time.monotonic() < until:
        await asyncio.sleep(1.0)
    published: list[bytes] = []
    async with await aio_pika.connect(scale.rabbitmq.url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(RABBITMQ_QUEUE(), passive=True)
        count = queue.declaration_result.message_count
        async with queue.iterator(no_ack=True) as messages:
            while count and len(published) < count:
                published.append((await messages.__anext__()).body)
    return unconfirmed(crowd, scale.postgres.url, published)


_HEAD = (
    "fault|messages sent|answered|told to retry|without a word|lost|doubled|mixed|out of order|longest wait, s"
    "|first answer after, s|all ready after, s|`/readyz` untrue|events|not in RabbitMQ|twice in RabbitMQ"
)


def table(trials: Sequence[Trial]) -> str:
    """Return what came of them as a table in Markdown."""
    names = _HEAD.split("|")
    rows = [names, ["---", *["---:"] * (len(names) - 1)], *map(_row, trials)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _row(trial: Trial) -> list[str]:
    v = trial.verdict
    counts = (v.sent, v.answered, v.told, v.silent, v.lost, v.doubled, v.mixed, v.disordered)
    seconds = ["never" if s is None else f"{s:.1f}" for s in (v.longest, trial.answered_after, trial.ready_after)]
    return [trial.name, *(f"{n:,}" for n in counts), *seconds, *(f"{n:,}" for n in (len(trial.untrue), *trial.events))]
