"""Engines of their own for tests that need real ones; where one is not installed, the test is skipped with what to install."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from bot.run.build import RunError
from tools.scale.engines import Engine
from tools.scale.part import program

E = TypeVar("E", bound=Engine)


@contextmanager
def engine(kind: type[E]) -> Iterator[E]:
    """Start an engine in a folder of its own, and end it whatever state a test left it in."""
    try:
        program(kind.needs, kind.name, kind.package)
    except RunError as missing:
        pytest.skip(str(missing))
    with tempfile.TemporaryDirectory() as folder:
        # The user `postgres` has to get in.
        Path(folder).chmod(0o711)
        running = kind(Path(folder) / "engine")
        try:
            running.start()
            yield running
        finally:
            running.resume()
            running.stop()
