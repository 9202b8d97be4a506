"""`python -m bot.bank check` counts, lists near duplicates and refuses bad banks in a sentence."""

from pathlib import Path

import pytest

from bot.bank.__main__ import main
from bot.bank.bank import Bank, FollowUpLine, Question
from bot.bank.review import pairs, tally


def question(text: str, passage: str = "p1s1", kind: str = "") -> Question:
    return Question(text, "ann", Path(f"{passage or 'off_topic'}.yml"), 1, passage, kind)


def follow_up(text: str, label: str, context: str = "p1s1") -> FollowUpLine:
    return FollowUpLine(text, "bob", Path(f"{context}.yml"), 1, context, label)


def test_lines_are_counted_by_kind_and_key() -> None:
    lines = [question("a"), question("b", kind="number"), follow_up("c", "p1s1"), question("d", "", "off_topic")]
    assert tally(lines, lambda x: x.by) == {
        "ann": {"question": 1, "near miss": 1, "off topic": 1},
        "bob": {"follow-up": 1},
    }


@pytest.mark.parametrize(
    ("first", "second", "likeness"),
    [
        ("Who joined it?", "it: who joined", 1.0),
        ("who joined the alliance in spring", "who joined the alliance in autumn", None),
        ("since when is it in the alliance now", "since when is it in the alliance", 7 / 8),
        ("a b c d e f g", "a b c d e f g h i j", 0.7),
    ],
)
def test_likeness_is_the_share_of_common_words(first: str, second: str, likeness: float | None) -> None:
    bank = Bank("one", questions=(question(first), question(second, "p1s2")))
    found = pairs([bank], [], 0.7 if likeness == 0.7 else 0.8)
    assert [p.likeness for p in found] == ([] if likeness is None else [pytest.approx(likeness)])
    assert all(p.contradicts for p in found)


def test_what_is_learnt_as_one_does_not_contradict_itself() -> None:
    lines = (question("who joined it"), question("joined it who"), question("it ended when", kind="number"))
    (alike,) = pairs([Bank("one", questions=lines)], [])
    assert not alike.contradicts
    (alike,) = pairs([Bank("one", questions=(*lines[2:], question("when ended it", kind="person")))], [])
    assert not alike.contradicts
    (alike,) = pairs([Bank("one", questions=lines[2:])], [question("when it ended", "", "off_topic")])
    assert alike.contradicts


def test_follow_ups_are_compared_after_the_same_passage_only() -> None:
    lines = (follow_up("and why?", "p1s1"), follow_up("why and", "not_said"), follow_up("and why", "p1s2", "p1s2"))
    (alike,) = pairs([Bank("one", follow_ups=lines)], [])
    assert alike.contradicts
    assert (alike.first, alike.second) == lines[:2]


def test_pairs_across_files_come_first() -> None:
    lines = (question("a b c d e"), question("e d c b a"), question("a b c d e f", "p1s2"))
    assert [p.second.passage for p in pairs([Bank("one", questions=lines)], [])] == ["p1s2", "p1s2", "p1s1"]


def test_the_real_banks_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    said = capsys.readouterr().out
    assert "passages of albania_in_nato" in said
    assert "founders" in said
    assert "under two labels" in said


def test_a_bad_bank_is_said_in_a_sentence(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "data" / "bank" / "albania_in_nato" / "p7s2.yml").write_text("title: [a\nblocks: x\n")
    assert main(["check", "--root", str(project)]) == 1
    said = capsys.readouterr()
    assert "p7s2.yml, line 2: not valid YAML" in said.err
    assert said.err.count("\n") == 1
    assert not said.out


def test_a_bank_without_its_statement_is_noted(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = project / "data" / "bank" / "other"
    other.mkdir()
    (other / "p1s1.yml").write_text("blocks: [{by: me, questions: [Is it used?]}]\n")
    assert main(["check", "--root", str(project)]) == 0
    assert "bank/other is not used" in capsys.readouterr().out
