"""What tests share: the trained model and the really running bot."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.errors import ROOT
from bot.run.build import update
from bot.run.unit import Unit, free_port

COPIED = ("seeds", "data", "domain.yml")


@pytest.fixture(scope="session")
def model() -> None:
    """Train the model if what it is made from has changed."""
    update()


@contextmanager
def start_unit(**more: str) -> Iterator[Unit]:
    """Start the bot with a folder of its own for all that it keeps, and without Telegram."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Unit(free_port(), var=Path(folder), **{"TELEGRAM_BOT_TOKEN": "", **more}) as running,
    ):
        running.start()
        yield running


@pytest.fixture(scope="session")
def unit(model: None) -> Iterator[Unit]:
    """Rasa and its action server, running, with a tracker store of their own."""
    with start_unit() as running:
        yield running


@pytest.fixture(scope="session")
def bot_url(unit: Unit) -> str:
    """Where the running bot is reached."""
    return f"http://127.0.0.1:{unit.port}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project's seeds, data and domain, to be spoilt."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name)
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


@pytest.fixture
def snapshot() -> Callable[[Path], dict[str, bytes]]:
    """Return the bytes of all generated files of a project."""

    def take(root: Path) -> dict[str, bytes]:
        files = [*sorted((root / "data" / "generated").iterdir()), root / "domain.yml"]
        return {str(f.relative_to(root)): f.read_bytes() for f in files}

    return take
