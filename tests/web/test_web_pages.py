"""The reader and the demo page, as the server makes them."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
import requests

from bot.channels.web.pages import Pages, load_assets, load_texts
from bot.errors import InputError
from bot.read import Document, Passage, load_documents
from tests.web.conftest import Server


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages(load_documents(), load_texts(), load_assets())


def reader(pages: Pages, name: str = "", wanted: str | None = None, cited: str | None = None) -> str:
    page = pages.reader(name, wanted, cited)
    assert page is not None
    return page


def sentence(page: str, passage: str) -> str:
    """The words of one sentence of the page, without those of the interface."""
    found = re.search(rf'<span class="s[^"]*" id="{passage}">(.*?)(?:<span class="vh"| <a class="ask"|</span>)', page, re.S)
    assert found, passage
    return unescape(re.sub(r'<a class="n".*?</a>', "", found[1]))


def test_every_passage_stands_there_word_for_word(pages: Pages) -> None:
    page = reader(pages)
    for document in load_documents()[:1]:
        for passage in document.passages:
            assert sentence(page, passage.id) == document.quote(passage)


def test_nothing_of_the_text_is_left_out(pages: Pages) -> None:
    text = Path("seeds/albania_in_nato.txt").read_text(encoding="utf-8")
    article = re.sub(r"(?s).*<article[^>]*>(.*)</article>.*", r"\1", reader(pages))
    shown = re.sub(r'(?s)<a class="(?:n|ask|num)".*?</a>|<span class="aside".*?</span>|<[^>]+>', "", article)
    assert unescape(shown).split() == text.split()


def test_cited_sentences_are_marked_in_words_too(pages: Pages) -> None:
    page = reader(pages, cited="p1s1,p7s2")
    assert re.findall(r'class="s cited" id="(\w+)"', page) == ["p1s1", "p7s2"]
    assert page.count("(quoted in this conversation)") == 2


@pytest.mark.parametrize("cited", ["<script>", "p1s1<b>", "p99s9", ",,,", "x" * 10_000, "p1s1" * 1000])
def test_what_is_no_passage_marks_nothing(pages: Pages, cited: str) -> None:
    assert reader(pages, cited=cited) == reader(pages)


def test_fragment_is_shown_but_cannot_be_asked(pages: Pages) -> None:
    page = reader(pages)
    assert "the text breaks off here" in page
    assert 'data-option="albania_in_nato/p7s5"' not in page


def test_unknown_document_is_no_page(pages: Pages) -> None:
    assert pages.reader("nowhere", None, None) is None


def test_interface_speaks_albanian_and_the_statement_does_not(pages: Pages) -> None:
    page = reader(pages, wanted="sq")
    assert '<html lang="sq"' in page
    assert '<article lang="en">' in page
    assert "Pyet për këtë" in page


def test_unknown_language_is_english(pages: Pages) -> None:
    assert reader(pages, wanted='xx"><script>') == reader(pages)


def test_second_document_has_a_page_of_its_own_and_headings_stay() -> None:
    text = "Title\n\nOne <b>bold</b> sentence.\n\nInner heading\n\nLast one."
    spans = ((0, 1, 0, 5, "heading"), (1, 1, 7, 32, "sentence"), (2, 1, 49, 58, "sentence"))
    passages = tuple(Passage(f"p{p}s{s}", p, s, a, b, kind=k, ask="What?") for p, s, a, b, k in spans)
    other = Document("other", text, "Other & more", "Issuer", "en", "2020", "2020", passages)
    pages = Pages([*load_documents()[:1], other], load_texts(), load_assets())
    page = reader(pages, "other")
    assert sentence(page, "p1s1") == "One <b>bold</b> sentence."
    assert '<p class="layout">Inner heading</p>' in page
    assert "Other &amp; more" in page
    assert 'href="../reader"' in page
    assert 'href="./reader/other"' in reader(pages)


def test_pages_hold_no_inline_script_or_style(pages: Pages) -> None:
    for page in (pages.demo(), reader(pages)):
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page)


def test_languages_have_the_same_texts() -> None:
    texts = load_texts()
    assert {"en", "sq"} <= set(texts)
    for language, given in texts.items():
        for part in ("widget", "pages"):
            assert list(given[part]) == list(texts["en"][part]), language
            for key, text in given[part].items():
                assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", texts["en"][part][key])), key


def test_missing_text_is_told_by_file_and_name(tmp_path: Path) -> None:
    for code, pages in (("en", "{b: y}"), ("xx", "{}")):
        (tmp_path / code).mkdir()
        (tmp_path / code / "web.yml").write_text(f"widget: {{a: x}}\npages: {pages}\n")
    with pytest.raises(InputError, match=r"xx/web\.yml: lacks `b` under `pages`"):
        load_texts(tmp_path)


def test_missing_widget_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"widget\.js: missing"):
        load_assets(tmp_path)


def test_pages_are_served(server: Server) -> None:
    for path in ("/", "/?lang=sq", "/reader", "/reader/albania_in_nato", "/reader?cited=p1s1&lang=sq"):
        answer = requests.get(server.url + path, timeout=10)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert requests.head(server.url + "/", timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("path", "place"), [("/reader/", "../reader"), ("/reader/albania_in_nato/?lang=sq", "../albania_in_nato?lang=sq")]
)
def test_address_with_a_slash_too_many_leads_to_the_page(server: Server, path: str, place: str) -> None:
    answer = requests.get(server.url + path, timeout=10, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (308, place)
    assert requests.get(server.url + path, timeout=10).status_code == 200
