"""What tests share: the trained model and the really running bot."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from bot.errors import ROOT
from bot.run.build import environment, update
from bot.run.process import BotProcess, free_port
from tests.engines import engine as engine_of_its_own
from tools.scale.engines import Postgres

T = TypeVar("T")

COPIED = ("seeds", "data", "domain.yml")
# Every test of a run, also those that it leaves out.
COLLECTED = pytest.StashKey[list[pytest.Item]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark as slow what uses the fixture `slow`, be it by way of others; `make test-fast` leaves it out."""
    config.stash[COLLECTED] = list(items)
    for item in items:
        if isinstance(item, pytest.Function) and "slow" in item.fixturenames:
            item.add_marker("slow")


@pytest.fixture(scope="session")
def slow() -> None:
    """Asked for by fixtures only: those that train, start Rasa, a server or a browser, fetch packages or compute for long."""


@pytest.fixture(scope="session")
def model(slow: None) -> None:
    """Train the model if what it is made from has changed."""
    update()


@contextmanager
def start_unit(**more: str) -> Iterator[BotProcess]:
    """Start the bot with a folder of its own for all that it keeps, and without Telegram."""
    with (
        tempfile.TemporaryDirectory() as folder,
        BotProcess(free_port(), var=Path(folder), **{"TELEGRAM_BOT_TOKEN": "", **more}) as running,
    ):
        running.start()
        yield running


@pytest.fixture(scope="session")
def unit(model: None) -> Iterator[BotProcess]:
    """The bot, running, with a folder of its own for what it keeps."""
    with start_unit() as running:
        yield running


@pytest.fixture(scope="session")
def bot_url(unit: BotProcess) -> str:
    """Where the running bot is reached."""
    return f"http://127.0.0.1:{unit.port}"


@pytest.fixture(scope="session")
def postgres_server(slow: None) -> Iterator[str]:
    """The address of a PostgreSQL of our own with the bot's tables; without PostgreSQL the test is skipped."""
    from bot.memory.schema import migrate

    with engine_of_its_own(Postgres) as server:
        migrate(server.url)
        yield server.url


@pytest.fixture
def postgres(postgres_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The same with empty tables, set as DATABASE_URL."""
    import psycopg

    from bot.memory.postgres import pool
    from bot.rasa.conversations import conversations

    tables = "events, spool, leases, web.messages, web.feedback, telegram.updates, telegram.outbox, telegram.callbacks"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {tables}, telegram.options, telegram.people, telegram.lights, telegram.facts")
    monkeypatch.setenv("DATABASE_URL", postgres_server)
    for cached in (pool, conversations):
        cached.cache_clear()
    yield postgres_server
    for cached in (pool, conversations):
        cached.cache_clear()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the engines that keep things: what is made afterwards uses it."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if request.param == "postgresql":
        request.getfixturevalue("postgres")
    return str(request.param)


@pytest.fixture
def run(engine: str) -> Iterator[Callable[[Awaitable[T]], T]]:
    """Run something on one event loop for the whole test, on which its connections live."""
    loop = asyncio.new_event_loop()
    yield loop.run_until_complete
    if engine == "postgresql":
        from bot.memory.postgres import pool

        loop.run_until_complete(pool().close())
    loop.close()


@pytest.fixture
def command(slow: None) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a module that takes long to load, in the project: its name, its arguments, and variables of the environment."""

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        given = [sys.executable, "-m", *arguments]
        return subprocess.run(given, cwd=ROOT, env=environment(**more), capture_output=True, text=True, timeout=600)

    return run


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
