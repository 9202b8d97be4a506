"""Signs of life, metrics, logs and retention, on the running bot and on real databases."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sqlite3
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import requests
from rasa.core.channels.channel import UserMessage

from bot.channels.gateway import Gateway, apology
from bot.operate.logs import JsonFormatter, set_up
from bot.operate.metrics import Metrics
from bot.operate.operations import Service
from bot.run.process import BotProcess
from tests.conftest import start_unit

_SAMPLE = re.compile(r'^[a-z_:]+(\{([a-z_]+="(\\.|[^"\\])*",?)+\})? [0-9.e+-]+$|^[a-z_]+_bucket\{.*le="\+Inf"\} \d+$')


@pytest.fixture
def url(unit: BotProcess) -> str:
    return f"http://127.0.0.1:{unit.port}"


def test_messages_of_one_conversation_at_once_hardly_wait_for_each_other(unit: BotProcess) -> None:
    """Against as many of several conversations, in one run: a lock that is looked at once a second would be far slower."""

    def seconds(senders: list[str]) -> float:
        started = time.perf_counter()
        with ThreadPoolExecutor(len(senders)) as pool:
            replies = list(pool.map(lambda sender: unit.ask("When did Albania join NATO?", sender), senders))
        assert all(any("custom" in m for m in messages) for messages in replies)
        return time.perf_counter() - started

    seconds([f"warm-{n}" for n in range(6)])
    apart = seconds([f"apart-{n}" for n in range(6)])
    assert seconds(["together"] * 6) < 10 * apart


def test_healthz_answers(url: str) -> None:
    response = requests.get(f"{url}/healthz", timeout=5)
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_readyz_asks_a_question_and_forgets_it(model: None) -> None:
    with start_unit() as unit:
        response = requests.get(f"http://127.0.0.1:{unit.port}/readyz", timeout=10)
        assert response.status_code == 200
        assert response.json()["status"] == "ready"
        assert response.json()["milliseconds"] > 0
        database = unit._var / "tracker.db"
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
            senders = {s for (s,) in db.execute("SELECT DISTINCT sender_id FROM events")}
        # The unit's own first question, over REST, is a conversation like any other.
        assert not any(s.startswith("readiness-") for s in senders)
        text = requests.get(f"http://127.0.0.1:{unit.port}/metrics", timeout=5).text
        assert 'channel="operations"' not in text
        assert "bot_ready 1" in text


def test_readyz_is_no_load_when_it_is_asked_often(url: str) -> None:
    first = requests.get(f"{url}/readyz", timeout=10).json()
    started = time.monotonic()
    assert all(requests.get(f"{url}/readyz", timeout=5).json() == first for _ in range(10))
    assert time.monotonic() - started < 1.0


@pytest.mark.parametrize("kind", ["slow", "silent", "failing", "apologising"])
def test_readyz_tells_within_five_seconds_what_gets_no_answer(kind: str) -> None:
    async def handle(message: UserMessage) -> None:
        if kind == "slow":
            await asyncio.sleep(60)
        if kind == "failing":
            raise RuntimeError("inner workings")
        if kind == "apologising":
            await message.output_channel.send_custom_json(message.sender_id, apology().as_json())

    started = time.monotonic()
    ready, _ = asyncio.run(Service(Gateway("readiness", handle)).probe())
    assert not ready
    assert time.monotonic() - started < 5


def test_metrics_count_questions_outcomes_and_time(url: str, unit: BotProcess) -> None:
    def value(name: str) -> float:
        text = requests.get(f"{url}/metrics", timeout=5).text
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))

    questions, answered = (
        value('bot_questions_total{channel="rest"}'),
        value('bot_outcomes_total{channel="rest",outcome="answered"}'),
    )
    times = value('bot_reply_seconds_count{channel="rest"}')
    unit.ask("When did Albania join NATO?", uuid.uuid4().hex)
    assert value('bot_questions_total{channel="rest"}') == questions + 1
    assert value('bot_outcomes_total{channel="rest",outcome="answered"}') == answered + 1
    assert value('bot_reply_seconds_count{channel="rest"}') == times + 1
    assert value("process_resident_memory_bytes") > 50 * 2**20


def test_metrics_are_in_the_text_format(url: str) -> None:
    response = requests.get(f"{url}/metrics", timeout=5)
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = response.text.splitlines()
    declared = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    for line in (line for line in lines if not line.startswith("#")):
        assert _SAMPLE.match(line), line
        name = re.split(r"[{ ]", line)[0]
        assert name in declared or re.sub(r"_(bucket|sum|count)$", "", name) in declared


def test_metrics_are_not_for_everybody(url: str) -> None:
    proxied = requests.get(f"{url}/metrics", headers={"X-Forwarded-For": "203.0.113.9"}, timeout=5)
    assert proxied.status_code == 404
    assert "bot_" not in proxied.text


def test_metrics_take_a_token(model: None) -> None:
    with start_unit(METRICS_TOKEN="a-token-of-the-test") as unit:
        address = f"http://127.0.0.1:{unit.port}/metrics"
        assert requests.get(address, timeout=5).status_code == 404
        assert requests.get(address, headers={"Authorization": "Bearer wrong"}, timeout=5).status_code == 404
        assert requests.get(address, headers={"Authorization": "Bearer a-token-of-the-test"}, timeout=5).status_code == 200


def test_logs_are_json_without_what_people_write(model: None) -> None:
    secret = f"When did Zanzibar{uuid.uuid4().hex} join NATO?"
    with start_unit() as unit:
        unit.ask(secret, "somebody")
        time.sleep(0.5)
        log = (unit._var / "log" / "rasa.log").read_text()
    assert secret not in log
    assert "somebody" not in log
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    messages = [m for m in lines if m["event"] == "message"]
    assert messages[-1]["channel"] == "rest"
    assert messages[-1]["outcome"] in ("answered", "declined", "clarify")
    assert messages[-1]["milliseconds"] > 0


def test_logs_hold_texts_when_asked_to(model: None) -> None:
    with start_unit(LOG_TEXTS="1") as unit:
        unit.ask("When did Albania join NATO?", "somebody")
        time.sleep(0.5)
        log = (unit._var / "log" / "rasa.log").read_text()
    assert "When did Albania join NATO?" in log


def test_an_exception_is_logged_by_its_place_not_its_words(caplog: pytest.LogCaptureFixture) -> None:
    handler = logging.StreamHandler()
    set_up([handler])
    try:
        raise ValueError("what somebody wrote")
    except ValueError as error:
        record = logging.LogRecord("bot.x", logging.ERROR, "x.py", 1, "it failed", (), (type(error), error, error.__traceback__))
    line = json.loads(handler.format(record))
    assert (line["event"], line["error"], line["level"]) == ("it failed", "ValueError", "error")
    assert any("test_operations.py" in place for place in line["where"])
    assert "somebody" not in json.dumps(line)


def test_details_are_fields_of_the_line() -> None:
    record = logging.makeLogRecord(
        {"name": "bot.x", "levelno": 20, "levelname": "INFO", "msg": "message", "details": {"channel": "web"}}
    )
    assert json.loads(JsonFormatter().format(record))["channel"] == "web"


def test_metrics_escape_labels_and_stay_bounded() -> None:
    metrics = Metrics()
    metrics.describe("bot_x_total", "counter", "X.")
    metrics.add("bot_x_total", path='a"b\\c\nd')
    assert 'bot_x_total{path="a\\"b\\\\c\\nd"} 1' in metrics.text()
    for number in range(1_000):
        metrics.add("bot_x_total", path=str(number))
    assert len(metrics.text().splitlines()) <= 202
