"""From figures of the bench to a plan: workers, processors, connections, storage, memory, and where the next wall stands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tools.bench.scale import ONE, PAGE, THREE, TWO
from tools.capacity.model import CONNECTIONS, Model, Outcome, Service

RATES = (10, 100, 1_000)
# Of a worker's processor, and of an engine's: above it waits grow fast.
BUSY = 0.6
# One of two may be away.
FEWEST_WORKERS = 2
DAYS = 30
# Arrivals that are simulated, and seconds at least.
_MESSAGES, _SECONDS = 12_000, 10.0
_CHECK_SECONDS = 60.0
# As deploy/README.md sets it, less those that PostgreSQL keeps for its owner.
MAX_CONNECTIONS = 197
_OF_A_WORKER = CONNECTIONS + 1


@dataclass(frozen=True)
class Plan:
    """What a rate takes.

    Attributes:
        rate: Messages a second.
        workers: How many, each with a processor of its own.
        engines: Processors of PostgreSQL, Redis, RabbitMQ and nginx together.
        connections: To PostgreSQL: in use in the mean, in one of a thousand moments, and at most by `DATABASE_CONNECTIONS`.
        storage_gb: For `DAYS` at this rate day and night, of messages over the page (10**9 bytes).
        memory_gb: Of all processes (2**30 bytes).
        p50: Predicted, without client, milliseconds.
        p99: Predicted.
        passed: Walls that stand below this rate.
        next: The wall that stands next, and at how many messages a second.
    """

    rate: int
    workers: int
    engines: int
    connections: tuple[float, int, int]
    storage_gb: float
    memory_gb: float
    p50: float
    p99: float
    passed: tuple[str, ...]
    next: tuple[str, float]


def plan(figures: Mapping[str, Any], rate: int) -> Plan:
    """Return what a rate of messages takes."""
    service = Service.measured(figures, PAGE)
    workers = max(FEWEST_WORKERS, math.ceil(rate * service.worker / BUSY))
    # People are on other machines.
    alone = replace(service, client=0.0)
    came = Model(alone, workers).opened(rate, max(_SECONDS, _MESSAGES / rate))
    cpu, memory, stored = figures["rows"][PAGE]["cpu"], figures["memory_mb"], figures["stored"]
    engines = sum(ms for part, ms in cpu.items() if part not in ("workers", "client")) * rate / 1000 / BUSY
    # The bench had three workers.
    a_worker = memory["workers"] / 3
    engines_mb = sum(mb for part, mb in memory.items() if part != "workers")
    found = walls(figures, workers)
    standing = {name: at for name, at in found.items() if at > rate}
    nearest = min(standing, key=lambda name: standing[name])
    return Plan(
        rate,
        workers,
        max(1, math.ceil(engines)),
        (float(np.mean(came.held)), int(np.percentile(came.held, 99.9)), workers * _OF_A_WORKER),
        rate * 86_400 * DAYS * (stored["bytes_a_message"] + stored["bytes_a_message_page"]) / 1e9,
        (workers * a_worker + engines_mb) / 1024,
        came.milliseconds(50),
        came.milliseconds(99),
        tuple(name for name, at in found.items() if at <= rate),
        (nearest, standing[nearest]),
    )


def walls(figures: Mapping[str, Any], workers: int) -> dict[str, float]:
    """Return at how many messages a second what cannot simply be had more often comes to its end."""
    cpu, stored = figures["rows"][PAGE]["cpu"], figures["stored"]
    a_worker = 1000 * BUSY / cpu["workers"]
    return {
        f"{MAX_CONNECTIONS} connections of PostgreSQL ({_OF_A_WORKER} a worker)": MAX_CONNECTIONS // _OF_A_WORKER * a_worker,
        "the one relay to RabbitMQ": figures["relayed_a_second"] / stored["events_a_message"],
        "commits of PostgreSQL on this disk": figures["commits_a_second"] / stored["commits_a_message"],
        "nginx with one process": 1000 * BUSY / max(cpu["nginx"], 0.01),
        "Redis, which has one thread": 1000 * BUSY / max(cpu["Redis"], 0.01),
        "PostgreSQL on 16 processors": 16 * 1000 * BUSY / max(cpu["PostgreSQL"], 0.01),
    }


@dataclass(frozen=True)
class Check:
    """A prediction beside what was measured: rate, p50 and p99 (milliseconds) of each."""

    workers: int
    predicted: tuple[float, float, float]
    measured: tuple[float, float, float]

    @property
    def errors(self) -> tuple[float, ...]:
        """Return by which share the prediction is too high, or too low."""
        return tuple(p / m - 1 for p, m in zip(self.predicted, self.measured))


def check(figures: Mapping[str, Any], workers: int) -> Check:
    """Predict the closed loop on the machine of the bench with the service times of one worker, and compare.

    What else ran on that machine, as little as it should be, is taken into account as slower processors.
    """
    row = figures["rows"][{1: ONE, 2: TWO, 3: THREE}[workers]]
    service = Service.measured(figures, ONE).stretched(figures["cores"] / max(figures["cores"] - row["others"], 0.1))
    came = Model(service, workers, figures["cores"]).closed(figures["clients"], _CHECK_SECONDS)
    return Check(workers, _figures(came), (row["rate"], row["p50"], row["p99"]))


def _figures(came: Outcome) -> tuple[float, float, float]:
    return came.rate, came.milliseconds(50), came.milliseconds(99)
