"""What each action replies and remembers, by what was found and what was said before."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from itertools import pairwise
from typing import Any

import pytest
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import actions
from actions.actions import library
from bot.read.document import load_documents
from bot.reply import Reply
from bot.understand.listener import Meant
from bot.understand.talk import Talk

DOC = "albania_in_nato"
P = {p.id: f"{DOC}/{p.id}" for p in load_documents()[0].quotable}
Slots = dict[str, Any]


def part(outcome: str, *passages: str, move: str = "", foreign: bool = False, text: str = "q?") -> dict[str, Any]:
    keys = [P[p] for p in passages]
    answers = keys[:1] if outcome == "answered" else []
    return Meant(text, outcome, move, tuple(answers), tuple(keys), 0.5, foreign).as_json()


def run(
    action: Action,
    parts: list[dict[str, Any]] | None = None,
    slots: Slots | None = None,
    events: list[Any] | None = None,
    move: str = "x",
) -> Any:
    """Return the contract (if one was sent), what changed in the memory, the texts and the other events."""
    message = {"text": "q?", "intent": {"name": move}, "entities": [], "parts": parts}
    tracker = Tracker("someone", slots or {}, message, events or [], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    happened = asyncio.run(action.run(dispatcher, tracker, {}))
    customs = [m["custom"] for m in dispatcher.messages if m.get("custom")]
    assert all(c == Reply.from_json(c).as_json() for c in customs), "the whole contract, and nothing else"
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
        [part("answered", "p1s1", "p3s1")],
        {"failures": 2.0},
        "answered",
        ["p1s1"],
        {"asked": "q?", "outcome": "answered", "about": [P["p1s1"]], "given": [P["p1s1"]], "failures": 0.0},
    ),
    (
        "two questions",
        [part("answered", "p7s2"), part("answered", "p1s1", text="second?")],
        {},
        "answered",
        ["p7s2", "p1s1"],
        {"about": [P["p7s2"], P["p1s1"]]},
    ),
    (
        "five",
        [part("answered", p) for p in ("p1s1", "p1s2", "p2s1", "p2s2", "p2s3")],
        {},
        "answered",
        ["p1s1", "p1s2", "p2s1"],
        {},
    ),
    ("the same twice", [part("answered", "p1s1")] * 2, {}, "answered", ["p1s1"], {"given": [P["p1s1"]]}),
    ("one of two", [part("declined", "p1s1"), part("answered", "p7s2")], {}, "answered", ["p7s2"], {"about": [P["p7s2"]]}),
    ("in doubt", [part("closest", "p7s2", "p7s1")], {}, "closest", [], {"nearest": P["p7s2"], "offered": [P["p7s1"]]}),
    (
        "not said",
        [part("declined", "p7s2", "p7s1")],
        {},
        "declined",
        [],
        {"about": [P["p7s2"]], "nearest": P["p7s2"], "offered": [P["p7s1"]], "failures": 1.0},
    ),
    ("foreign", [part("declined", "p1s1", foreign=True)], {}, "declined", [], {"failures": 1.0}),
    ("vague", [part("clarify", "p5s1", "p5s2")], {}, "clarify", [], {"offered": [P["p5s1"], P["p5s2"]], "failures": 1.0}),
    ("nothing found", [part("declined")], {}, "declined", [], {"failures": 1.0}),
    ("no parts", None, {}, "declined", [], {"failures": 1.0}),
]


@pytest.mark.parametrize(("parts", "slots", "outcome", "passages", "changes"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_answer(parts: Any, slots: Slots, outcome: str, passages: list[str], changes: Slots) -> None:
    custom, changed, texts, others = run(ANSWER, parts, slots)
    assert (custom["outcome"], cited(custom), others) == (outcome, passages, [])
    assert changes.items() <= changed.items()
    assert all(any(c["quote"] in t for t in texts) for c in custom["citations"])


def test_each_question_of_a_message_has_its_own_outcome() -> None:
    parts = [part("declined", "p4s1", text="how many soldiers?"), part("answered", "p1s1", text="since when?")]
    custom, _, texts, _ = run(ANSWER, parts)
    assert [(p["text"], p["outcome"], cited(p)) for p in custom["parts"]] == [
        ("how many soldiers?", "declined", []),
        ("since when?", "answered", ["p1s1"]),
    ]
    assert "how many soldiers?" in custom["lead"], "which of them is not answered is said"
    assert any("how many soldiers?" in t for t in texts)


def test_a_doubtful_answer_is_set_apart_and_said_to_be_doubtful() -> None:
    custom, _, texts, _ = run(ANSWER, [part("closest", "p7s2", "p7s1")])
    assert (custom["citations"], custom["nearest"]["passage"]) == ([], "p7s2")
    assert "not certain" in custom["nearest_lead"]
    assert texts.index(custom["nearest_lead"]) < next(i for i, t in enumerate(texts) if custom["nearest"]["quote"] in t)


def test_a_decline_shows_the_nearest_apart_from_the_citations() -> None:
    custom, _, texts, _ = run(ANSWER, [part("declined", "p7s2", "p7s1", "p1s1")])
    assert custom["nearest"]["passage"] == "p7s2"
    assert texts[0] == custom["lead"]
    assert custom["nearest_lead"] in texts
    assert offered(custom) == ["p7s1", "p1s1"]


def test_declines_in_a_row_change_their_words_and_end_at_the_issuer() -> None:
    slots: Slots = {}
    leads = []
    for _ in range(4):
        custom, changed, _, _ = run(ANSWER, [part("declined", "p7s2", "p7s1", foreign=True)], slots)
        slots |= changed
        leads.append(custom["lead"])
        assert custom["options"]
    assert len(set(leads[:3])) == 3
    assert library().first.issuer in leads[2]


ABOUT = {name: {"about": [P[name]], "given": [P[name]], "outcome": "answered"} for name in P}


@pytest.mark.parametrize(
    ("slots", "outcome", "passages"),
    [
        ({}, "topics", []),
        ({"offered": [P["p3s1"]], "outcome": "topics"}, "answered", ["p3s1"]),
        (ABOUT["p1s1"], "answered", ["p1s2"]),
        ({"about": [P["p2s2"]], "given": [P["p2s2"], P["p2s3"]]}, "answered", ["p2s4"]),
        (ABOUT["p2s4"], "answered", ["p2s1"]),
        ({"about": [P["p1s2"]], "given": [P["p1s1"], P["p1s2"]]}, "declined", []),
        ({"about": [P["p7s4"]], "given": list(P.values())}, "declined", []),
        ({"about": ["gone/p1s1"]}, "topics", []),
        ({"about": [P["p4s1"]], "nearest": P["p4s1"], "outcome": "declined"}, "answered", ["p4s1"]),
    ],
)
def test_more(slots: Slots, outcome: str, passages: list[str]) -> None:
    custom, changed, _, _ = run(actions.ActionMore(), slots=slots)
    assert (custom["outcome"], cited(custom)) == (outcome, passages)
    assert [k.split("/")[1] for k in (slots | changed).get("about", [])] == passages or not passages
    assert passages or custom["options"]


@pytest.mark.parametrize(("about", "outcome", "passages"), [([], "topics", []), ([P["p3s2"]], "answered", ["p3s2"])])
def test_repeat(about: list[str], outcome: str, passages: list[str]) -> None:
    custom, _, _, _ = run(actions.ActionRepeat(), slots={"about": about})
    assert (custom["outcome"], cited(custom)) == (outcome, passages)


@pytest.mark.parametrize(
    ("text", "given", "passages"),
    [
        ("what was your first answer?", ["p1s1", "p4s1", "p7s2"], ["p1s1"]),
        ("go back", ["p1s1", "p4s1", "p7s2"], ["p4s1"]),
        ("previous", ["p1s1"], ["p1s1"]),
        ("go back", [], []),
    ],
)
def test_repeat_earlier(text: str, given: list[str], passages: list[str]) -> None:
    move = [part("move", move="repeat_earlier", text=text)]
    custom, _, _, _ = run(actions.ActionRepeatEarlier(), move, {"given": [P[g] for g in given]})
    assert cited(custom) == passages


@pytest.mark.parametrize(("about", "passages"), [([], []), ([P["p3s2"]], ["p3s2"])])
def test_source_names_the_issuer(about: list[str], passages: list[str]) -> None:
    custom, _, texts, _ = run(actions.ActionSource(), slots={"about": about})
    assert (custom["outcome"], cited(custom)) == ("source", passages)
    assert library().first.issuer in texts[0]


def test_topics_come_first_that_were_not_given() -> None:
    custom, changed, _, _ = run(actions.ActionTopics(), slots={"given": [P["p1s1"], P["p2s1"]]})
    assert custom["outcome"] == "topics"
    assert offered(custom) == ["p3s1", "p4s1", "p5s1", "p6s1", "p7s1"]
    assert changed["offered"] == [P[o] for o in offered(custom)], "what was offered can be chosen"


def test_overview_tells_what_the_statement_is_made_of() -> None:
    custom, _, texts, _ = run(actions.ActionOverview())
    document = library().first
    assert custom["outcome"] == "overview"
    assert f"{len(document.quotable)} sentences" in texts[0]
    assert all(p.title in texts[0] for p in document.quotable)
    assert "breaks off" in texts[0]


def test_nothing_is_counted() -> None:
    custom, _, _, _ = run(actions.ActionCount())
    assert (custom["outcome"], custom["citations"]) == ("declined", [])
    assert "count" in custom["lead"]


@pytest.mark.parametrize(
    ("slots", "options"),
    [
        ({"about": [P["p1s1"]], "offered": [P["p3s1"], P["p4s1"]], "given": [P["p1s1"]]}, ["p2s1", "p5s1", "p6s1"]),
        ({"about": [P["p1s1"]], "given": [P["p1s1"]]}, ["p2s1", "p3s1", "p4s1"]),
        ({}, ["p1s1", "p2s1", "p3s1"]),
    ],
)
def test_other_candidates_never_offer_the_same(slots: Slots, options: list[str]) -> None:
    custom, changed, _, _ = run(actions.ActionOtherCandidates(), slots=slots)
    assert (custom["outcome"], offered(custom)) == ("clarify", options)
    assert [k.split("/")[1] for k in changed["offered"]] == options


def test_other_candidates_begin_with_what_the_complaint_points_to() -> None:
    complaint = part("move", "p5s1", "p4s1", "p1s1", move="not_what_i_asked", text="I said soldiers, not money")
    slots = {"asked": "and the soldiers?", "about": [P["p5s1"]], "given": [P["p5s1"]]}
    custom, _, _, _ = run(actions.ActionOtherCandidates(), [complaint], slots=slots)
    assert [o["id"] for o in custom["options"]][:2] == [P["p4s1"], P["p1s1"]]
    assert len({o["id"] for o in custom["options"]} - {P["p5s1"]}) == 3


def test_other_candidates_have_something_to_offer_when_all_was_given() -> None:
    custom, _, _, _ = run(actions.ActionOtherCandidates(), slots={"about": [P["p1s1"]], "given": list(P.values())})
    assert custom["options"]
    assert "p1s1" not in offered(custom)


def test_small_talk_takes_turns_with_its_variants_and_leaves_the_memory_alone() -> None:
    events: list[Any] = []
    said = []
    for _ in range(5):
        custom, changed, texts, others = run(actions.ActionSmallTalk(), slots={"failures": 2.0}, events=events, move="greet")
        assert (custom["outcome"], texts, changed, others) == ("smalltalk", [custom["lead"]], {}, [])
        said.append(custom["lead"])
        # What else was said since then does not bring the same words back.
        events += [{"event": "bot", "text": text} for text in (custom["lead"], None, "“A quote.”")]
    assert len(set(said)) == len(library().texts.small_talk["greet"]) > 1
    assert all(a != b for a, b in pairwise(said))


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

        @actions.apologising
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

    from bot.errors import ROOT

    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    abstract = (Action, actions.Replying)
    written = {c().name() for _, c in getmembers(actions, isclass) if issubclass(c, Action) and c not in abstract}
    assert written == set(domain["actions"])
    assert {f.name for f in fields(Talk)} == set(domain["slots"])
