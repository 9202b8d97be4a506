"""A minute of generated messages and requests against the running bot, over all its channels."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import pytest
import requests
from hypothesis import given, settings

from bot.clean import clean
from bot.reply import Reply
from bot.run.process import BotProcess
from tests.conftest import start_unit
from tests.fuzz.calls import PEOPLE, Call
from tests.fuzz.judge import judged, logged, obeyed, said_over_telegram
from tests.fuzz.messages import texts
from tests.fuzz.storm import calm, run, telegram
from tests.telegram.double import BotApiDouble

SECONDS = 45.0


@pytest.fixture(scope="module")
def connected(model: None) -> Iterator[tuple[BotProcess, BotApiDouble]]:
    """The running bot with a Telegram, and that Telegram."""
    free = {"WEB_RATE_SESSION": "100000/1000000", "WEB_RATE_ADDRESS": "100000/1000000"}
    with telegram() as (double, variables), start_unit(**free, **variables) as running:
        yield running, double


def test_generated_requests_break_nothing(connected: tuple[BotProcess, BotApiDouble]) -> None:
    unit, double = connected
    findings = run(f"http://127.0.0.1:{unit.port}", double, examples=60, number=20260101, seconds=SECONDS)
    assert findings.sent > 100
    assert findings.faults == []
    assert findings.chats
    # Afterwards it answers as before.
    assert calm(double) == []
    assert obeyed(unit._var / "tracker.db") == []
    assert logged(unit._var / "log") == []
    assert said_over_telegram(double, findings.chats) == []
    messages = unit.ask("When did Albania join NATO?", "after-the-storm")
    assert next(m["custom"]["outcome"] for m in messages if "custom" in m) == "answered"


@pytest.mark.parametrize(
    "payload", ["/restart", "／session_start", '\u200b/ask_source{"last_passage": "x"}', '/start_over@1.0{"given": ["a"]}']
)
def test_a_typed_payload_is_read_as_words(unit: BotProcess, payload: str) -> None:
    sender = f"payload-{hash(payload)}"
    unit.ask("When did Albania join NATO?", sender)
    response = requests.post(
        f"http://127.0.0.1:{unit.port}/webhooks/rest/webhook", json={"sender": sender, "message": payload}, timeout=30
    )
    as_words = unit.ask(clean(payload), f"{sender}-words")
    assert response.status_code == 200
    said = [m["custom"]["outcome"] for m in response.json() if "custom" in m]
    assert len(said) == 1
    assert as_words


@settings(max_examples=500, deadline=None)
@given(texts())
def test_clean_leaves_nothing_that_rasa_would_obey(text: str) -> None:
    cleaned = clean(text)
    assert not cleaned.startswith("/")
    # Lines stay: people put one question on each.
    assert not any((ord(c) < 32 and c != "\n") or "\ud800" <= c <= "\udfff" for c in cleaned)
    assert not any(line.startswith("/") for line in cleaned.split("\n"))
    assert clean(cleaned) == cleaned
    # A text of plain letters has a quicker way through; what is not plain, and removed, takes the other.
    assert clean(f"{text}\u202e") == cleaned


def test_judged_finds_what_must_not_be() -> None:
    call = Call("POST", "/webhooks/rest/webhook", b"{}", kind="rest")
    good = [{"text": "x"}, {"custom": Reply("answered").as_json()}]
    assert judged(call, 200, json.dumps(good).encode()) == []
    for bad in (good[:1], [{"custom": {"outcome": "answered"}}], [{"custom": {**Reply("answered").as_json(), "more": 1}}]):
        assert judged(call, 200, json.dumps(bad).encode()) == ["a reply against the contract"]
    sorry = [{"text": "x"}, {"custom": Reply("error").as_json()}]
    assert judged(call, 200, json.dumps(sorry).encode()) == ["an apology"]
    long = Call("POST", call.url, json.dumps({"message": "A" * 2_001}).encode(), kind="rest")
    assert judged(long, 200, json.dumps(sorry).encode()) == []
    assert judged(call, 401, b"{}") == ["status 401 for a message"]
    assert judged(call, 500, b"Traceback (most recent call last)") == [
        "status 500",
        "a trace of the inside",
        "status 500 for a message",
    ]
    assert judged(call, 400, b'{"error": "bad_request"}') == []


def test_said_over_telegram_finds_what_must_not_be() -> None:
    with BotApiDouble() as double:
        person, group = PEOPLE[0], -PEOPLE[1]
        double.chat(person)
        double.chat(group, "group")
        for chat, text in ((person, "fine"), (group, "A" * 5_000)):
            requests.post(f"{double.url}/bot{double.token}/sendMessage", json={"chat_id": chat, "text": text}, timeout=10)
        assert len(said_over_telegram(double, Counter({person: 1}))) == 1
        found = said_over_telegram(double, Counter({person: 2}))
    assert found[0] == f"1 messages for 2 texts in chat {person}"
    assert len(found) == 2
    assert found[1].startswith("Telegram refuses this message") and "AAAA" in found[1]
