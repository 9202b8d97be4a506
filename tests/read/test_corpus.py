"""Statements of the shapes that ministries publish: what is quoted of each, what never is, and what is reported."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.read.__main__ import main
from bot.read.document import Document, dump_documents, load_documents
from bot.read.seeds import fragments, read_seed
from bot.read.sentences import is_finished

HERE = Path(__file__).parent
FILES = sorted((HERE / "corpus").glob("*.txt"))
EXPECTED: dict[str, Any] = yaml.safe_load((HERE / "corpus.yml").read_text(encoding="utf-8"))
_SIGN = re.compile(r"[-–•●✓➢▪◦*]|\(?(?:\d{1,3}(?:\.\d+)*|[a-zA-Z]|[ivx]+)[.)]|§|\[\d+\]|[¹²³]")


def read(path: Path) -> Document:
    return read_seed(path)


def test_there_are_enough() -> None:
    assert len(FILES) >= 30
    assert {p.stem for p in FILES} == set(EXPECTED)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_what_is_understood(path: Path) -> None:
    document, expected = read(path), EXPECTED[path.stem]
    assert {p.id: document.quote(p) for p in document.quotable} == expected["quoted"]
    assert {p.id: document.quote(p) for p in document.passages if p.kind != "sentence"} == expected.get("never", {})
    assert [p.id for p in document.passages if p.mended] == expected.get("mended", [])
    for kind in ("heading", "joined", "left out", "doubtful"):
        assert [f.line for f in document.findings if f.kind == kind] == expected.get(kind, []), kind


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_offsets_are_exact_and_nothing_half_is_quotable(path: Path) -> None:
    document = read(path)
    position = 0
    for passage in document.passages:
        assert position <= passage.start < passage.end
        position = passage.end
        words = document.text[passage.start : passage.end]
        assert words == words.strip()
        if passage.mended:
            # Mending leaves out; it puts nothing in and changes no word.
            rest = iter(words)
            assert all(c in rest for c in passage.mended if not c.isspace())
        else:
            assert document.quote(passage) == words
    # A bare symbol of Word's or a number on a line of its own may stand before an item.
    items = {
        p.id for p in document.quotable if _SIGN.match(document.quote(p)) or path.stem in ("word_list", "list_of_bare_signs")
    }
    assert [document.quote(p) for p in document.quotable if not is_finished(document.quote(p)) and p.id not in items] == []
    assert all(any(c.isalpha() for c in document.quote(p)) for p in document.quotable)


def test_what_is_mended_is_kept_with_the_documents(tmp_path: Path) -> None:
    document = read(HERE / "corpus" / "hyphens.txt")
    text = dump_documents([document])
    assert text.count('"mended"') == sum(bool(p.mended) for p in document.passages)
    (tmp_path / "documents.json").write_text(text, encoding="utf-8")
    assert load_documents(tmp_path / "documents.json", HERE / "corpus") == [document]


def test_doubtful_places_are_reported_with_their_lines() -> None:
    said = list(fragments(read(HERE / "corpus" / "two_columns.txt")))
    assert said == [s for s in said if s.startswith("seeds/two_columns.txt, line 3: lines in columns")] != []


def test_the_command_shows_what_was_understood(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([str(HERE / "corpus" / "page_break.txt")]) == 0
    said = capsys.readouterr().out
    assert "line 3: p1s1 [mended] The report was written by the Minister of Transport and handed to the board." in said
    assert "line 5: 3\n" in said
    assert main([str(HERE / "corpus" / "cut_off.txt")]) == 0
    assert "line 9: p3s1 [fragment, never quoted] The pilot, who" in capsys.readouterr().out
    (tmp_path / "bad.txt").write_bytes(b"One.\r\nTwo.\r\n")
    assert main([str(tmp_path / "bad.txt")]) == 1
    assert "bad.txt, line 1: a carriage return" in capsys.readouterr().err
