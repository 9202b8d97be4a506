"""Several workers on Telegram, as processes on one PostgreSQL: who has the lease dies or stands still while people write."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.memory.schema import migrate
from tests.engines import engine
from tests.telegram.double import TOKEN, BotApiDouble, Faults, Person
from tests.telegram.running import Process, free_port, python
from tools.scale.engines import Postgres

# The bound for taking over; the lease lasts for 10 of them.
TAKE_OVER_SECONDS = 15.0
START_SECONDS = 180.0
CHATS = 20
EVERY = 0.05


class Worker(Process):
    """One worker's channel."""

    def __init__(self, folder: Path, name: str, double: BotApiDouble, **variables: str) -> None:
        command = [python(), "-m", "tests.scale.telegram_worker"]
        given = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": double.url, "TELEGRAM_POLL_SECONDS": "20", **variables}
        super().__init__(command, folder / f"{name}.log", **given)

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    @property
    def turns(self) -> int:
        """How often it had its turn."""
        return self.said().count("answering as @")


Start = Callable[..., list[Worker]]


@pytest.fixture
def api() -> Iterator[BotApiDouble]:
    with BotApiDouble() as server:
        yield server


@pytest.fixture
def start(api: BotApiDouble, tmp_path: Path) -> Iterator[Start]:
    """Start workers; returns them, first the one that has the first turn."""
    workers: list[Worker] = []

    def run(*variables: dict[str, str]) -> list[Worker]:
        workers.extend(Worker(tmp_path, f"worker-{number}", api, **more) for number, more in enumerate(variables))
        api.wait_for(lambda: all(w.turns or "has this bot's messages" in w.said() for w in workers), START_SECONDS)
        return sorted(workers, key=lambda w: -w.turns)

    yield run
    for worker in workers:
        worker.send(signal.SIGCONT)
    statuses = [worker.stop() for worker in workers]
    assert set(statuses) <= {0, -signal.SIGKILL}
    for worker in workers:
        assert "Traceback" not in worker.said(), worker.said()[-3000:]


class Talk:
    """Many people who write all the time, each to be answered once and in order."""

    def __init__(self, api: BotApiDouble, chats: int = CHATS) -> None:
        self.api = api
        self.said: dict[int, list[str]] = {chat: [] for chat in range(1, chats + 1)}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def _write(self) -> None:
        turn = 0
        while not self._over.is_set():
            chat = turn % len(self.said) + 1
            words = f"{chat} says {turn}"
            self.said[chat].append(words)
            Person(self.api, chat).says(words)
            turn += 1
            time.sleep(EVERY)

    def __enter__(self) -> Talk:
        """Begin."""
        self._thread.start()
        self.api.wait_for(lambda: len(self.api.sent) > CHATS)
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._over.set()
        self._thread.join()

    def heard(self, chat: int) -> list[str]:
        """Return what was answered in a chat, in the words of the questions."""
        return [s.text.removeprefix("echo ") for s in self.api.sent_to(chat)]

    def is_answered(self, seconds: float = 30.0) -> None:
        """Wait until all that was said is answered, and check that it was so once and in order."""
        count = sum(map(len, self.said.values()))
        try:
            self.api.wait_for(lambda: len(self.api.sent) >= count, seconds)
        finally:
            wrong = {chat: (said, heard) for chat, said in self.said.items() if (heard := self.heard(chat)) != said}
            assert not wrong, f"{len(wrong)} chats, for instance {next(iter(wrong.items()))}"
        time.sleep(1.0)
        assert len(self.api.sent) == count


def seconds_to_take_over(workers: list[Worker], api: BotApiDouble, hurt: Callable[[], object]) -> float:
    """Hurt who has the turn; return the seconds until one of the others answers."""
    turns, began = [w.turns for w in workers], time.monotonic()
    hurt()
    api.wait_for(lambda: [w.turns for w in workers] != turns, TAKE_OVER_SECONDS)
    count = len(api.sent)
    api.wait_for(lambda: len(api.sent) > count, TAKE_OVER_SECONDS)
    return time.monotonic() - began


def test_killed_poller_is_replaced_and_nothing_is_lost_or_said_twice(
    postgres: str, api: BotApiDouble, start: Start, record_property: pytest.RecordProperty
) -> None:
    first, *others = start({}, {}, {})
    api.faults = Faults(dropped=0.02, repeated=0.05, shuffled=True)
    with Talk(api) as talk:
        took = seconds_to_take_over(others, api, lambda: first.send(signal.SIGKILL))
        record_property("seconds", round(took, 1))
        time.sleep(2.0)
    talk.is_answered()
    assert took < TAKE_OVER_SECONDS
    assert sum(w.turns for w in others) == 1


def test_poller_that_stood_still_for_twenty_seconds_sends_no_more(
    postgres: str, api: BotApiDouble, start: Start, record_property: pytest.RecordProperty
) -> None:
    first, second = start({}, {})
    with Talk(api) as talk:
        began = time.monotonic()
        took = seconds_to_take_over([second], api, lambda: first.send(signal.SIGSTOP))
        record_property("seconds", round(took, 1))
        time.sleep(max(0.0, began + 20.0 - time.monotonic()))
        first.send(signal.SIGCONT)
        first.wait_until_said("another worker has taken over", 5)
        time.sleep(3.0)
        # In order, it gives its turn back.
        record_property("seconds_in_order", round(seconds_to_take_over([first], api, second.stop), 1))
    talk.is_answered()
    assert took < TAKE_OVER_SECONDS
    assert (first.turns, second.turns) == (2, 1)
    assert first.said().count("another worker has taken over") == 1


def test_posts_to_two_workers_are_answered_by_one_and_outlive_it(
    postgres: str, api: BotApiDouble, start: Start, record_property: pytest.RecordProperty
) -> None:
    ports = free_port(), free_port()
    hook = {"TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{ports[0]}"}
    first, second = start(*({**hook, "TELEGRAM_WEBHOOK_LISTEN": f"127.0.0.1:{port}"} for port in ports))
    api.spread = [f"http://127.0.0.1:{port}" for port in ports]
    api.jitter = 0.1
    api.faults = Faults(dropped=0.02, repeated=0.2)
    with Talk(api) as talk:
        time.sleep(3.0)
        assert len(api.called("setWebhook")) == len(api.called("getWebhookInfo")) == 1
        assert len(api.hook_times) > CHATS
        took = seconds_to_take_over([second], api, lambda: first.send(signal.SIGKILL))
        record_property("seconds", round(took, 1))
        time.sleep(2.0)
    talk.is_answered()
    assert took < TAKE_OVER_SECONDS


@contextmanager
def own_postgres() -> Iterator[Postgres]:
    """A PostgreSQL for one test, with the tables."""
    with engine(Postgres) as server:
        migrate(server.url)
        yield server


@pytest.fixture
def hurt(slow: None) -> Iterator[Postgres]:
    with own_postgres() as server:
        yield server


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_database_that_is_away_is_waited_for(hurt: Postgres, api: BotApiDouble, start: Start, how: str) -> None:
    url = {"DATABASE_URL": hurt.url}
    start(url, url)
    with Talk(api) as talk:
        if how == "killed":
            hurt.kill()
            time.sleep(5.0)
            hurt.start()
        else:
            hurt.pause()
            time.sleep(20.0)
            hurt.resume()
        count = len(api.sent)
        api.wait_for(lambda: len(api.sent) > count, TAKE_OVER_SECONDS)
        time.sleep(2.0)
    talk.is_answered()
