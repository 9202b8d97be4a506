"""Messages are taken apart where people put questions together, and freed of what frames them."""

import pytest

from bot.understand.lexicon import lexicon
from bot.understand.parts import bare, split, uncorrected

WORDS = lexicon("en")


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("Hello! When did Albania join?", ["Hello! When did Albania join?"]),
        ("I read a lot. My son too. Where do soldiers serve", ["I read a lot.", "My son too.", "Where do soldiers serve"]),
        ("When did it join?Where are the soldiers?", ["When did it join?", "Where are the soldiers?"]),
        ("when did it join\nwhere are the soldiers", ["when did it join", "where are the soldiers"]),
        ("- When did it join\n- Where are they", ["When did it join", "Where are they"]),
        ("1. threats\n2. budget", ["threats", "budget"]),
        ("When did it join / where are the soldiers", ["When did it join", "where are the soldiers"]),
        ("• When did it join • Where are they", ["When did it join", "Where are they"]),
        ("When did it join and what does it do at sea?", ["When did it join", "what does it do at sea?"]),
        ("When did it join, and since when is it at sea?", ["When did it join", "since when is it at sea?"]),
        ("when did albania join nato where are its soldiers", ["when did albania join nato", "where are its soldiers"]),
        ("How many were stopped, and by whom?", ["How many were stopped", "by whom?"]),
        ("Where are the troops and until when", ["Where are the troops", "until when"]),
        ("How many are there, and in which country are they?", ["How many are there", "in which country are they?"]),
        # Words that begin a question inside one: no rule of single words tells these from the two above.
        ("How many NATO bases are there in Albania?", ["How many NATO bases are there in Albania?"]),
        ("what kind of ships did Albania send to the sea", ["what kind of ships did Albania send to the sea"]),
        ("Since which year is Albania in it?", ["Since which year is Albania in it?"]),
        ("can you tell me when they joined", ["can you tell me when they joined"]),
        ("What hybrid and cyber attacks came with it?", ["What hybrid and cyber attacks came with it?"]),
        ("Who is it and why", ["Who is it and why"]),
        ("name them! which powers", ["name them! which powers"]),
        ("what about the U.S. army?", ["what about the U.S. army?"]),
        ("on April 1, 2009, in Tirana", ["on April 1, 2009, in Tirana"]),
    ],
)
def test_split(message: str, parts: list[str]) -> None:
    assert [p.text for p in split(message, WORDS)] == parts


@pytest.mark.parametrize(
    "message",
    [
        "when did it join\n\nthanks\nAna",
        "when did it join many thanks",
        "when did it join cheers",
        "when did it join thanks in advance",
        "when did it join best wishes Anna",
        "when did it join por favor",
        "Good morning, when did it join",
        "Dear Sir or Madam,\nwhen did it join\nKind regards,\nAnna Berg",
    ],
)
def test_greetings_wishes_and_names_are_left_aside(message: str) -> None:
    assert [bare(p.text).lower() for p in split(message, WORDS)][-1] == "when did it join"


@pytest.mark.parametrize("message", ["thanks", "hello", "good morning", "cheers mate", "bye", "why", "please", "2"])
def test_what_is_nothing_but_a_frame_stays(message: str) -> None:
    assert [p.text for p in split(message, WORDS)] == [message]


@pytest.mark.parametrize("spoken", ["question mark", "exclamation mark", "full stop"])
def test_spoken_marks_are_marks(spoken: str) -> None:
    assert bare(split(f"when did it join {spoken}", WORDS)[0].text) == "when did it join"


@pytest.mark.parametrize(
    ("message", "meant"),
    [("No, I meant the budget", "the budget"), ("i mean troops", "troops"), ("I meant", "I meant"), ("the budget", "the budget")],
)
def test_uncorrected(message: str, meant: str) -> None:
    assert uncorrected(message, WORDS) == meant
