"""A simulation of queues in discrete events: processes are generators, that wait for time and for places."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Generator, Iterator

# Yields seconds that pass, or a place that it waits for in turn and gives back by `Simulation.leave`.
Process = Generator["float | Place", None, None]


class Place:
    """What so many processes can have at the same time; the others wait in the order in which they came.

    Args:
        count: How many.
    """

    def __init__(self, count: int) -> None:
        self.count = self.free = count
        self.waiting: deque[Process] = deque()


class Simulation:
    """Runs processes; the same ones give the same result.

    Attributes:
        now: Seconds since the beginning.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Process]] = []
        self._numbers: Iterator[int] = itertools.count()

    def start(self, process: Process, after: float = 0.0) -> None:
        """Let a process begin, after so many seconds."""
        heapq.heappush(self._due, (self.now + after, next(self._numbers), process))

    def leave(self, place: Place) -> None:
        """Give a place to whoever waits longest for it."""
        if place.waiting:
            self.start(place.waiting.popleft())
        else:
            place.free += 1

    def run(self, until: float) -> None:
        """Go on until a time, or until nothing is left to do."""
        while self._due and self._due[0][0] <= until:
            self.now, _, process = heapq.heappop(self._due)
            self._go(process)
        self.now = until

    def _go(self, process: Process) -> None:
        for asked in process:
            if isinstance(asked, Place):
                if asked.free:
                    asked.free -= 1
                    continue
                asked.waiting.append(process)
            else:
                self.start(process, asked)
            return
