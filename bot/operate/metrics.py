"""Counters, gauges and histograms in the text format of Prometheus."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_MOST_LABELS = 200

Labels = tuple[tuple[str, str], ...]


class Metrics:
    """What is counted; used from the event loop alone, so nothing is locked."""

    def __init__(self) -> None:
        self._help: dict[str, tuple[str, str]] = {}
        self._values: dict[str, dict[Labels, float]] = {}
        self._buckets: dict[str, dict[Labels, list[int]]] = {}
        self._sums: dict[str, dict[Labels, float]] = {}

    def describe(self, name: str, kind: str, text: str) -> None:
        """Declare a metric: `counter`, `gauge` or `histogram`, with what it tells."""
        self._help[name] = (kind, text)

    def add(self, name: str, by: float = 1.0, **labels: str) -> None:
        """Count up."""
        values, key = self._values.setdefault(name, {}), _key(labels)
        if key in values or len(values) < _MOST_LABELS:
            values[key] = values.get(key, 0.0) + by

    def put(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        self._values.setdefault(name, {})[_key(labels)] = value

    def drop(self, name: str) -> None:
        """Say nothing more about a gauge, until it is set again."""
        self._values.pop(name, None)

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Put a duration into a histogram."""
        buckets, key = self._buckets.setdefault(name, {}), _key(labels)
        if key not in buckets and len(buckets) >= _MOST_LABELS:
            return
        counts = buckets.setdefault(key, [0] * (len(SECONDS) + 1))
        counts[bisect.bisect_left(SECONDS, seconds)] += 1
        sums = self._sums.setdefault(name, {})
        sums[key] = sums.get(key, 0.0) + seconds

    def text(self) -> str:
        """Return everything as Prometheus reads it (text format 0.0.4)."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        for name, (kind, text) in self._help.items():
            yield f"# HELP {name} {text}"
            yield f"# TYPE {name} {kind}"
            for key, value in sorted(self._values.get(name, {}).items()):
                yield f"{name}{_shown(key)} {value:g}" if abs(value) < 1e6 else f"{name}{_shown(key)} {value:.0f}"
            for key, counts in sorted(self._buckets.get(name, {}).items()):
                yield from _histogram(name, key, counts, self._sums[name][key])


def _histogram(name: str, key: Labels, counts: Sequence[int], total: float) -> Iterator[str]:
    below = 0
    for bound, count in zip((*(f"{s:g}" for s in SECONDS), "+Inf"), counts):
        below += count
        yield f"{name}_bucket{_shown((*key, ('le', bound)))} {below}"
    yield f"{name}_sum{_shown(key)} {total:.6f}"
    yield f"{name}_count{_shown(key)} {below}"


def _key(labels: dict[str, str]) -> Labels:
    return tuple(sorted(labels.items()))


def _shown(key: Labels) -> str:
    if not key:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in key) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
