"""The bot on the engines as queues: processors, interpreter locks, event loops, readers, connections and conversations.

A message goes through nginx to the worker with the fewest messages under way, waits for its conversation, runs on the event
loop, asks PostgreSQL, is read by one of two readers, runs on the loop again, and writes. Python holds the interpreter's lock
and a processor for at most a millisecond at a time; the two encoders of a reading need no lock and run beside each other.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tools.capacity.events import Place, Process, Simulation

# As `bot/rasa/server.py` sets it, and `bot/rasa/processor.py` and `DATABASE_CONNECTIONS`.
SWITCH_SECONDS = 0.001
READERS = 2
CONNECTIONS = 12
# Of the event loop's time: before PostgreSQL has answered, between, and after all is stored.
_BEFORE, _BETWEEN = 0.3, 0.5
# Messages of one conversation: by so many visitors in an open system.
_VISITORS = 2_000


@dataclass(frozen=True)
class Service:
    """Processor seconds that a message takes.

    Attributes:
        loop: Of the worker's event loop.
        python: Of each reading, Python's part.
        native: Of the same readings, the encoders' part; they run beside each other in pairs.
        postgres: Of PostgreSQL.
        redis: Of Redis.
        broker: Of RabbitMQ, after the answer.
        nginx: Of nginx.
        client: Of the client, where it is on the same machine.
    """

    loop: float
    python: tuple[float, ...]
    native: tuple[float, ...]
    postgres: float
    redis: float = 0.0
    broker: float = 0.0
    nginx: float = 0.0
    client: float = 0.0

    @property
    def worker(self) -> float:
        """Return the mean of all of a worker's work on a message."""
        return self.loop + float(np.mean(self.python) + np.mean(self.native))

    def stretched(self, factor: float) -> Service:
        """Return the same on processors that are slower by a factor."""
        times = {name: getattr(self, name) * factor for name in ("loop", *_ENGINES)}
        return replace(
            self, python=tuple(t * factor for t in self.python), native=tuple(t * factor for t in self.native), **times
        )

    @staticmethod
    def measured(figures: Mapping[str, Any], row: str) -> Service:
        """Return what the bench measured.

        Args:
            figures: Of `tools.bench.scale`.
            row: Of which arrangement; its readings have the spread of those that were timed one after the other.
        """
        cpu, loop = figures["rows"][row]["cpu"], figures["rows"][row]["loop"]
        read, encoders = (np.array(figures["native"][name]) for name in ("read", "encoders"))
        native = np.minimum(encoders, read)
        factor = max(cpu["workers"] - loop, 0.0) / read.mean() / 1000
        parts = {name: cpu.get(engine, 0.0) / 1000 for name, engine in _ENGINES.items()}
        return Service(loop / 1000, tuple((read - native) * factor), tuple(native * factor), **parts)


_ENGINES = {"postgres": "PostgreSQL", "redis": "Redis", "broker": "RabbitMQ", "nginx": "nginx", "client": "client"}


class Worker:
    """One worker.

    Args:
        processors: Where it runs.
    """

    def __init__(self, processors: Place) -> None:
        self.processors = processors
        self.lock, self.loop, self.readers, self.connections = Place(1), Place(1), Place(READERS), Place(CONNECTIONS)
        self.under_way = 0


@dataclass
class Outcome:
    """What came of a simulation.

    Attributes:
        seconds: Its length, without the beginning.
        latencies: Seconds of each message that ended.
        held: Connections to PostgreSQL that were in use when a message came.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    held: list[int] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Return messages a second."""
        return len(self.latencies) / self.seconds

    def milliseconds(self, percent: float) -> float:
        """Return a percentile of the latencies."""
        return float(np.percentile(self.latencies, percent)) * 1000 if self.latencies else float("nan")


