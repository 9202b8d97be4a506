"""Banks are loaded with the lines of their questions; bad ones are refused by file and line."""

from pathlib import Path

import pytest

from bot.bank import check_bank, check_off_topic, load_bank, load_banks, load_off_topic
from bot.errors import ROOT, InputError
from bot.read.seeds import read_seed

GOOD = (
    "blocks:\n- by: ann\n  questions:\n  - When?\n  not_said:\n    number:\n    - How many?\n"
    "- by: bob\n  questions:\n  - Which day?\n  follow_ups:\n    p1s1:\n    - and the year?\n"
)
BLOCK = "blocks: [{{by: ann, questions: [{}]}}]\n"


def bank(folder: Path, **files: str) -> Path:
    for passage, text in files.items():
        (folder / f"{passage}.yml").write_text(text, encoding="utf-8")
    return folder


def test_lines_carry_passage_kind_author_and_place(tmp_path: Path) -> None:
    loaded = load_bank(bank(tmp_path, p1s1=GOOD))
    assert [(q.text, q.passage, q.kind, q.by, q.path.name, q.line) for q in loaded.questions] == [
        ("When?", "p1s1", "", "ann", "p1s1.yml", 4),
        ("Which day?", "p1s1", "", "bob", "p1s1.yml", 10),
        ("How many?", "p1s1", "number", "ann", "p1s1.yml", 7),
    ]
    assert [(f.text, f.context, f.label, f.by, f.line) for f in loaded.follow_ups] == [
        ("and the year?", "p1s1", "p1s1", "bob", 13)
    ]


def test_questions_come_in_the_order_of_passages_and_near_misses_after_them(tmp_path: Path) -> None:
    numbers = {p: BLOCK.format(p) for p in ("p10s1", "p2s10", "p2s9")}
    questions = load_bank(bank(tmp_path, p1s1=GOOD, **numbers)).questions
    assert [q.passage for q in questions] == ["p1s1", "p1s1", "p2s9", "p2s10", "p10s1", "p1s1"]
    assert questions[-1].kind == "number"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("title: x\nblocks: [", 2, "YAML"),
        ("- a\n", 1, "key: value"),
        ("title: x\n", 1, "lacks `blocks`"),
        ("title: x\nblocks: []\n", 2, "lacks `blocks`"),
        ("name: A Name\n" + GOOD, 1, "is no name"),
        (GOOD.replace("- by: bob\n  questions", "- questions"), 8, "lacks `by`"),
        (GOOD.replace("by: bob", "by:"), 8, "lacks `by`"),
        (GOOD + "- by: cid\n", 14, "block is empty"),
        (GOOD.replace("questions:\n  - When?", "questions: []"), 3, "empty"),
        (GOOD.replace("- When?", "- [a]"), 4, "line of text"),
        (GOOD.replace("How many?", "when"), 7, "under p1s1 and under p1s1 number"),
        (GOOD.replace("Which day?", "WHEN"), 10, "twice under p1s1"),
        ("colours: {}\n" + GOOD, 1, "unknown key"),
        (GOOD.replace("  not_said:", "  colours:"), 6, "unknown key"),
        (GOOD + "blocks: []\n", 14, "stands twice"),
        (GOOD.replace("    number", "    A Number"), 7, "near miss"),
    ],
)
def test_a_bad_bank_is_named_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(InputError) as error:
        load_bank(bank(tmp_path, p1s1=text))
    assert f"p1s1.yml, line {line}: " in str(error.value), str(error.value)
    assert says in str(error.value)


def test_a_question_in_two_files_is_named_with_both_places(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"p2s1\.yml, line 1: “when” stands under p1s1 and under p2s1 .*p1s1\.yml, line 4\)"):
        load_bank(bank(tmp_path, p1s1=GOOD, p2s1=BLOCK.format("when")))


def test_a_name_in_two_files_is_named_with_both_places(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"p2s1\.yml, line 2: the name `x` is taken \(.*p1s1\.yml, line 1\)"):
        load_bank(bank(tmp_path, p1s1="name: x\n" + GOOD, p2s1=BLOCK.format("Who") + "name: x\n"))


def test_an_off_topic_question_in_the_bank_is_named_with_both_places(tmp_path: Path) -> None:
    (tmp_path / "off_topic.yml").write_text(BLOCK.format("which day"))
    (tmp_path / "one").mkdir()
    loaded = load_bank(bank(tmp_path / "one", p1s1=GOOD))
    with pytest.raises(InputError, match=r"off_topic\.yml, line 1: “which day” also stands under p1s1 \(.*p1s1\.yml, line 10\)"):
        check_off_topic(load_off_topic(tmp_path), loaded)


@pytest.mark.parametrize("name", ["p9s9", "p0s1", "p7s5"])
def test_a_passage_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    document = read_seed(ROOT / "seeds" / "albania_in_nato.txt")
    with pytest.raises(InputError, match=f"{name}.yml, line 1: `{name}` is no passage of albania_in_nato; it has p1s1 to p7s4"):
        check_bank(load_bank(bank(tmp_path, **{name: GOOD})), document)
    (tmp_path / f"{name}.yml").unlink()
    with pytest.raises(InputError, match=f"p1s1.yml, line 13: `{name}` is no passage"):
        check_bank(load_bank(bank(tmp_path, p1s1=GOOD.replace("    p1s1:", f"    {name}:"))), document)


def test_what_is_no_bank_is_refused_and_no_bank_is_none(tmp_path: Path) -> None:
    assert load_banks(tmp_path / "nowhere") == []
    with pytest.raises(InputError, match="no bank"):
        load_bank(tmp_path / "one")
    (tmp_path / "one").mkdir()
    assert load_banks(tmp_path) == []
    bank(tmp_path / "one", notes=GOOD)
    with pytest.raises(InputError, match=r"notes\.yml, line 1: `notes` is no passage"):
        load_banks(tmp_path)
    (tmp_path / "one.yml").write_text("passages: {}")
    with pytest.raises(InputError, match=r"one\.yml, line 1: belongs to no bank"):
        load_banks(tmp_path)


def test_the_real_bank_is_large_enough() -> None:
    loaded = load_bank(ROOT / "data" / "bank" / "albania_in_nato")
    document = read_seed(ROOT / "seeds" / "albania_in_nato.txt")
    check_bank(loaded, document)
    for passage in document.quotable:
        assert sum(q.passage == passage.id and not q.kind for q in loaded.questions) >= 20
    assert sum(bool(q.kind) for q in loaded.questions) >= 250
    assert len(load_off_topic()) >= 100
