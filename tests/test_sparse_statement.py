"""A statement that says little of itself: what is not known leaves no hole on the page, in the widget or in a message."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from bot.channels.web.pages import Pages, load_assets
from bot.channels.web.pages import load_texts as load_web_texts
from bot.errors import InputError
from bot.read.document import Document, dump_documents, load_documents
from bot.read.seeds import read_seed
from bot.reply import Library
from bot.texts import fill

TEXT = "The council met in the old hall.\n\nIt will build a bridge this year. Nobody was against it."
NOTE = "The record bears no date; the minutes of the council give it."
# What a maintainer may leave out, by what is left.
GIVEN = {
    "no file": None,
    "empty values": "title:\nissuer: ''\ndate:\ndate_text:\n",
    "title": "title: A record of the bridge\n",
    "issuer": "issuer: The town council\n",
    "date": "date: 2021-05\n",
    "date in words": "date_text: May 2021\n",
    "title and issuer": "title: A record of the bridge\nissuer: The town council\n",
    "title and date": "title: A record of the bridge\ndate: 2021-05\ndate_text: May 2021\n",
    "all": f"title: A record of the bridge\nissuer: The town council\ndate: 2021-05\ndate_text: May 2021\ndate_note: {NOTE}\n",
}
# Signs that follow each other where a word stood between them, empty brackets, and what nobody filled in.
_HOLE = re.compile(r"[,(·“:] ?[,.);·”]| [.,;)]|\(\)|[ ]{2}|\bNone\b|\bits issuer directly|[{}[\]]|^[\s,·.]+$|[,·]\s*$|^\s*[,·]")


def holes(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and _HOLE.search(line)]


def statement(folder: Path, given: str | None) -> Document:
    """Read a real seed of its own, and give its passages what generating gives them."""
    path = folder / "bridge.txt"
    path.write_text(TEXT, encoding="utf-8")
    if given is not None:
        path.with_suffix(".yml").write_text(given, encoding="utf-8")
    document = read_seed(path)
    passages = tuple(replace(p, intent=f"ask_{p.id}", title=f"Point {p.id}", ask=f"What of {p.id}?") for p in document.passages)
    return replace(document, passages=passages)


@pytest.fixture(params=GIVEN)
def document(request: pytest.FixtureRequest, tmp_path: Path) -> Document:
    return statement(tmp_path, GIVEN[request.param])


def visible(page: str) -> list[str]:
    """The texts of a page, one an element, with those that only a title or a screen reader gets."""
    labels = re.findall(r'aria-label="([^"]*)"', page)
    return [unescape(t).strip() for t in [*re.findall(r">([^<>]+)<", page), *labels] if t.strip()]


@pytest.mark.parametrize("language", sorted(load_web_texts()))
def test_pages_have_no_hole(document: Document, language: str) -> None:
    pages = Pages([document], load_web_texts(), load_assets())
    for page in (pages.demo(language), pages.reader("", language, None) or ""):
        texts = visible(page)
        assert document.title in texts
        assert [t for t in texts if holes(t)] == []
        assert not re.search(r"<(p|h1|h2|section|div|title)\b[^>]*>\s*</\1>", page)
        assert "$" not in page


def test_widget_texts_have_no_hole(document: Document) -> None:
    words = {"title": document.title, "issuer": document.issuer, "date": document.date_text, "days": 30}
    for texts in load_web_texts().values():
        about = fill(texts["widget"]["welcome_about"], words)
        assert holes(about) == []
        assert all(w in about for w in (document.title, document.issuer, document.date_text))


def test_messages_have_no_hole(document: Document) -> None:
    library = Library([document])
    keys = [f"{document.name}/{p.id}" for p in document.quotable]
    replies = [library.source(None), library.source(keys[0]), library.overview(), library.answered(keys)]
    replies += [library.declined("No.", keys[0], keys[1:])]
    starts = ("declined", "topics", "restarted", "count", "nothing_before")
    plain = [key for key in library.texts.phrases if key.startswith(starts)]
    replies += [library.say("declined", key, turn, keys) for key in plain for turn in range(3)]
    said = [t for r in replies for t in [*r.texts, r.reply.lead, *r.reply.notes]]
    said += [o.title + o.question for r in replies for o in r.reply.options]
    said.append(library.disclosure(30))
    assert [line for text in said for line in holes(text)] == []
    for text in (library.disclosure(30), library.source(None).reply.lead):
        assert all(w in text for w in (document.title, document.issuer, document.date_text))


def test_small_talk_has_no_hole(document: Document) -> None:
    library = Library([document])
    for move in library.texts.small_talk:
        first = library.small_talk(move).texts
        assert [line for text in (*first, *library.small_talk(move, first).texts) for line in holes(text)] == []


def test_a_date_is_shown_with_how_it_is_known(tmp_path: Path) -> None:
    document = statement(tmp_path, GIVEN["all"])
    (tmp_path / "documents.json").write_text(dump_documents([document]), encoding="utf-8")
    assert load_documents(tmp_path / "documents.json", tmp_path) == [document]
    pages = Pages([document], load_web_texts(), load_assets())
    for page in (pages.demo(), pages.reader("", None, None) or ""):
        assert NOTE in visible(page)
    source = Library([document]).source(None)
    assert source.reply.notes == (NOTE,)
    assert NOTE in source.texts
    undated = statement(tmp_path, "title: A record\n")
    assert "date-note" not in Pages([undated], load_web_texts(), load_assets()).demo()
    assert Library([undated]).source(None).reply.notes == ()


@pytest.mark.parametrize(
    ("given", "line"),
    [("title: T\ndate: May 2021\n", 2), ("date: 21-05\n", 1), ("issuer: [a, b]\n", 1), ("title: {a: b}\n", 1)],
)
def test_what_cannot_be_shown_is_refused_with_its_line(tmp_path: Path, given: str, line: int) -> None:
    with pytest.raises(InputError, match=rf"bridge\.yml, line {line}: "):
        statement(tmp_path, given)


def test_a_part_in_brackets_needs_its_words() -> None:
    text = "“{title}”[, {issuer}][ ({date})]."
    assert fill(text, {"title": "T", "issuer": "I", "date": "D"}) == "“T”, I (D)."
    assert fill(text, {"title": "T", "issuer": "", "date": "D"}) == "“T” (D)."
    assert fill(text, {"title": "T [x, {issuer}]"}) == "“T [x, {issuer}]”.", "what is filled in is not read again"
    assert fill("{unknown} [as it is]", {}) == "{unknown} [as it is]"
