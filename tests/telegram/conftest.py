"""What the Telegram tests share: the Bot API double and one running bot."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.telegram.double import TOKEN, BotApiDouble, Person
from tests.telegram.running import ActionServer, RunningBot

PUBLIC_URL = "https://statement.example.org"


@pytest.fixture(scope="session")
def actions(slow: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ActionServer]:
    server = ActionServer(tmp_path_factory.mktemp("actions"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def double() -> Iterator[BotApiDouble]:
    with BotApiDouble() as server:
        yield server


@pytest.fixture(scope="session")
def bot(double: BotApiDouble, actions: ActionServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBot]:
    """The bot, polling the double; what most tests talk to."""
    running = start_bot(tmp_path_factory.mktemp("bot"), actions, double)
    yield running.wait_until_up()
    running.stop()


def start_bot(folder: Path, actions: ActionServer, double: BotApiDouble, **variables: str) -> RunningBot:
    """Start a bot that speaks to a double."""
    given = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": double.url, "PUBLIC_URL": PUBLIC_URL, **variables}
    return RunningBot(folder, actions, **given)


_IDS = itertools.count(70_001)


@pytest.fixture
def person(double: BotApiDouble, bot: RunningBot) -> Person:
    """Somebody new, alone with the bot."""
    return Person(double, next(_IDS))


@pytest.fixture
def people(double: BotApiDouble, bot: RunningBot) -> Callable[[int], list[Person]]:
    """Several people, all new."""
    return lambda count: [Person(double, next(_IDS), name) for name in ("Ana", "Besa", "Ceni", "Dritan", "Era")[:count]]
