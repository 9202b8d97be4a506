"""Banks are loaded with the lines of their questions; bad ones are refused by line."""

from pathlib import Path

import pytest

from bot.bank import check_bank, load_bank, load_off_topic
from bot.errors import ROOT, InputError
from bot.read.seeds import read_seed

GOOD = (
    "document: albania_in_nato\npassages:\n  p1s1:\n    questions:\n    - When?\n"
    "not_said:\n  p1s1:\n    number:\n    - How many?\n"
)


def bank(folder: Path, text: str) -> Path:
    path = folder / "bank.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_questions_carry_passage_kind_and_line(tmp_path: Path) -> None:
    questions = load_bank(bank(tmp_path, GOOD)).questions
    assert [(q.text, q.passage, q.kind, q.line) for q in questions] == [
        ("When?", "p1s1", "", 5),
        ("How many?", "p1s1", "number", 9),
    ]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("document: x\npassages: [", 2, "YAML"),
        ("- a\n", 1, "key: value"),
        ("passages: {}\n", 1, "document"),
        (GOOD.replace("questions:\n    - When?", "questions: []"), 4, "empty"),
        (GOOD.replace("- When?", "- [a]"), 5, "line of text"),
        (GOOD.replace("How many?", "when"), 9, "first in line 5"),
        (GOOD.replace("- When?", "- When?\n    - WHEN"), 6, "twice under p1s1"),
        (GOOD.replace("passages:", "colours: {}\npassages:"), 2, "unknown key"),
        (GOOD + "passages: {}\n", 10, "stands twice"),
        (GOOD.replace("    number", "    A Number"), 9, "near miss"),
    ],
)
def test_a_bad_bank_is_named_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(InputError) as error:
        load_bank(bank(tmp_path, text))
    assert f"bank.yml, line {line}: " in str(error.value), str(error.value)
    assert says in str(error.value)


@pytest.mark.parametrize("name", ["p9s9", "p0s1", "p7s5"])
def test_a_passage_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    document = read_seed(ROOT / "seeds" / "albania_in_nato.txt")
    with pytest.raises(InputError, match=f"line 5: `{name}` is no passage"):
        check_bank(load_bank(bank(tmp_path, GOOD.replace("p1s1:\n    questions", f"{name}:\n    questions"))), document)


def test_the_real_bank_is_large_enough() -> None:
    loaded = load_bank(ROOT / "data" / "bank" / "albania_in_nato.yml")
    document = read_seed(ROOT / "seeds" / "albania_in_nato.txt")
    check_bank(loaded, document)
    for passage in document.quotable:
        assert sum(q.passage == passage.id and not q.kind for q in loaded.questions) >= 20
    assert sum(bool(q.kind) for q in loaded.questions) >= 250
    assert len(load_off_topic()) >= 100
