"""What each action replies and remembers, by what was found and what was said before."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import actions
from actions.actions import library
from bot.read.document import load_documents

DOC = "albania_in_nato"
P = {p.id: f"{DOC}/{p.id}" for p in load_documents()[0].quotable}
Slots = dict[str, Any]


def finding(
    *passages: str, answerable: float = 0.9, off_topic: float = 0.0, vague: bool = False, text: str = "q?"
) -> dict[str, Any]:
    candidates = [{"document": DOC, "passage": p, "probability": 0.5} for p in passages]
    return {
        "text": text,
        "candidates": candidates,
        "answerable": answerable,
        "off_topic": off_topic,
        "threshold": 0.5,
        "vague": vague,
    }


def run(
    action: Action, findings: list[dict[str, Any]] | None = None, slots: Slots | None = None, events: list[Any] | None = None
) -> Any:
    """Return the contract (if one was sent), what changed in the memory, the texts and the other events."""
    message = {"text": "q?", "intent": {"name": "x"}, "entities": [], "findings": findings}
    tracker = Tracker("someone", slots or {}, message, events or [], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    happened = asyncio.run(action.run(dispatcher, tracker, {}))
    customs = [m["custom"] for m in dispatcher.messages if m.get("custom")]
    assert len(customs) <= 1
    changed = {e["name"]: e["value"] for e in happened if e["event"] == "slot"}
    texts = [m["text"] for m in dispatcher.messages if m.get("text")]
    return (customs or [{}])[0], changed, texts, [e["event"] for e in happened if e["event"] != "slot"]


def cited(custom: dict[str, Any]) -> list[str]:
    return [c["passage"] for c in custom["citations"]]


def offered(custom: dict[str, Any]) -> list[str]:
    return [o["id"].split("/")[1] for o in custom["options"]]


ANSWER = actions.ActionAnswer()
CASES: list[tuple[str, list[dict[str, Any]] | None, Slots, str, list[str], Slots]] = [
    (
        "sure",
        [finding("p1s1", "p3s1", "p4s1")],
        {"failures": 2.0},
        "answered",
        ["p1s1"],
        {
            "last_passage": P["p1s1"],
            "last_question": "q?",
            "given": [P["p1s1"]],
            "offered": [P["p3s1"], P["p4s1"]],
            "failures": 0.0,
        },
    ),
    (
        "two questions",
        [finding("p7s2"), finding("p1s1", text="second?")],
        {},
        "answered",
        ["p7s2", "p1s1"],
        {"last_passage": P["p1s1"], "last_question": "second?", "given": [P["p7s2"], P["p1s1"]]},
    ),
    (
        "five questions",
        [finding(p) for p in ("p1s1", "p1s2", "p2s1", "p2s2", "p2s3")],
        {},
        "answered",
        ["p1s1", "p1s2", "p2s1"],
        {},
    ),
    ("the same twice", [finding("p1s1"), finding("p1s1")], {}, "answered", ["p1s1"], {"given": [P["p1s1"]]}),
    ("one of two", [finding("p1s1", answerable=0.1), finding("p7s2")], {}, "answered", ["p7s2"], {"last_passage": P["p7s2"]}),
    (
        "unsure",
        [finding("p7s2", "p7s1", answerable=0.2)],
        {},
        "declined",
        [],
        {"last_passage": P["p7s2"], "offered": [P["p7s2"], P["p7s1"]], "failures": 1.0},
    ),
    ("foreign", [finding("p1s1", answerable=0.1, off_topic=0.9)], {}, "declined", [], {"offered": [P["p1s1"]], "failures": 1.0}),
    (
        "one bare word",
        [finding("p5s1", "p5s2", vague=True)],
        {},
        "clarify",
        [],
        {"offered": [P["p5s1"], P["p5s2"]], "choosing": [P["p5s1"], P["p5s2"]], "failures": 1.0},
    ),
    ("nothing found", [finding(answerable=0.0)], {}, "declined", [], {"failures": 1.0}),
    ("no findings", None, {}, "declined", [], {"failures": 1.0}),
]


@pytest.mark.parametrize(
    ("findings", "slots", "outcome", "passages", "changes"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_answer(findings: Any, slots: Slots, outcome: str, passages: list[str], changes: Slots) -> None:
    custom, changed, texts, others = run(ANSWER, findings, slots)
    assert (custom["outcome"], cited(custom), others) == (outcome, passages, [])
    assert changes.items() <= changed.items()
    assert all(any(c["quote"] in t for t in texts) for c in custom["citations"])


def test_a_decline_shows_the_nearest_apart_from_the_citations() -> None:
    custom, _, texts, _ = run(ANSWER, [finding("p7s2", "p7s1", "p1s1", answerable=0.1)])
    assert custom["nearest"]["passage"] == "p7s2"
    assert texts[0] == custom["lead"]
    assert custom["nearest_lead"] in texts
    assert offered(custom) == ["p7s1", "p1s1"]


def test_declines_in_a_row_change_and_end_at_the_issuer() -> None:
    slots: Slots = {}
    customs = []
    for _ in range(4):
        custom, changed, _, _ = run(ANSWER, [finding("p7s2", "p7s1", answerable=0.1)], slots)
        slots |= changed
        customs.append(custom)
    assert [bool(c["nearest"]) for c in customs] == [True, False, False, False]
    assert len({c["lead"] for c in customs[:3]}) == 3
    assert library().first.issuer in customs[2]["lead"]
    assert all(c["options"] for c in customs)


@pytest.mark.parametrize(
    ("slots", "outcome", "passages"),
    [
        ({}, "topics", []),
        ({"last_passage": P["p1s1"], "given": [P["p1s1"]]}, "answered", ["p1s2"]),
        ({"last_passage": P["p2s2"], "given": [P["p2s2"], P["p2s3"]]}, "answered", ["p2s4"]),
        ({"last_passage": P["p2s4"], "given": [P["p2s4"]]}, "answered", ["p2s1"]),
        ({"last_passage": P["p1s2"], "given": [P["p1s1"], P["p1s2"]]}, "declined", []),
        ({"last_passage": P["p7s4"], "given": list(P.values())}, "declined", []),
        ({"last_passage": "gone/p1s1"}, "topics", []),
    ],
)
def test_more(slots: Slots, outcome: str, passages: list[str]) -> None:
    custom, changed, _, _ = run(actions.ActionMore(), slots=slots)
    assert (custom["outcome"], cited(custom)) == (outcome, passages)
    assert changed.get("last_passage", "").endswith(passages[0] if passages else "")
    assert passages or custom["options"]


@pytest.mark.parametrize(("last", "outcome", "passages"), [("", "topics", []), (P["p3s2"], "answered", ["p3s2"])])
def test_repeat(last: str, outcome: str, passages: list[str]) -> None:
    custom, changed, _, _ = run(actions.ActionRepeat(), slots={"last_passage": last})
    assert (custom["outcome"], cited(custom), changed) == (outcome, passages, {})


@pytest.mark.parametrize(("last", "passages"), [("", []), (P["p3s2"], ["p3s2"])])
def test_source_names_the_issuer(last: str, passages: list[str]) -> None:
    custom, _, texts, _ = run(actions.ActionSource(), slots={"last_passage": last})
    assert (custom["outcome"], cited(custom)) == ("source", passages)
    assert library().first.issuer in texts[0]


def test_topics_come_first_that_were_not_given() -> None:
    custom, _, _, _ = run(actions.ActionTopics(), slots={"given": [P["p1s1"], P["p2s1"]]})
    assert custom["outcome"] == "topics"
    assert offered(custom) == ["p3s1", "p4s1", "p5s1", "p6s1", "p7s1"]


@pytest.mark.parametrize(
    ("slots", "options"),
    [
        ({"last_passage": P["p1s1"], "offered": [P["p1s1"], P["p3s1"]], "given": [P["p1s1"]]}, ["p3s1"]),
        ({"last_passage": P["p1s1"], "given": [P["p1s1"]]}, ["p2s1", "p3s1", "p4s1"]),
        ({}, ["p1s1", "p2s1", "p3s1"]),
    ],
)
def test_other_candidates_never_offer_the_same(slots: Slots, options: list[str]) -> None:
    custom, changed, _, _ = run(actions.ActionOtherCandidates(), slots=slots)
    assert (custom["outcome"], offered(custom)) == ("clarify", options)
    assert [k.split("/")[1] for k in changed["choosing"]] == options


def test_other_candidates_have_something_to_offer_when_all_was_given() -> None:
    custom, _, _, _ = run(actions.ActionOtherCandidates(), slots={"last_passage": P["p1s1"], "given": list(P.values())})
    assert custom["options"]
    assert "p1s1" not in offered(custom)


def test_start_over_restarts() -> None:
    custom, _, _, others = run(actions.ActionStartOver())
    assert (custom["outcome"], others) == ("restarted", ["restart"])
    assert custom["options"]


def test_the_disclosure_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETENTION_DAYS", "7")
    custom, _, texts, others = run(actions.ActionSessionStart())
    assert (custom, others) == ({}, ["session_started", "action"])
    assert "I am a bot" in texts[0]
    assert "7 days" in texts[0]
    assert run(actions.ActionSessionStart(), events=[{"event": "bot"}])[2] == []


def test_a_failure_is_an_apology_by_the_contract() -> None:
    custom, changed, texts, _ = run(ANSWER, [{"nonsense": 1}])
    assert (custom["outcome"], custom["citations"], changed) == ("error", [], {})
    assert texts == [custom["lead"]]


def test_an_action_that_hangs_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "TIMEOUT_SECONDS", 0.05)

    class Hanging(Action):
        def name(self) -> str:
            return "action_hanging"

        @actions.careful
        async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
            dispatcher.utter_message(text="half a reply")
            await asyncio.sleep(30)
            return []

    custom, _, texts, _ = run(Hanging())
    assert custom["outcome"] == "error"
    assert "half a reply" not in texts


def test_the_domain_names_every_action_and_slot() -> None:
    from inspect import getmembers, isclass

    import yaml

    from actions import memory
    from bot.errors import ROOT

    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    written = {c().name() for _, c in getmembers(actions, isclass) if issubclass(c, Action) and c is not Action}
    assert written == set(domain["actions"])
    slots = {v for k, v in vars(memory).items() if k.isupper() and not k.startswith("_") and isinstance(v, str)}
    assert slots == set(domain["slots"])
