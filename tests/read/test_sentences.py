"""Sentence boundaries where real statements make them hard."""

import pytest

from bot.read.language import pipeline
from bot.read.sentences import is_finished, split_sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two.", ["One.", "Two."]),
        ("He said “No.” Then he left.", ["He said “No.”", "Then he left."]),
        ("NATO’s Presence in the East -EfP (Enhanced Forward Presence). It helps.", None),
        ("Mr. Rama met Gen. Wolters. They spoke.", ["Mr. Rama met Gen. Wolters.", "They spoke."]),
        ("U.S. troops came at 5 p.m. on Monday.", ["U.S. troops came at 5 p.m. on Monday."]),
        ("It rose by 3.5 percent. Good!", ["It rose by 3.5 percent.", "Good!"]),
        ("Is it so? Yes (it is.) And more.", ["Is it so?", "Yes (it is.)", "And more."]),
        ("A line\nthat wraps. Another.", ["A line\nthat wraps.", "Another."]),
        ("", []),
    ],
)
def test_split_sentences(text: str, expected: list[str] | None) -> None:
    found = [text[a:b] for a, b in split_sentences(pipeline("en")(text))]
    expected = ["NATO’s Presence in the East -EfP (Enhanced Forward Presence).", "It helps."] if expected is None else expected
    assert found == expected


@pytest.mark.parametrize(("text", "finished"), [("So it is.", True), ("“So it is.”", True), ("Both organizations share", False)])
def test_is_finished(text: str, finished: bool) -> None:
    assert is_finished(text) is finished
