"""Ctrl-C, SIGTERM and a closed terminal end what runs, but never in the middle of starting a process."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop_like_ctrl_c() -> None:
    """Have whoever stops this process from outside (a service manager, a container, a closed terminal) stop it like Ctrl-C."""
    for number in _STOPPING:
        # Ignored on purpose, as by `nohup`, it stays ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


@contextmanager
def held() -> Iterator[None]:
    """Defer these signals to the end of a block, so that a process that it starts is not lost track of."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    before = {number: signal.signal(number, lambda n, _: caught.append(n)) for number in _STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if caught:
            signal.raise_signal(caught[0])


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
