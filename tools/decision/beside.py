"""Run a function of the listener over many items, on all processors."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.understand.decision import Decision
from bot.understand.listener import Listener
from tools.evaluate.model import load_listener

Item = TypeVar("Item")
Result = TypeVar("Result")
# Of one process: its listener, loaded when it starts.
_held: dict[str, Listener] = {}


def _load(decision: Decision | None) -> None:
    _held["listener"] = load_listener()
    _held["listener"].decision = decision


def _applied(function: Callable[[Listener, Item], Result], item: Item) -> Result:
    return function(_held["listener"], item)


def beside(function: Callable[[Listener, Item], Result], items: Sequence[Item], decision: Decision | None = None) -> list[Result]:
    """Return what a module's function makes of each item with the trained listener, in the order of the items.

    Args:
        function: Of a module, so that other processes find it by its name.
        items: Anything that can be pickled.
        decision: Which the listener decides with; without one, that of `decision.json`.
    """
    # Forked processes would share the threads of onnxruntime, which do not survive a fork: they are started anew.
    with multiprocessing.get_context("spawn").Pool(len(os.sched_getaffinity(0)), _load, (decision,)) as pool:
        return pool.starmap(_applied, [(function, item) for item in items], chunksize=50)
