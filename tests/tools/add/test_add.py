"""Files of every kind become seeds; a bad one is named and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
import yaml
from fpdf import FPDF

from bot.errors import ROOT, InputError
from bot.read.document import Document
from bot.read.seeds import read_seed
from tools.add.__main__ import main
from tools.add.convert import convert

PAGE = """<html><head><title>New quay | Ministry</title><script>var a = "Never shown.";</script></head><body>
<nav><a href="/">Home</a><a href="/news">All news of the Ministry</a></nav>
<main><article><h1>The new quay</h1>
<p>The board opened the quay on Monday. It is <b>ninety</b> metres&nbsp;long.<sup>1</sup> It rose from
the sea.</p>
<h2>Our goals.</h2><p>The board wants:</p>
<ul><li>a safe quay</li><li>a new road<ul><li>with lamps</li></ul></li></ul>
<ol><li>First it builds.</li><li>Then it pays.</li></ol>
<p>Mr. Kola thanked everyone who had come to see the quay and the ferry on that day.</p></article></main>
<footer><p>Copyright of the Ministry. All rights reserved.</p></footer></body></html>"""


def quotes(document: Document) -> list[str]:
    return [" ".join(document.quote(p).split()) for p in document.quotable]


def added(path: Path, *more: str) -> Document:
    """Add a file without anybody to ask, and read what was written."""
    seeds = path.parent / "seeds"
    assert main([str(path), "--seeds", str(seeds), *more]) == 0
    (seed,) = seeds.glob("*.txt")
    assert sorted(p.suffix for p in seeds.iterdir()) == [".txt", ".yml"]
    return read_seed(seed)


@pytest.fixture
def word(tmp_path: Path) -> Path:
    paper = docx.Document()
    paper.core_properties.title = "Paper of the board"
    paper.add_heading("The new quay", 0)
    paper.add_paragraph("The board opened the quay on Monday. Dr. Kola was there.")
    paper.add_heading("Why now?", 1)
    paper.add_paragraph("The Ministry asks for:")
    for item in ("more budget", "more ships"):
        paper.add_paragraph(item, style="List Bullet")
    for item in ("The quay is repaired.", "The road is widened."):
        paper.add_paragraph(item, style="List Number")
    table = paper.add_table(rows=2, cols=2)
    for cell, said in zip((c for r in table.rows for c in r.cells), ("Town", "Fare", "Bari", "45 euros")):
        cell.text = said
    paper.add_paragraph("The co\u00adoperation goes on.")
    path = tmp_path / "Paper of May.docx"
    paper.save(path)
    return path


LEFT = """The board of Vlora met on
Monday and agreed that the
quay has to be repaired. It
asks the Ministry for coopera-
tion and for two million
euros before the summer
comes. Nobody was against it,
and so the works begin in the"""
RIGHT = """month of May. The ferry sails
on while they last. A ticket
costs 30 euros.

