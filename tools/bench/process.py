"""Memory and processor time of processes, read from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def tree(roots: Iterable[int]) -> list[int]:
    """Return processes with all their descendants, as far as they still run."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[int] = []
    waiting = [r for r in roots if _stat(r)]
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.append(pid)
            waiting += children.get(pid, [])
    return found


def cpu_seconds(roots: Iterable[int]) -> float:
    """Return the processor time of process trees, user and system, in seconds."""
    total = 0
    for pid in tree(roots):
        fields = _stat(pid)
        if fields:
            total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def memory_mb(roots: Iterable[int], peak: bool = False) -> float:
    """Return the resident memory of process trees.

    Args:
        roots: Processes; their descendants count too.
        peak: The highest that each process ever had, rather than now.

    Returns:
        Megabytes (2**20 bytes), summed over processes; pages that two
        processes share count twice.
    """
    field = "VmHWM:" if peak else "VmRSS:"
    total = 0
    for pid in tree(roots):
        try:
            status = (_PROC / str(pid) / "status").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith(field))
    return total / 1024


def own_memory_mb(roots: Iterable[int]) -> float:
    """Return the resident memory of process trees in megabytes; of pages that several processes share each has its part."""
    total = 0
    for pid in tree(roots):
        with suppress(OSError):
            text = (_PROC / str(pid) / "smaps_rollup").read_text()
            total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / 1024


def loop_seconds(pid: int) -> float:
    """Return the processor time of a process's first thread, on which the event loop of a bot runs, in seconds."""
    fields = _stat(f"{pid}/task/{pid}")
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def busy_seconds() -> float:
    """Return the processor time that the whole machine has spent working, in seconds."""
    fields = (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:]
    # Idle and waiting for a disk are no work; guest time is already part of user time.
    return (sum(map(int, fields[:8])) - int(fields[3]) - int(fields[4])) / _TICKS


def _stat(pid: int | str) -> list[str]:
    """Return the fields of the `stat` of a process, or of `process/task/thread`, from its state on; empty if it is gone."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return []
    fields = text.rpartition(")")[2].split()
    return fields if fields and fields[0] != "Z" else []