class Model:
    """Workers, engines and messages.

    Args:
        service: What a message takes.
        workers: How many.
        processors: Of the one machine that everything shares; 0 for one processor a worker and enough for the engines.
        seed: Of chance.
        warm_up: Seconds at the beginning that are not counted.
    """

    def __init__(self, service: Service, workers: int, processors: int = 0, seed: int = 7, warm_up: float = 2.0) -> None:
        self._service = service
        self._simulation = Simulation()
        self._engines = Place(processors or 1_000_000)
        self._workers = [Worker(self._engines if processors else Place(1)) for _ in range(workers)]
        self._random = random.Random(seed)
        self._nginx = Place(1 if processors else 1_000_000)
        self._conversations: dict[int, Place] = {}
        self._warm_up = warm_up
        self._held = 0
        self.outcome = Outcome()

    def closed(self, clients: int, seconds: float) -> Outcome:
        """Return what comes of clients that wait for each answer and then ask again, each in a conversation of its own."""
        for client in range(clients):
            self._simulation.start(self._client(client))
        return self._run(seconds)

    def opened(self, rate: float, seconds: float) -> Outcome:
        """Return what comes of messages that arrive by chance, so many a second in the mean."""
        self._simulation.start(self._arrivals(rate))
        return self._run(seconds)

    def _run(self, seconds: float) -> Outcome:
        self._simulation.run(self._warm_up + seconds)
        self.outcome.seconds = seconds
        return self.outcome

    def _client(self, number: int) -> Process:
        while True:
            yield from self._message(number)

    def _arrivals(self, rate: float) -> Process:
        while True:
            yield self._random.expovariate(rate)
            self._simulation.start(self._message(self._random.randrange(_VISITORS)))

    def _message(self, visitor: int) -> Process:
        service, came = self._service, self._simulation.now
        if came >= self._warm_up:
            self.outcome.held.append(self._held)
        yield from self._compute((service.client + service.redis) / 2, self._engines)
        yield from self._through_nginx()
        worker = min(self._workers, key=lambda w: (w.under_way, self._random.random()))
        worker.under_way += 1
        conversation = self._conversations.setdefault(visitor, Place(1))
        yield from self._on_loop(worker, _BEFORE)
        yield worker.connections
        self._held += 1
        yield conversation
        yield from self._compute(service.postgres / 2, self._engines)
        yield from self._read(worker)
        yield from self._on_loop(worker, _BETWEEN)
        yield from self._compute(service.postgres / 2, self._engines)
        self._simulation.leave(conversation)
        self._simulation.leave(worker.connections)
        self._held -= 1
        yield from self._on_loop(worker, 1 - _BEFORE - _BETWEEN)
        worker.under_way -= 1
        yield from self._through_nginx()
        yield from self._compute((service.client + service.redis) / 2, self._engines)
        if self._simulation.now >= self._warm_up:
            self.outcome.latencies.append(self._simulation.now - came)
        self._simulation.start(self._compute(service.broker, self._engines))

    def _through_nginx(self) -> Process:
        yield self._nginx
        yield from self._compute(self._service.nginx / 2, self._engines)
        self._simulation.leave(self._nginx)

    def _on_loop(self, worker: Worker, share: float) -> Process:
        yield worker.loop
        yield from self._compute(self._service.loop * share, worker.processors, worker.lock)
        self._simulation.leave(worker.loop)

    def _read(self, worker: Worker) -> Process:
        which = self._random.randrange(len(self._service.python))
        python, native = self._service.python[which], self._service.native[which]
        yield worker.readers
        yield from self._compute(python / 2, worker.processors, worker.lock)
        beside = Place(0)
        self._simulation.start(self._then(self._compute(native / 2, worker.processors), beside))
        yield from self._compute(native / 2, worker.processors)
        yield beside
        yield from self._compute(python / 2, worker.processors, worker.lock)
        self._simulation.leave(worker.readers)

    def _then(self, process: Process, place: Place) -> Process:
        yield from process
        self._simulation.leave(place)

    def _compute(self, seconds: float, processors: Place, lock: Place | None = None) -> Process:
        """Take processor time, a slice at a time, so that others come in between."""
        while seconds > 1e-9:
            slice_ = min(seconds, SWITCH_SECONDS)
            if lock:
                yield lock
            yield processors
            yield slice_
            self._simulation.leave(processors)
            if lock:
                self._simulation.leave(lock)
            seconds -= slice_


def queue(servers: int, rate: float, service: Callable[[random.Random], float], messages: int, seed: int = 7) -> list[float]:
    """Return the seconds that each of so many messages spends in one plain queue, waiting and served.

    Args:
        servers: How many serve.
        rate: Arrivals a second, by chance.
        service: Draws the seconds that a message takes.
        messages: How many come.
        seed: Of chance.
    """
    simulation, place, chance, found = Simulation(), Place(servers), random.Random(seed), []

    def message() -> Process:
        came = simulation.now
        yield place
        yield service(chance)
        simulation.leave(place)
        found.append(simulation.now - came)

    def arrivals() -> Process:
        for _ in range(messages):
            yield chance.expovariate(rate)
            simulation.start(message())

    simulation.start(arrivals())
    simulation.run(float("inf"))
    return found
