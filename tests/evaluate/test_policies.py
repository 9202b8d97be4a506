"""Written conversations as Rasa stories: what is read, what is right, what is remembered between turns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bot.evaluate.policies import Result, accepted_actions, against, as_rasa, conclusion, interval, load_rules, stories, table
from bot.read.document import load_documents
from bot.retrieve.finder import Context, Reading
from bot.retrieve.finding import Candidate, Finding

DOCUMENT = load_documents()[0].name
RULES = load_rules()


def reading(*intents: str, passage: str = "p1s1", answerable: float = 0.9) -> Reading:
    ranking = tuple((intent, 0.9 / n) for n, intent in enumerate(intents, 1))
    return Reading(ranking, "", (Finding("q?", (Candidate(DOCUMENT, passage, 1.0),), answerable),))


class Reads:
    """Reads by a list, and keeps the contexts it was given."""

    def __init__(self, **readings: Reading) -> None:
        self.readings = readings
        self.contexts: list[Context] = []

    def __call__(self, text: str, context: Context) -> Reading:
        self.contexts.append(context)
        return self.readings[text]


def test_a_conversation_becomes_stories() -> None:
    read = Reads(
        joined=reading("ask_joining_nato"),
        more=reading("tell_more"),
        # A question about the source that is read as a goodbye.
        who=reading("goodbye", "ask_source"),
        forget=reading("start_over"),
        thanks=reading("thanks"),
    )
    turns: list[dict[str, Any]] = [
        {"user": "joined", "outcome": ["answered"], "passages": ["p1s1"]},
        {"user": "more", "outcome": ["answered"]},
        {"user": "who", "outcome": ["source"]},
        {"user": "forget", "outcome": ["restarted"]},
        {"user": "thanks", "outcome": ["smalltalk"]},
    ]
    told = stories(turns, read, RULES)
    assert [(s["story"], s["steps"]) for s in as_rasa(told)["stories"]] == [
        (
            "story 1",
            [
                {"intent": "ask_joining_nato"},
                {"action": "action_answer"},
                {"intent": "tell_more"},
                {"action": "action_more"},
                {"intent": "goodbye"},
                {"action": "action_source"},
                {"intent": "start_over"},
                {"action": "action_start_over"},
            ],
        ),
        ("story 2", [{"intent": "thanks"}, {"action": "utter_thanks"}]),
    ]
    assert told[0][0].confidence == 0.9
    first, second = f"{DOCUMENT}/p1s1", f"{DOCUMENT}/p1s2"
    # What the rules' actions leave in the slots is the context of the next message; starting over empties it.
    assert [(c.last, c.given) for c in read.contexts] == [
        ("", ()),
        (first, (first,)),
        (second, (first, second)),
        (second, (first, second)),
        ("", ()),
    ]


CASES: list[tuple[list[str], list[str], bool, list[str]]] = [
    # Read as it is meant.
    (["answered"], ["ask_joining_nato"], True, ["action_answer"]),
    (["declined"], ["tell_more"], True, ["action_more"]),
    (["answered"], ["repeat"], True, ["action_repeat"]),
    (["clarify"], ["not_what_i_asked"], True, ["action_other_candidates"]),
    (["topics"], ["tell_more"], False, ["action_more"]),
    (["smalltalk"], ["insult", "thanks"], True, ["utter_insult"]),
    # Misread: the right action stays that of the outcome.
    (["answered"], ["goodbye"], True, ["action_answer"]),
    (["answered"], ["not_what_i_asked"], True, ["action_answer"]),
    (["source"], ["follow_up"], True, ["action_source"]),
    (["restarted"], ["off_topic"], True, ["action_start_over"]),
    (["topics"], ["tell_more"], True, ["action_topics"]),
    # Several accepted outcomes: that of the intent's rule first, else the first.
    (["source", "answered"], ["follow_up"], True, ["action_answer", "action_source"]),
    (["source", "answered"], ["goodbye"], True, ["action_source", "action_answer"]),
    (["answered", "clarify"], ["ask_joining_nato"], True, ["action_answer"]),
]


@pytest.mark.parametrize("outcomes, intents, quoted, right", CASES)
def test_right_actions(outcomes: list[str], intents: list[str], quoted: bool, right: list[str]) -> None:
    assert list(accepted_actions(outcomes, intents, RULES, quoted)) == right


def test_small_talk_that_was_misread_may_be_any_small_talk() -> None:
    right = accepted_actions(["smalltalk"], ["off_topic", "tell_more", "goodbye", "thanks"], RULES)
    assert right[:2] == ("utter_goodbye", "utter_thanks")
    assert set(right) == {a for a in RULES.values() if a.startswith("utter_")}


def result(name: str, *rights: list[bool], learned: int = 0) -> Result:
    return Result(name, tuple(np.array(r) for r in rights), learned, 12.0, 1.25, 34_000)


def test_the_numbers_decide() -> None:
    rules = result("rules", *[[True, False], [True, True]] * 20)
    same = result("rules + memoization", *[[True, False], [True, True]] * 20)
    better = result("learned", *[[True, True], [True, True]] * 20, learned=80)
    assert interval(rules.rights)[0] == 0.75
    assert against(better, rules)[0] == 0.25
    assert "| learned | 1.000 (1.00–1.00) | +0.250 " in table([rules, same, better])
    assert "| 20 | 0 | 80 of 80 | 12 | 1.2 | 34 |" in table([rules, same, better])
    assert "rules only" in conclusion([rules, same])
    assert "“rules + memoization”" in conclusion([rules, same])
    assert "“learned” is better" in conclusion([rules, same, better])
