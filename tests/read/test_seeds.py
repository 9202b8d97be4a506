"""Seeds become documents, and bad seeds a sentence."""

from pathlib import Path

import pytest

from bot.errors import ROOT, InputError
from bot.read.seeds import MAX_BYTES, fragments, read_seed, read_seeds


def seed(folder: Path, text: str | bytes, name: str = "one.txt") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_statement_has_22_quotable_passages_and_one_fragment() -> None:
    document = read_seed(ROOT / "seeds" / "albania_in_nato.txt")
    assert len(document.quotable) == 22
    assert [p.id for p in document.passages if p.kind == "fragment"] == ["p7s5"]
    assert [p.id for p in document.passages if p.kind == "heading"] == ["p0s1"]
    assert document.quote(document.by_id["p7s2"]).startswith("A clear example is Albania’s participation since 2016")
    assert len(list(fragments(document))) == 1


def test_passages_are_slices_in_order_and_miss_only_spaces() -> None:
    document = read_seed(ROOT / "seeds" / "albania_in_nato.txt")
    position = 0
    for passage in document.passages:
        assert not document.text[position : passage.start].strip()
        assert document.quote(passage) == document.quote(passage).strip() != ""
        position = passage.end
    assert position == len(document.text)


def test_lines_without_empty_ones_between_are_paragraphs(tmp_path: Path) -> None:
    document = read_seed(seed(tmp_path, "First one here.\nSecond one here.\nThird."))
    assert [p.paragraph for p in document.quotable] == [1, 2, 3]


def test_wrapped_lines_are_one_paragraph(tmp_path: Path) -> None:
    document = read_seed(seed(tmp_path, "Title\n\nThis sentence\nis wrapped. So is\nthis one."))
    assert [(p.paragraph, p.sentence) for p in document.quotable] == [(1, 1), (1, 2)]


def test_a_list_is_quotable_line_by_line(tmp_path: Path) -> None:
    document = read_seed(seed(tmp_path, "We ask for these.\n\n- more budget\n- more soldiers"))
    assert [document.quote(p) for p in document.quotable] == ["We ask for these.", "- more budget", "- more soldiers"]


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"", 1, "empty"),
        (b" \n \n", 1, "empty"),
        (b"Fine.\n\nB\xe4d.", 3, "UTF-8"),
        (b"Only a heading", 1, "only a heading"),
        (b"A heading\n\nand a piece that never", 3, "unfinished"),
        (b"One.\r\n\r\nTwo.", 1, "CRLF"),
        (b"One.\n\nTw\0o.", 3, "NUL"),
        (b"One.\n\nTwo\x07.", 3, "U+0007"),
        (b"One\xc2\x9f.", 1, "U+009F"),
        (b"\xef\xbb\xbfOne.", 1, "byte-order"),
        (b"Word. " * (MAX_BYTES // 6 + 1), 1, "bytes"),
    ],
)
def test_a_bad_seed_is_named_with_its_line(tmp_path: Path, content: bytes, line: int, says: str) -> None:
    path = seed(tmp_path, content)
    with pytest.raises(InputError) as error:
        read_seed(path)
    assert f"one.txt, line {line}: " in str(error.value)
    assert says in str(error.value)


def test_no_seed_and_two_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no statement"):
        read_seeds(tmp_path)
    seed(tmp_path, "One.", "My text.txt")
    seed(tmp_path, "Two.", "my_text.txt")
    with pytest.raises(InputError, match="same name"):
        read_seeds(tmp_path)


@pytest.mark.parametrize("content", ["- a list", "language: qq", "colour: red", "a: [", "title: \xff"])
def test_bad_metadata_is_refused(tmp_path: Path, content: str) -> None:
    path = seed(tmp_path, "One.")
    path.with_suffix(".yml").write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError, match=r"one\.yml"):
        read_seed(path)
