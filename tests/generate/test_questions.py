"""Questions made from sentences without a bank read as English, the first of all: it stands on a button."""

from __future__ import annotations

import pytest

from bot.generate.grammar import grammar
from bot.generate.names import title
from bot.generate.questions import questions_from
from bot.read.language import pipeline


@pytest.mark.parametrize(
    ("sentence", "questions"),
    [
        ("The ferry carries 400 passengers and 60 cars on every trip.", ["What does the ferry carry?"]),
        (
            "The fares shall be reviewed every year.",
            ["What shall be reviewed every year?", "Shall the fares be reviewed every year?"],
        ),
        ("The works are led by Anna Berg.", ["What is led by Anna Berg?", "Are the works led by Anna Berg?"]),
        ("The new quay has three berths.", ["What does the new quay have?", "How many berths does the new quay have?"]),
        ("The ferry has sailed to Bari since May.", ["Since when has the ferry sailed to Bari?"]),
        ("The city opened the harbour in 1998.", ["What did the city open in 1998?", "When did the city open the harbour?"]),
        ("Anna Berg led the works in Oslo.", ["What did Anna Berg lead?", "Who led the works in Oslo?"]),
        ("1. The ferry shall carry 400 people.[1]", ["What shall the ferry carry?", "How many people shall the ferry carry?"]),
    ],
)
def test_what_is_asked(sentence: str, questions: list[str]) -> None:
    found = questions_from(pipeline("en")(sentence), grammar("en"))
    assert found[0] == questions[0]
    assert set(questions) <= set(found)


@pytest.mark.parametrize(
    "sentence",
    [
        "The ferry does not sail in winter.",
        "The board decided to close the old quay.",
        "Both Ministers shall report to their Governments by 1. September 2022.",
        "We waited long for this day.",
        "- more budget",
        "If nobody pays, nothing be reviewed.",
        "Yes, on a lead.",
        "Decided in Vlora.",
    ],
)
def test_what_cannot_be_turned_is_asked_for_by_name_or_by_itself(sentence: str) -> None:
    first = questions_from(pipeline("en")(sentence), grammar("en"))[0]
    assert first.startswith("What does it say about ") or first == sentence.removeprefix("- ")


def test_no_sign_and_no_hole_in_a_title() -> None:
    nlp = pipeline("en")
    assert title(nlp("1. The old quay is closed."), grammar("en")) == "Old quay"
    assert title(nlp("- The new ferry[2] is fast."), grammar("en")) == "New ferry"
    assert title(nlp("We waited long."), grammar("en")) == "We waited long."
