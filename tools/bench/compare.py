"""The comparison: every burst on one bot is followed by the same burst on the next."""

from __future__ import annotations

import asyncio
import math
import statistics
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field

from bot.run.build import say
from tools.bench.load import Load, ask, closed_loop, from_turn, load_questions, open_loop, session
from tools.bench.process import busy_seconds, cpu_seconds, memory_mb
from tools.bench.systems import System, Training

_WARM_UP = 40
# Past this the bot is no longer keeping up: later rates would only be worse.
_SATURATED_MS = 2_000.0
_SATURATED_SHARE = 0.9


@dataclass(frozen=True)
class Plan:
    """How much to measure.

    Attributes:
        clients: Numbers of clients in the closed loop.
        seconds: Of one burst.
        rounds: Bursts of each kind on each bot.
        rates: Fixed arrivals a second in the open loop, rising.
        starts: Cold starts of each bot.
    """

    clients: tuple[int, ...] = (1, 8, 32)
    seconds: float = 10.0
    rounds: int = 3
    rates: tuple[int, ...] = (5, 10, 20, 40, 80, 120, 160, 240, 320)
    starts: int = 3


QUICK = Plan(seconds=3.0, rounds=1, rates=(10, 40, 160), starts=1)


@dataclass
class Measured:
    """What was measured of one bot.

    Attributes:
        name: Of the bot.
        training: Its one training.
        starts: Seconds to the first answer, one a cold start.
        closed: Loads by number of clients.
        opened: Loads by arrivals a second; the last may be past its limit.
        memory_mb: Peak of all its processes together.
    """

    name: str
    training: Training | None = None
    starts: list[float] = field(default_factory=list)
    closed: dict[int, Load] = field(default_factory=dict)
    opened: dict[int, Load] = field(default_factory=dict)
    memory_mb: float = 0.0

    @property
    def first_answer(self) -> float:
        """Return the median of the seconds to the first answer."""
        return statistics.median(self.starts) if self.starts else math.nan


def compare(systems: Sequence[System], plan: Plan) -> dict[str, Measured]:
    """Measure all systems in one run.

    Args:
        systems: Prepared, not started.
        plan: How much.

    Returns:
        What was measured, by the key of the system.
    """
    questions = load_questions()
    measured = {s.key: Measured(s.name, s.training) for s in systems}
    try:
        for start in range(plan.starts):
            for system in systems:
                # Alone: a start keeps both processors of a small machine busy.
                seconds = system.start()
                measured[system.key].starts.append(seconds)
                say(f"{system.name}: first answer after {seconds:.1f} s")
                if start < plan.starts - 1:
                    system.stop()
        for system in systems:
            asyncio.run(_warm_up(system.url, questions))
        for turn in range(plan.rounds):
            for clients in plan.clients:
                for system in systems:
                    burst = closed_loop(system.url, from_turn(questions, turn), clients, plan.seconds)
                    load = _watched(system, burst)
                    measured[system.key].closed.setdefault(clients, Load()).add(load)
                    say(f"{system.name}, {clients} clients: {_said(load)}")
            for rate in plan.rates:
                for system in systems:
                    opened = measured[system.key].opened
                    if any(saturated(opened[r], r) for r in opened if r < rate):
                        continue
                    burst = open_loop(system.url, from_turn(questions, turn), rate, plan.seconds)
                    load = _watched(system, burst)
                    opened.setdefault(rate, Load()).add(load)
                    say(f"{system.name}, {rate} arrivals/s: {_said(load)}")
        for system in systems:
            measured[system.key].memory_mb = memory_mb(system.pids, peak=True)
    finally:
        for system in systems:
            system.stop()
    return measured


def saturated(load: Load, rate: float) -> bool:
    """Tell whether a bot could not keep up with a fixed rate of arrivals."""
    return bool(load.errors) or load.rate < rate * _SATURATED_SHARE or load.milliseconds(99) > _SATURATED_MS


def _watched(system: System, burst: Coroutine[None, None, Load]) -> Load:
    """Run a burst and note the processor time of the bot and of everything else."""
    own, all_ = cpu_seconds(system.pids), busy_seconds()
    load = asyncio.run(burst)
    load.cpu = cpu_seconds(system.pids) - own
    load.others = busy_seconds() - all_ - load.cpu
    return load


async def _warm_up(url: str, questions: list[str]) -> None:
    # From the end of the list: what is measured has not been asked before.
    async with session(1) as client:
        for number in range(_WARM_UP):
            await ask(client, url, f"warm-up-{number // 10}", questions[-1 - number % len(questions)])


def _said(load: Load) -> str:
    return (
        f"p50 {load.milliseconds(50):.1f} ms, p99 {load.milliseconds(99):.1f} ms, {load.rate:.1f}/s, "
        f"{load.cpu_a_message:.1f} ms of processor a message, {load.errors} errors, {load.empty} empty "
        f"(all else on the machine: {load.others / max(load.seconds, 1e-9):.2f} processors)"
    )
