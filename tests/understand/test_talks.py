"""Labelled talks: what a label accepts, the talk that is made again from replies, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.errors import InputError
from bot.read.document import load_documents
from bot.understand.lessons import from_turns
from bot.understand.listener import Meant, Understanding
from bot.understand.talk import Talk
from bot.understand.talks import TALKS, Right, Turn, load_talks, parse
from bot.understand.teach import examples, lessons
from tools.evaluate.talks import judge


def write(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "x1.jsonl"
    path.write_text("\n".join(json.dumps(r) for r in rows) + "\n", encoding="utf-8")
    return path


def row(message: str, right: str, outcome: str = "answered", **reply: object) -> dict[str, object]:
    given = {"outcome": outcome, "quoted": [], "nearest": "", "offered": [], **reply}
    return {"conversation": "c1", "message": message, "right": right, "reply": given}


def test_a_label_has_parts_and_alternatives() -> None:
    assert parse("N p4s1 + A p1s1,p1s2 / more") == (
        (Right("declined", ("p4s1",)),),
        (Right("answered", ("p1s1", "p1s2")), Right("tell_more")),
    )


@pytest.mark.parametrize("label", ["", "A", "A p4", "X p4s1", "more please", "C"])
def test_what_is_no_label_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match=r"label|sentences"):
        parse(label)


def test_the_talk_is_made_again_from_what_the_bot_replied(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        row("how many soldiers?", "N p4s1", "declined", nearest="p4s1", offered=["p7s2"]),
        row("thanks", "thanks", "smalltalk"),
        row("1", "A p7s2", quoted=["p7s2"]),
    )
    first, thanks, choice = load_talks(path, "d")
    assert (first.later, thanks.later, choice.later) == (False, True, True)
    assert choice.talk == Talk("how many soldiers?", "declined", ("d/p4s1",), (), "d/p4s1", ("d/p7s2",), 1)


def test_what_was_only_said_before_is_no_turn(tmp_path: Path) -> None:
    path = write(tmp_path, row("how many soldiers?", "-", "declined", nearest="p4s1"), row("since when", "N p4s1", "smalltalk"))
    (turn,) = load_talks(path, "d")
    assert (turn.message, turn.line) == ("since when", 2)
    assert (turn.talk.asked, turn.talk.about) == ("how many soldiers?", ("d/p4s1",))


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, row("a", "A p1s1"), row("b", "B p1s1"))
    with pytest.raises(InputError, match="line 2"):
        load_talks(path, "d")


def test_every_committed_talk_can_be_read_and_no_author_stands_twice() -> None:
    files = sorted(TALKS.glob("*/*.jsonl"))
    assert len({f.stem for f in files}) == len(files) > 15
    assert all(load_talks(f, "albania_in_nato") for f in files)


def judged(right: str, *parts: Meant) -> tuple[float, ...]:
    return judge(Turn("x", "c", "m", Talk(), parse(right), 1), Understanding("question", 1.0, parts), "d").parts


@pytest.mark.parametrize(
    ("right", "part", "worth"),
    [
        ("A p1s1,p2s1", Meant("m", "answered", "", ("d/p2s1",)), 1.0),
        ("A p1s1", Meant("m", "answered", "", ("d/p2s1",)), 0.0),
        ("A p1s1", Meant("m", "closest", "", (), ("d/p1s1",)), 0.5),
        ("A p1s1", Meant("m", "closest", "", (), ("d/p2s1",)), 0.0),
        ("N p1s1", Meant("m", "closest", "", (), ("d/p2s1",)), 0.5),
        ("N p1s1", Meant("m", "declined"), 1.0),
        ("A p1s1", Meant("m", "declined"), 0.0),
        ("A p1s1 / N p1s1", Meant("m", "declined"), 1.0),
        ("source", Meant("m", "move", "ask_source"), 1.0),
        ("source", Meant("m", "move", "thanks"), 0.0),
        ("bye", Meant("m", "move", "thanks"), 1.0),
    ],
)
def test_what_an_outcome_is_worth(right: str, part: Meant, worth: float) -> None:
    assert judged(right, part) == (worth,)


def test_two_questions_are_judged_each_and_missing_one_is_wrong() -> None:
    one, two = Meant("m", "answered", "", ("d/p1s1",)), Meant("n", "declined")
    assert judged("A p1s1 + N p4s1", one, two) == (1.0, 1.0)
    assert judged("A p1s1 + N p4s1", two, one) == (0.0, 0.0)
    assert judged("A p1s1 + N p4s1", one) == (0.0, 0.0)


def test_one_reply_does_for_moves_that_are_alike() -> None:
    assert judged("thanks + bye", Meant("m", "move", "goodbye")) == (1.0,)
    assert judged("source + source", Meant("m", "move", "ask_source")) == (1.0,)
    assert judged("maker + language", Meant("m", "move", "who_made_you")) == (0.0, 0.0), "two things were wanted"
    assert judged("thanks + A p1s1", Meant("m", "move", "thanks")) == (0.0, 0.0)


def test_what_is_told_beside_a_question_is_taught_as_an_aside() -> None:
    (document,) = [d for d in load_documents() if d.banked][:1]

    def taught(message: str, right: str) -> dict[str, str]:
        turn = Turn("a", "c1", message, Talk(), parse(right), 1)
        return {lesson.text: lesson.right[0].kind for lesson in from_turns([turn], document)}

    told, asked = "My uncle was a soldier in Kosovo.", "What do they do in the Aegean?"
    kinds = taught(f"{told} {asked}", "A p7s2")
    assert (kinds[told], kinds[asked]) == ("aside", "answered")
    # Where nothing asks by its shape, any of the sentences may be the wish.
    assert "aside" not in taught("My uncle was a soldier in Kosovo. The Aegean mission now.", "A p7s2").values()


def test_an_aside_is_no_intent() -> None:
    documents = load_documents()
    taught = lessons(documents)
    assert any(x.right[0].kind == "aside" for x in taught[documents[0].name])
    assert "aside" not in {intent for _, intent in examples([], taught, documents)}
