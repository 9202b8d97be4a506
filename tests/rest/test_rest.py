"""The running bot over REST: every passage is reached, edges are kept, bad input is refused in words."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from bot.bank import BANKS, load_bank
from bot.bank.bank import normalised
from bot.errors import ROOT
from bot.read.document import load_documents
from bot.run.process import BotProcess
from tools.evaluate.conversations import figures, hold

# One question a passage that stands in no training file; a test below sees to that.
QUESTIONS = {
    "p1s1": "On which date in 2009 was Albania admitted to NATO, please?",
    "p1s2": "To the security of which territory is Albanian security inseparably tied nowadays?",
    "p2s1": "Which bond across the Atlantic does Albania consider essential so that future generations enjoy stability?",
    "p2s2": "Now that dangers are more complex than they used to be, what is still the cornerstone for its members?",
    "p2s3": "What does the text call the gravest European security crisis in decades?",
    "p2s4": "What drives the big flows of immigrants towards Europe, according to the text?",
    "p3s1": "What did Albania and the other NATO countries call Russia’s unprovoked attack at their high-level meetings?",
    "p3s2": "How far will NATO, Albania included, go to keep every ally secure and protected?",
    "p3s3": "Is Albania going to stay fully committed to contributing to what NATO does?",
    "p3s4": "Which military reinforcement, the biggest since the Cold War, does Albania take part in?",
    "p4s1": "Name the countries in which Albanian soldiers serve on Alliance missions.",
    "p4s2": "What is Albania doing about modernising the military command structure?",
    "p4s3": "Was Albania among the first members of the coalition against the so-called Islamic State?",
    "p5s1": "Why has Albania made raising its defence budget a priority?",
    "p5s2": "Which capabilities get upgraded thanks to higher defence investment?",
    "p6s1": "Through which tactics is the untrue story spread by powers hostile to the Alliance?",
    "p6s2": "Whose cohesion does the false narrative want to undermine, and with what thesis?",
    "p6s3": "In which field must the narrative be opposed with more energetic efforts and undeniable facts?",
    "p7s1": "In which dual capacity does Albania favour closer cooperation between NATO and the EU?",
    "p7s2": "In which sea has Albania been helping a NATO operation since 2016?",
    "p7s3": "How important is active NATO-EU cooperation for the security of Europe and beyond, in Albania’s eyes?",
    "p7s4": "What sort of partner is the European Union for the Alliance?",
}
DECLINED = ("Who is Albania's defence minister?", "When did Croatia join NATO?", "What is the weather?")


def ask(url: str, message: str, sender: str = "") -> list[dict[str, Any]]:
    body = {"sender": sender or uuid.uuid4().hex, "message": message}
    response = requests.post(f"{url}/webhooks/rest/webhook", json=body, timeout=30)
    assert response.status_code == 200, response.text
    messages: list[dict[str, Any]] = response.json()
    return messages


def custom_of(messages: list[dict[str, Any]]) -> dict[str, Any]:
    found = [m["custom"] for m in messages if "custom" in m]
    assert len(found) == 1
    custom: dict[str, Any] = found[0]
    return custom


def test_the_questions_stand_in_no_training_file() -> None:
    known = {normalised(q.text) for q in load_bank(BANKS / "albania_in_nato").questions}
    assert not known & {normalised(q) for q in QUESTIONS.values()}
    assert set(QUESTIONS) == {p.id for p in load_documents()[0].quotable}


@pytest.mark.parametrize("passage", QUESTIONS)
def test_every_passage_is_reached(bot_url: str, passage: str) -> None:
    custom = custom_of(ask(bot_url, QUESTIONS[passage]))
    assert (custom["outcome"], custom["citations"][:1] and custom["citations"][0]["passage"]) == ("answered", passage)


@pytest.mark.parametrize("passage", QUESTIONS)
def test_a_quote_is_a_slice_of_the_seed(bot_url: str, passage: str) -> None:
    seed = (ROOT / "seeds" / "albania_in_nato.txt").read_bytes().decode()
    messages = ask(bot_url, load_documents()[0].by_id[passage].ask)
    (citation,) = custom_of(messages)["citations"]
    assert citation["passage"] == passage
    assert citation["quote"] == seed[citation["start"] : citation["end"]]
    assert any(citation["quote"] in m.get("text", "") for m in messages)
    assert f"p{citation['paragraph']}s{citation['sentence']}" == passage


@pytest.mark.parametrize("question", DECLINED)
def test_what_is_not_said_is_declined(bot_url: str, question: str) -> None:
    custom = custom_of(ask(bot_url, question))
    assert custom["outcome"] == "declined"
    assert custom["citations"] == []


def test_an_age_is_given_as_of_the_statement(bot_url: str) -> None:
    custom = custom_of(ask(bot_url, "How old is NATO?"))
    assert custom["citations"][0]["passage"] == "p6s3"
    assert any("73 years at the time of the statement (2022)" in n for n in custom["notes"])


def test_two_questions_get_two_citations_in_order(bot_url: str) -> None:
    custom = custom_of(ask(bot_url, "Since when is Albania in the Aegean? And when did it join NATO?"))
    assert [c["passage"] for c in custom["citations"]] == ["p7s2", "p1s1"]


@pytest.mark.parametrize("message", ["/restart", '/ask_joining_nato{"a": "b"}', "/session_start", "/ask_aegean_operation@0.9"])
def test_a_typed_intent_is_not_obeyed(bot_url: str, message: str) -> None:
    sender = uuid.uuid4().hex
    ask(bot_url, QUESTIONS["p7s4"], sender)
    custom = custom_of(ask(bot_url, message, sender))
    if message.startswith("/ask"):
        assert "p1s1" not in [c["passage"] for c in custom["citations"]]
        assert custom["outcome"] != "answered"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"message": 5}', 400),
        (b'{"message": "\\u0000\\u202e"}', 400),
        (b'{"message": "hi", "sender": {}}', 400),
        (b"null", 400),
        (b'{"message": "a \xff"}', 400),
        (b'{"message": "hi", "sender": ""}', 400),
        (json.dumps({"message": "hi", "sender": "x" * 200}).encode(), 400),
        (b"[" * 5000, 400),
        (json.dumps({"message": "x" * 100_000}).encode(), 413),
        (b'{"message": "\\ud800 When did Albania join NATO?"}', 200),
        (b'{"message": "\\u0000When did Albania\\u202e join NATO?"}', 200),
        (b'{"message": "{last_passage} {} { %s"}', 200),
        (b'{"message": "hi", "input_channel": "web", "metadata": {"a": 1}}', 200),
        (json.dumps({"message": "why " * 600}).encode(), 200),
    ],
)
def test_bad_input_is_refused_in_words(bot_url: str, body: bytes, status: int) -> None:
    response = requests.post(
        f"{bot_url}/webhooks/rest/webhook", data=body, headers={"Content-Type": "application/json"}, timeout=30
    )
    assert response.status_code == status
    assert "Traceback" not in response.text
    assert json.loads(response.text)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_refused(bot_url: str, method: str) -> None:
    response = requests.request(method, f"{bot_url}/webhooks/rest/webhook", timeout=30)
    assert (response.status_code, "Traceback" in response.text) == (405, False)


@pytest.mark.parametrize("path", ["/conversations/x/tracker", "/domain", "/status", "/model", "/webhooks/rest/../../etc/passwd"])
def test_nothing_else_of_rasa_is_open(bot_url: str, path: str) -> None:
    assert requests.get(f"{bot_url}{path}", timeout=30).status_code in {401, 403, 404}


def test_many_at_once_get_each_their_own(bot_url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        customs = list(pool.map(lambda q: custom_of(ask(bot_url, q)), QUESTIONS.values()))
    assert [c["citations"][0]["passage"] for c in customs] == list(QUESTIONS)


def test_two_senders_do_not_mix(bot_url: str) -> None:
    one, two = uuid.uuid4().hex, uuid.uuid4().hex
    ask(bot_url, QUESTIONS["p7s2"], one)
    ask(bot_url, QUESTIONS["p1s1"], two)
    assert custom_of(ask(bot_url, "repeat that", one))["citations"][0]["passage"] == "p7s2"
    assert custom_of(ask(bot_url, "repeat that", two))["citations"][0]["passage"] == "p1s1"


def test_the_bot_says_at_first_contact_what_it_is(bot_url: str) -> None:
    sender = uuid.uuid4().hex
    assert "I am a bot" in ask(bot_url, "hi", sender)[0]["text"]
    assert "I am a bot" not in ask(bot_url, "hello", sender)[0].get("text", "")


def test_failing_again_changes_what_the_bot_does(bot_url: str) -> None:
    sender = uuid.uuid4().hex
    leads = [
        custom_of(ask(bot_url, q, sender)) for q in (*DECLINED[:2], "Who is the king of Norway?", "How many tanks has Albania?")
    ]
    assert len({c["lead"] for c in leads}) >= 3
    assert all(c["outcome"] == "declined" for c in leads)
    assert leads[-1]["options"]


@pytest.mark.parametrize(
    ("name", "turns", "follow_ups"), [("held_out_3", 0.85, 0.8), ("held_out_5", 0.85, 0.8), ("held_out_6", 0.85, 0.8)]
)
def test_written_conversations_go_well(unit: BotProcess, name: str, turns: float, follow_ups: float) -> None:
    """A floor well under what is measured (docs/scoreboard.md): it catches breakage, not a bad day."""
    got = figures(list(hold(ROOT / "tests" / "conversations" / f"{name}.yml", unit.ask)))
    assert got["turns right"] >= turns
    assert got["follow-ups right"] >= follow_ups
