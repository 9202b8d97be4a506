"""Start, refusal and hand-over of the channel: what a maintainer gets to read.

Here the channel runs without Rasa behind it: it is stopped before any question
comes, or answers with an echo. What it keeps is in an SQLite file or in PostgreSQL.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage

from bot.channels.gateway import Gateway
from bot.channels.telegram import service as telegram_service
from bot.channels.telegram.api import TelegramApi, TelegramUnreachable
from bot.channels.telegram.service import TelegramService, settings_or_none
from bot.channels.telegram.settings import load_settings
from bot.channels.telegram.state import SCHEMA
from bot.errors import InputError
from bot.memory.database import open_sync_database
from bot.memory.store import SyncDatabase
from bot.operate.logs import set_up
from bot.read.document import Document, load_documents
from bot.reply import Reply
from tests.telegram.double import TOKEN, BotApiDouble, Person
from tests.telegram.running import free_port

Start = Callable[..., AbstractContextManager[TelegramService]]
ON_DISK = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
SHARED = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


class Echo(Gateway):
    """Answers with the question; can be made slow, or fail."""

    def __init__(self) -> None:
        super().__init__("telegram", self.answer, {"person": (100, 1000.0)})
        self.delay = 0.0
        self.fails = False
        self.keys: list[str] = []

    async def answer(self, message: UserMessage) -> None:
        self.keys.append(message.message_id)
        await asyncio.sleep(self.delay)
        if self.fails:
            raise RuntimeError("secret inner workings")
        reply = Reply("smalltalk", lead=f"echo {message.text}")
        await message.output_channel.send_custom_json(message.sender_id, reply.as_json())

    async def forget(self, conversation: str) -> None:
        if self.fails:
            raise NotImplementedError


@pytest.fixture
def api() -> Iterator[BotApiDouble]:
    with BotApiDouble() as server:
        yield server


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def start(api: BotApiDouble, tmp_path: Path, echo: Echo, engine: str) -> Start:
    @contextmanager
    def run(state: str = "telegram.db", documents: Sequence[Document] | None = None, **more: Any) -> Iterator[TelegramService]:
        given = {"token": TOKEN, "api_url": api.url, "state": tmp_path / state, "poll_seconds": 5, **more}
        service = TelegramService(replace(load_settings({}), **given), echo, documents or load_documents())
        service.start()
        try:
            yield service
        finally:
            service.stop()

    return run


@pytest.fixture
def kept(tmp_path: Path, engine: str) -> Iterator[SyncDatabase]:
    """What the service keeps."""
    database = open_sync_database(tmp_path / "telegram.db", SCHEMA)
    yield database
    database.close()


def wait_for_words(caplog: pytest.LogCaptureFixture, words: str, seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while words not in caplog.text:
        assert time.monotonic() < until, f"never said {words!r}: {caplog.text}"
        time.sleep(0.05)


def test_wrong_token_is_said_clearly_and_never_shown(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    wrong = "110201543:" + "B" * 35
    with start(token=wrong):
        wait_for_words(caplog, "Telegram does not know this bot token")
    assert "TELEGRAM_BOT_TOKEN" in caplog.text
    assert "B" * 35 not in caplog.text


def test_malformed_token_is_said_clearly_and_never_shown(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    with start(token="my secret token"):
        wait_for_words(caplog, "TELEGRAM_BOT_TOKEN is not a bot token")
    assert "my secret" not in caplog.text


def test_webhook_set_elsewhere_is_said_clearly_and_left_alone(
    start: Start, api: BotApiDouble, caplog: pytest.LogCaptureFixture
) -> None:
    api.webhook = {"url": f"https://other.example.org/{TOKEN}", "secret": ""}
    for more in ({}, {"webhook_url": "http://127.0.0.1:9/x"}):
        caplog.clear()
        with start(**more):
            wait_for_words(caplog, "already go to a webhook at other.example.org")
        assert TOKEN not in caplog.text
        assert api.webhook["url"].startswith("https://other")


def test_webhook_set_elsewhere_is_taken_over_when_told_to(start: Start, api: BotApiDouble) -> None:
    api.webhook = {"url": "https://other.example.org/x", "secret": ""}
    with start(take_over=True):
        assert Person(api, 5).asks("hi").text == "echo hi"
    assert api.webhook == {}


def test_own_webhook_of_before_is_no_obstacle(start: Start, api: BotApiDouble) -> None:
    port = free_port()
    hook = {"webhook_url": f"http://127.0.0.1:{port}", "listen": ("127.0.0.1", port)}
    with start(**hook):
        assert Person(api, 5).asks("one").text == "echo one"
    with start():
        assert Person(api, 5).asks("two").text == "echo two"
    with start(**hook):
        assert Person(api, 5).asks("three").text == "echo three"


def test_taken_port_is_said_clearly(start: Start, api: BotApiDouble, caplog: pytest.LogCaptureFixture) -> None:
    port = int(api.url.rsplit(":", 1)[1])
    with start(webhook_url="http://127.0.0.1:1", listen=("127.0.0.1", port)):
        wait_for_words(caplog, f"port {port} is taken")
    assert not api.webhook


def test_refused_webhook_address_is_said_clearly(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    with start(webhook_url="ftp://x", listen=("127.0.0.1", free_port())):
        wait_for_words(caplog, "refused TELEGRAM_WEBHOOK_URL")


@ON_DISK
def test_second_poller_says_so_and_the_first_goes_on(start: Start, api: BotApiDouble, caplog: pytest.LogCaptureFixture) -> None:
    with start("one.db"):
        assert Person(api, 5).asks("a").text == "echo a"
        with start("two.db"):
            wait_for_words(caplog, "Another program is already receiving this bot's messages")
            for n in range(5):
                assert Person(api, 5).asks(f"b{n}").text == f"echo b{n}"
    assert [s.text for s in api.sent] == ["echo a", *(f"echo b{n}" for n in range(5))]


@ON_DISK
def test_second_poller_takes_over_when_the_first_stops(
    start: Start, api: BotApiDouble, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_service, "_CONFLICT_NEW", 0.5)
    with start("one.db"):
        assert Person(api, 5).asks("a").text == "echo a"
    with start("two.db"):
        assert Person(api, 5).asks("b").text == "echo b"


@ON_DISK
def test_second_process_with_the_same_file_waits_for_the_first(
    start: Start, api: BotApiDouble, caplog: pytest.LogCaptureFixture
) -> None:
    first = start()
    first.__enter__()
    assert Person(api, 5).asks("a").text == "echo a"
    with start():
        wait_for_words(caplog, "Another process on this machine already runs the Telegram channel")
        conflicts = [c for c in api.calls if c.outcome == "409"]
        assert conflicts == []
        first.__exit__(None, None, None)
        assert Person(api, 5).asks("b").text == "echo b"


def test_unreachable_telegram_at_the_start_is_waited_for(
    start: Start, api: BotApiDouble, caplog: pytest.LogCaptureFixture
) -> None:
    api.down = True
    with start():
        wait_for_words(caplog, "Telegram cannot be reached")
        api.down = False
        assert Person(api, 5).asks("hi").text == "echo hi"
    assert TOKEN not in caplog.text


def test_stop_is_quick_while_a_poll_waits(start: Start, api: BotApiDouble) -> None:
    with start(poll_seconds=50) as service:
        Person(api, 5).asks("hi")
        time.sleep(0.2)
        began = time.monotonic()
        service.stop()
        assert time.monotonic() - began < 2
    assert not any(thread.name == "telegram" for thread in threading.enumerate())


def test_stop_lets_what_is_begun_end_and_confirms_it(start: Start, api: BotApiDouble, echo: Echo) -> None:
    echo.delay = 1.0
    with start():
        Person(api, 5).says("slow")
        api.wait_for(lambda: api.called("sendChatAction"))
    assert [s.text for s in api.sent] == ["echo slow"]
    assert api.unconfirmed == 0


def test_what_was_not_begun_at_the_stop_is_answered_after_the_next_start(start: Start, api: BotApiDouble, echo: Echo) -> None:
    echo.delay = 1.0
    with start():
        for n in range(3):
            Person(api, 5).says(f"q{n}")
        api.wait_for(lambda: api.called("sendChatAction"))
    assert [s.text for s in api.sent] == ["echo q0"]
    echo.delay = 0.0
    with start():
        api.wait_for(lambda: len(api.sent) == 3)
    assert [s.text for s in api.sent] == ["echo q0", "echo q1", "echo q2"]


def test_slow_chat_does_not_hold_up_another(start: Start, api: BotApiDouble, echo: Echo) -> None:
    with start():
        echo.delay = 3.0
        Person(api, 5).says("slow")
        api.wait_for(lambda: api.called("sendChatAction", chat_id=5))
        echo.delay = 0.0
        assert Person(api, 6).asks("quick").text == "echo quick"
        assert api.sent_to(5) == []
        api.wait_for(lambda: api.sent_to(5))


@pytest.mark.parametrize(
    "fates", [["before"], ["after"], ["before", "after"], ["before", "before", "", "after"], ["after", "after"]]
)
def test_message_whose_answer_is_lost_is_neither_lost_nor_doubled(start: Start, api: BotApiDouble, fates: list[str]) -> None:
    room = api.chat(-1_001_000_000_001, "supergroup")
    with start():
        api.fates = list(fates)
        for n in range(3):
            Person(api, 5).says(f"q{n}")
            Person(api, 6).says(f"/more q{n}", room)
        api.wait_for(lambda: len(api.sent_to(5)) == 3 and len(api.sent_to(room["id"])) == 3)
        time.sleep(0.5)
    assert [s.text for s in api.sent_to(5)] == ["echo q0", "echo q1", "echo q2"]
    assert [s.text for s in api.sent_to(room["id"])] == ["echo q0", "echo q1", "echo q2"]


def test_message_of_before_a_restart_is_never_taken_for_a_lost_one(start: Start, api: BotApiDouble, echo: Echo) -> None:
    ana = Person(api, 5)
    with start():
        echo.delay = 1.0
        # Both questions have lower numbers than the first answer.
        ana.says("q0")
        ana.says("q1")
        api.wait_for(lambda: api.called("sendChatAction"))
    assert [s.text for s in api.sent] == ["echo q0"]
    echo.delay = 0.0
    api.fates = ["before"]
    with start():
        api.wait_for(lambda: len(api.sent) == 2)
    assert [s.text for s in api.sent] == ["echo q0", "echo q1"]


def test_old_conversations_are_deleted(start: Start, api: BotApiDouble, kept: SyncDatabase) -> None:
    with start():
        Person(api, 5).asks("hi")
    assert kept.execute("UPDATE people SET seen = seen - 31 * 86400").rowcount == 1
    kept.close()
    with start():
        Person(api, 6).asks("hi")
    assert kept.execute("SELECT person FROM people").fetchall() == [(6,)]


def test_every_question_has_the_number_of_its_update(start: Start, api: BotApiDouble, echo: Echo) -> None:
    """So that another worker that asks it again gets the same reply."""
    ana = Person(api, 5)
    with start():
        numbers = []
        for words in ("one", "two"):
            numbers.append(ana.says(words))
            api.wait_for(lambda: len(api.sent) == len(numbers))
        message = next(m for m in api._messages.values() if m.get("text") == "two")
        numbers.append(api.put(edited_message={**message, "text": "three", "edit_date": 2}))
        api.wait_for(lambda: len(api.sent) == 3)
    assert echo.keys == [str(number) for number in numbers]


def test_a_call_that_is_late_is_not_sent(api: BotApiDouble) -> None:
    async def calls() -> None:
        client = TelegramApi(TOKEN, api.url)
        await client.open()
        api.chat(5)
        # On a new connection, on one in use, and again after the call that was broken off.
        for until in (-1.0, 60.0, -1.0, 60.0):
            call = client.call("sendMessage", until=time.monotonic() + until, chat_id=5, text=f"{until}")
            if until < 0:
                with pytest.raises(TelegramUnreachable, match="too late") as late:
                    await call
                assert not late.value.sent
            else:
                await call
        await client.close()

    asyncio.run(calls())
    assert [s.text for s in api.sent] == ["60.0", "60.0"]
    assert len(api.called("sendMessage")) == 2


@SHARED
def test_second_worker_waits_for_the_first_and_says_so(start: Start, api: BotApiDouble, caplog: pytest.LogCaptureFixture) -> None:
    first = start()
    first.__enter__()
    assert Person(api, 5).asks("a").text == "echo a"
    with start():
        wait_for_words(caplog, "another worker has this bot's messages")
        first.__exit__(None, None, None)
        began = time.monotonic()
        assert Person(api, 5).asks("b").text == "echo b"
        # The lease was given back.
        assert time.monotonic() - began < 5
        assert [c for c in api.calls if c.outcome == "409"] == []
    assert "another worker has taken over" not in caplog.text


@SHARED
def test_worker_that_lost_its_lease_ends_what_it_does_and_waits(
    start: Start, api: BotApiDouble, echo: Echo, kept: SyncDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    with start():
        assert Person(api, 5).asks("a").text == "echo a"
        echo.delay = 1.0
        for chat in (5, 6):
            Person(api, chat).says("slow")
        api.wait_for(lambda: len(api.called("sendChatAction")) == 3)
        kept.execute("UPDATE leases SET holder = 'another', until = clock_timestamp() + interval '4 seconds'")
        wait_for_words(caplog, "another worker has taken over")
        time.sleep(1.5)
        assert [s.text for s in api.sent] == ["echo a"]
        echo.delay = 0.0
        api.wait_for(lambda: len(api.sent) == 3)
        assert Person(api, 5).asks("b").text == "echo b"
    assert sorted(s.text for s in api.sent) == ["echo a", "echo b", "echo slow", "echo slow"]
    assert caplog.text.count("another worker has taken over") == 1
    assert "Traceback" not in caplog.text


@SHARED
def test_what_another_worker_puts_into_the_inbox_is_answered_once(start: Start, api: BotApiDouble) -> None:
    """By webhook every worker stores, and the one that has the lease handles."""
    ports = free_port(), free_port()
    hooks = [{"webhook_url": f"http://127.0.0.1:{ports[0]}", "listen": ("127.0.0.1", port)} for port in ports]
    with start(**hooks[0]):
        api.wait_for(lambda: api.webhook)
        with start(**hooks[1]):
            ana = Person(api, 5)
            for turn in range(3):
                for port in ports:
                    api.webhook["url"] = f"http://127.0.0.1:{port}"
                    assert ana.asks(f"{turn} by {port}").text == f"echo {turn} by {port}"
        assert len(api.called("setWebhook")) == len(api.called("getWebhookInfo")) == 1
    assert len(api.sent) == 6


def test_failing_bot_is_apologised_for_without_its_inner_workings(
    start: Start, api: BotApiDouble, echo: Echo, caplog: pytest.LogCaptureFixture
) -> None:
    echo.fails = True
    # As the running bot logs: the place of an error, not its words.
    set_up([caplog.handler])
    with start():
        assert Person(api, 5).asks("hi").text.startswith("Something went wrong on my side.")
        assert Person(api, 5).asks("/delete").text.startswith("Something went wrong on my side.")
    assert "inner workings" not in caplog.text


def test_another_bot_with_the_same_file_starts_afresh(start: Start, api: BotApiDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    with start():
        assert Person(api, 5).asks("a").text == "echo a"
    monkeypatch.setitem(__import__("tests.telegram.double", fromlist=["BOT"]).BOT, "id", 99)
    api._update_id = 499_999_999
    with start():
        assert Person(api, 5).asks("b").text == "echo b"


def test_a_statement_without_a_date_leaves_no_hole(start: Start, api: BotApiDouble) -> None:
    undated = [replace(d, date="", date_text="") for d in load_documents()]
    with start(documents=undated):
        said = Person(api, 5).asks("/start").text
    assert undated[0].issuer in said
    assert not re.search(r", ?[.,)]|\(\)", said), said


def test_without_a_token_nothing_is_started() -> None:
    assert load_settings({}).token == ""


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TELEGRAM_API_URL", "localhost"),
        ("TELEGRAM_WEBHOOK_URL", "example.org/x"),
        ("TELEGRAM_WEBHOOK_LISTEN", "8443x"),
        ("TELEGRAM_WEBHOOK_SECRET", "short"),
        ("TELEGRAM_WEBHOOK_SECRET", "not allowed characters!"),
        ("TELEGRAM_POLL_SECONDS", "0"),
        ("RETENTION_DAYS", "soon"),
        ("PUBLIC_URL", "http://["),
    ],
)
def test_wrong_setting_is_named(variable: str, value: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(InputError, match=variable):
        load_settings({variable: value})
    with caplog.at_level(logging.ERROR):
        assert settings_or_none(lambda: load_settings({variable: value})) is None
    assert variable in caplog.text


def test_settings_do_not_show_secrets() -> None:
    settings = load_settings({"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_WEBHOOK_SECRET": "s" * 20})
    assert TOKEN not in repr(settings)
    assert "s" * 20 not in repr(settings)
