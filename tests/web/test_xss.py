"""Hostile words, as a message and as a statement: shown, never run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from bot.clean import clean
from bot.read.document import Document, Passage, dump_documents
from tests.web.conftest import Server
from tests.web.widget import ask, open_chat

CORPUS = [line for line in Path(__file__).with_name("xss.txt").read_text(encoding="utf-8").splitlines() if line.strip()]
MakeContext = Callable[..., BrowserContext]


def watched(contexts: MakeContext) -> Page:
    """A page that notices any call of `pwn`, and whose content policy does not help."""
    context = contexts(bypass_csp=True, viewport={"width": 1280, "height": 900})
    context.add_init_script("window.pwned = []; window.pwn = (...a) => pwned.push(a); window.alert = pwn")
    return context.new_page()


def assert_harmless(page: Page) -> None:
    """Nothing ran, nothing foreign was made, every link is of a harmless kind."""
    page.wait_for_timeout(150)
    assert page.evaluate("window.pwned") == []
    made = page.evaluate(
        """() => {
        const roots = [document, document.querySelector('albania-nato-chat').shadowRoot]
        const all = roots.flatMap(r => [...r.querySelectorAll('*')])
        const kinds = 'IFRAME OBJECT EMBED IMG VIDEO AUDIO BASE MATH MARQUEE DETAILS STYLE META TEMPLATE FRAMESET XSS'.split(' ')
        const foreign = all.filter(e => kinds.includes(e.tagName.toUpperCase()) && !e.closest('head')).map(e => e.outerHTML)
        const handlers = all.filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).map(e => e.outerHTML)
        const addresses = all.filter(e => e.href !== undefined).map(e => String(e.href.baseVal ?? e.href))
        const links = addresses.filter(h => !/^(https?|mailto):/.test(h))
        const ours = e => /^\\.\\/(widget|page)\\.js/.test(e.getAttribute('src') ?? '')
        const scripts = all.filter(e => e.tagName === 'SCRIPT' && !ours(e)).map(e => e.outerHTML)
        return {foreign, handlers, links, scripts}
        }"""
    )
    assert made == {"foreign": [], "handlers": [], "links": [], "scripts": []}


def test_corpus_is_large() -> None:
    assert len(set(CORPUS)) >= 60


def test_hostile_messages_are_shown_as_they_are(contexts: MakeContext, server: Server) -> None:
    page = watched(contexts)
    open_chat(page, server.url)
    for text in CORPUS:
        # The stand-in says it all again, so that the bot's words are hostile too.
        answer = ask(page, f"hello {text}")
        shown = clean(f"hello {text}")
        expect(page.locator(".question p").last).to_have_text(shown)
        expect(answer.locator(".lead")).to_contain_text(shown)
    assert_harmless(page)
    page.reload()
    expect(page.locator(".answer")).to_have_count(len(CORPUS))
    assert_harmless(page)


@pytest.fixture
def hostile(tmp_path: Path, make_server: Callable[..., Server]) -> Server:
    """A server whose statement, titles, issuer and questions are the corpus."""
    text, passages = "", []
    for i, line in enumerate(CORPUS):
        start = len(text)
        text += line
        passages.append(Passage(f"p{i // 3 + 1}s{i % 3 + 1}", i // 3 + 1, i % 3 + 1, start, len(text), title=line, ask=line))
        text += "\n\n" if i % 3 == 2 else " "
    document = Document("hostile", text, CORPUS[0], CORPUS[1], "en", "2022", CORPUS[2], tuple(passages))
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "hostile.txt").write_text(text, encoding="utf-8", newline="")
    (tmp_path / "documents.json").write_text(dump_documents([document]), encoding="utf-8")
    return make_server(documents=(tmp_path / "documents.json", tmp_path / "seeds"))


def test_hostile_statement_is_shown_as_it_is(contexts: MakeContext, hostile: Server) -> None:
    page = watched(contexts)
    open_chat(page, hostile.url)
    assert_harmless(page)
    for i, line in enumerate(CORPUS):
        # A passage's own question brings its quote.
        answer = ask(page, str(i))
        expect(answer.locator("blockquote")).to_have_text(line)
    ask(page, "decline")
    assert_harmless(page)
    page.goto(f"{hostile.url}/reader#p5s2")
    for i, line in enumerate(CORPUS):
        expect(page.locator(f"#p{i // 3 + 1}s{i % 3 + 1}")).to_contain_text(line)
    assert_harmless(page)


@pytest.mark.parametrize("where", ["/reader?cited={}", "/reader?lang={}", "/?lang={}", "/?ask={}", "/reader/{}", "/reader#{}"])
def test_hostile_addresses_do_nothing(contexts: MakeContext, server: Server, where: str) -> None:
    page = watched(contexts)
    for text in CORPUS[:20]:
        page.goto(server.url + where.format(text.replace("#", "%23").replace("/", "%2F")), wait_until="commit")
        page.wait_for_load_state()
        assert page.evaluate("window.pwned") == []