The lighthouse is painted
white. It shines again from
June on, and it can be seen
from Brindisi.
* A note below."""


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """Two pages: a title over both columns, two columns, a head and a number on either page."""
    pdf = FPDF(unit="pt", format="A4")
    pdf.set_auto_page_break(False)
    for number in (1, 2):
        pdf.add_page()
        pdf.set_font("Helvetica", size=8)
        pdf.text(60, 40, "Harbour Board - weekly paper")
        pdf.text(290, 815, str(number))
        if number == 1:
            pdf.set_font("Helvetica", size=16)
            pdf.text(60, 90, "News of the harbour and of the ferry to Brindisi")
        pdf.set_font("Helvetica", size=10)
        columns = (LEFT, RIGHT) if number == 1 else ("The paper ends here.1 It is short.".replace("1 ", "# "),)
        for x, column in zip((60, 320), columns):
            for n, line in enumerate(column.split("\n")):
                y = 130 + 14 * n
                before, sign, after = line.partition("#")
                pdf.text(x, y, before)
                if sign:
                    end = x + pdf.get_string_width(before)
                    pdf.set_font("Helvetica", size=6)
                    pdf.text(end, y - 4, "1")
                    pdf.set_font("Helvetica", size=10)
                    pdf.text(end + 4, y, after)
    path = tmp_path / "paper.pdf"
    pdf.output(str(path))
    return path


def test_a_page_becomes_a_seed(tmp_path: Path) -> None:
    path = tmp_path / "quay.html"
    path.write_text(PAGE, encoding="utf-8")
    document = added(path)
    assert quotes(document) == [
        "The board opened the quay on Monday.",
        "It is ninety metres long.[1]",
        "It rose from the sea.",
        "- a safe quay",
        "- a new road",
        "- with lamps",
        "1. First it builds.",
        "2. Then it pays.",
        "Mr. Kola thanked everyone who had come to see the quay and the ferry on that day.",
    ]
    assert document.title == "The new quay"
    assert [f.text for f in document.findings if f.kind == "heading"] == ["The new quay", "## Our goals.", "The board wants:"]


@pytest.mark.parametrize(
    "around", ["<main>{}</main>", "<div class=content>{}</div>", "{}", "<header>Site of the Ministry</header><div>{}</div>"]
)
def test_a_short_page_keeps_its_paragraphs(tmp_path: Path, around: str) -> None:
    body = "<h1>The quay</h1><p>The board met in Vlora.</p><p>It agreed on<br>everything. Nobody left.</p><dl><dt>One</dt></dl>"
    path = tmp_path / "quay.htm"
    path.write_text(f"<html><body><nav>Home</nav>{around.format(body)}<footer>Imprint.</footer></body></html>")
    assert quotes(added(path)) == ["The board met in Vlora.", "It agreed on everything.", "Nobody left."]


def test_notes_of_a_word_document_have_the_numbers_of_their_signs(tmp_path: Path) -> None:
    space = "http://schemas.openxmlformats.org"
    word = f'xmlns:w="{space}/wordprocessingml/2006/main"'
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    said = "<w:p><w:r><w:t>The ferry carries 400.</w:t></w:r>{}<w:r><w:t xml:space='preserve'> It is new.</w:t></w:r></w:p>"
    note = "<w:p><w:r><w:t>So says the office.</w:t></w:r></w:p>"
    package = f"{space}/package/2006"
    related = f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" Type="{{}}" Target="{{}}"/></Relationships>'
    of = f"{space}/officeDocument/2006/relationships"
    sign = '<w:r><w:footnoteReference w:id="7"/></w:r>'
    files = {
        "[Content_Types].xml": f'<Types xmlns="{space}/package/2006/content-types"><Default Extension="rels" ContentType="'
        'application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{kind}.document.main+xml"/>'
        f'<Override PartName="/word/footnotes.xml" ContentType="{kind}.footnotes+xml"/></Types>',
        "_rels/.rels": related.format(f"{of}/officeDocument", "word/document.xml"),
        "word/_rels/document.xml.rels": related.format(f"{of}/footnotes", "footnotes.xml"),
        "word/document.xml": f"<w:document {word}><w:body>{said.format(sign)}</w:body></w:document>",
        "word/footnotes.xml": f'<w:footnotes {word}><w:footnote w:id="7">{note}</w:footnote></w:footnotes>',
    }
    path = tmp_path / "notes.docx"
    with zipfile.ZipFile(path, "w") as paper:
        for name, text in files.items():
            paper.writestr(name, text)
    assert quotes(added(path)) == ["The ferry carries 400.[1]", "It is new.", "[1] So says the office."]


def test_a_word_document_becomes_a_seed(word: Path) -> None:
    document = added(word)
    assert document.name == "paper_of_may"
    assert quotes(document) == [
        "The board opened the quay on Monday.",
        "Dr. Kola was there.",
        "- more budget",
        "- more ships",
        "1. The quay is repaired.",
        "2. The road is widened.",
        "The cooperation goes on.",
    ]
    assert {f.text for f in document.findings if f.kind == "heading"} == {"The new quay", "Why now?", "The Ministry asks for:"}
    assert len([f for f in document.findings if f.kind == "doubtful"]) == 1, "the table"


def test_columns_of_a_pdf_follow_each_other(paper: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = added(paper)
    assert quotes(document) == [
        "The board of Vlora met on Monday and agreed that the quay has to be repaired.",
        "It asks the Ministry for cooperation and for two million euros before the summer comes.",
        "Nobody was against it, and so the works begin in the month of May.",
        "The ferry sails on while they last.",
        "A ticket costs 30 euros.",
        "The lighthouse is painted white.",
        "It shines again from June on, and it can be seen from Brindisi.",
        "* A note below.",
        "The paper ends here.¹",
        "It is short.",
    ]
    assert document.title == "News of the harbour and of the ferry to Brindisi"
    assert "note: paper.pdf 1 of 2 pages have columns" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("raw", "remark"),
    [
        ("Ferry\r\n\r\nIt sails – “today”.\r\n".encode(), ""),
        ("\ufeffFerry\n\nIt sails – “today”.\f".encode(), ""),
        ("Ferry\n\nIt sails – “today”.\n".encode("utf-16"), ""),
        ("Ferry\n\nIt sails – “today”.\n".encode("cp1252"), "Windows-1252"),
        ("Ferry\n\n\n\n\x07It sails – “today”.  \n".encode(), ""),
    ],
)
def test_a_text_is_made_a_seed(tmp_path: Path, raw: bytes, remark: str) -> None:
    path = tmp_path / "ferry.txt"
    path.write_bytes(raw)
    found = convert(path)
    assert found.text == "Ferry\n\nIt sails – “today”.\n"
    assert remark in " ".join(found.remarks)


def test_what_is_said_of_it_is_written_and_the_rest_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ferry.txt"
    path.write_text("The ferry\n\nIt sails daily.\n", encoding="utf-8")
    document = added(path, "--date", "2022-04", "--date-text", "April 2022", "--name", "New ferry")
    assert (document.name, document.title, document.issuer) == ("new_ferry", "The ferry", "")
    assert (document.date, document.date_text) == ("2022-04", "April 2022")
    given = yaml.safe_load((tmp_path / "seeds" / "new_ferry.yml").read_text(encoding="utf-8"))
    assert given == {"title": "The ferry", "date": "2022-04", "date_text": "April 2022", "language": "en"}
    said = capsys.readouterr().out
    assert "does not say `issuer`; add it there" in said
    assert "`make shell`, or `make run` in a browser" in said


def test_what_is_missing_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ferry.txt"
    path.write_text("The ferry\n\nIt sails daily.\n", encoding="utf-8")
    answers = iter(["", "The harbour board", "May 2021", "2021-05", "May 2021", ""])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    document = added(path)
    assert (document.title, document.issuer, document.date, document.date_text, document.language) == (
        "The ferry",
        "The harbour board",
        "2021-05",
        "May 2021",
        "en",
    )


BAD: dict[str, tuple[str, bytes, str]] = {
    "unknown kind": ("a.odt", b"x", "is of no kind"),
    "no ending": ("a", b"x", "is of no kind"),
    "empty": ("a.txt", b"", "holds no text"),
    "only a heading": ("a.txt", b"Only a heading", "only a heading"),
    "no Word document": ("a.docx", b"PK but not really", "no Word document"),
    "no PDF": ("a.pdf", b"%PDF-1.4 but not really", "no PDF"),
    "no HTML": ("a.html", b"", "no HTML"),
    "page without a text": ("a.html", b"<html><body><nav>Home</nav></body></html>", "no text"),
    "too large": ("a.txt", b"One is here. " * 90_000, "bytes"),
    "no date": ("a.txt", b"One is here.", "is no date"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_said_and_nothing_is_written(tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    name, raw, says = BAD[what]
    (tmp_path / name).write_bytes(raw)
    more = ["--date", "yesterday"] if what == "no date" else []
    assert main([str(tmp_path / name), "--seeds", str(tmp_path / "seeds"), *more]) == 1
    said = capsys.readouterr().err
    assert says in said
    assert said.endswith("Nothing was written.\n")
    assert not (tmp_path / "seeds").exists()


def test_a_locked_and_an_empty_pdf_are_said(tmp_path: Path) -> None:
    for name, locked, says in (("locked", True, "password"), ("scan", False, "scan")):
        pdf = FPDF()
        pdf.add_page()
        if locked:
            pdf.set_encryption(owner_password="a", user_password="b")
        path = tmp_path / f"{name}.pdf"
        pdf.output(str(path))
        with pytest.raises(InputError, match=says):
            convert(path)


def test_a_name_that_is_taken_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ferry.txt"
    path.write_text("The ferry\n\nIt sails daily.\n", encoding="utf-8")
    added(path)
    path.write_text("The ferry\n\nIt sails weekly.\n", encoding="utf-8")
    assert main([str(path), "--seeds", str(tmp_path / "seeds")]) == 1
    assert "is there already" in capsys.readouterr().err
    assert quotes(added(path, "--replace")) == ["It sails weekly."]


def test_the_command_says_which_file_it_needs(command: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = command("tools.add", "no_such.pdf")
    assert (done.returncode, done.stderr) == (1, "no_such.pdf: no such file.\nNothing was written.\n")
    assert sys.executable and (ROOT / "requirements" / "add.txt").is_file()
