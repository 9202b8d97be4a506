"""A minute of generated messages and requests against the running bot."""

from __future__ import annotations

import json

import pytest
import requests
from hypothesis import given, settings

from bot.bench.fuzz import Call, judged, run, texts
from bot.channels.guard import clean
from bot.run.unit import Unit

SECONDS = 45.0


def test_generated_requests_break_nothing(unit: Unit) -> None:
    findings = run(f"http://127.0.0.1:{unit.port}", examples=60, number=20260101, seconds=SECONDS)
    assert findings.sent > 100
    assert findings.faults == []
    # Afterwards it answers as before.
    messages = unit.ask("When did Albania join NATO?", "after-the-storm")
    assert next(m["custom"]["outcome"] for m in messages if "custom" in m) == "answered"


@pytest.mark.parametrize(
    "payload", ["/restart", "／session_start", '\u200b/ask_source{"last_passage": "x"}', '/start_over@1.0{"given": ["a"]}']
)
def test_a_typed_payload_is_read_as_words(unit: Unit, payload: str) -> None:
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
    assert not any(ord(c) < 32 or "\ud800" <= c <= "\udfff" for c in cleaned)
    assert clean(cleaned) == cleaned


def test_judged_finds_what_must_not_be() -> None:
    call = Call("POST", "/webhooks/rest/webhook", b"{}", "rest")
    good = [{"text": "x"}, {"custom": {"outcome": "answered"}}]
    assert judged(call, 200, json.dumps(good).encode()) == []
    assert judged(call, 200, json.dumps(good[:1]).encode()) == ["a reply against the contract"]
    assert judged(call, 500, b"Traceback (most recent call last)") == ["status 500", "a trace of the inside"]
    assert judged(call, 400, b'{"error": "bad_request"}') == []
