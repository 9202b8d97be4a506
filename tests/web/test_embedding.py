"""The widget on somebody else's page: another origin, a strict policy, frames."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.conftest import Server, free_port
from tests.web.widget import ask, open_chat, question_box

MakeContext = Callable[..., BrowserContext]


class Site:
    """A page of another origin, with one tag for the widget and a policy as strict as can be."""

    def __init__(self) -> None:
        self.url = f"http://localhost:{free_port()}"
        self.bot = ""
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", site.policy(self.path))
                self.end_headers()
                self.wfile.write(site.page(self.path).encode())

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", int(self.url.rpartition(":")[2])), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def policy(self, path: str) -> str:
        if path == "/frame":
            return f"default-src 'none'; frame-src {self.bot}"
        trusted = "; require-trusted-types-for 'script'; trusted-types lit-html"
        return f"default-src 'none'; script-src {self.bot}; connect-src {self.bot}; img-src data:; base-uri 'none'{trusted}"

    def page(self, path: str) -> str:
        head = '<!doctype html><html lang="en"><head><title>A page</title><link rel="icon" href="data:,"></head><body>'
        if path == "/frame":
            return f'{head}<iframe src="{self.bot}/reader" width="800" height="600"></iframe>'
        return f'{head}<script type="module" src="{self.bot}/widget.js"></script><albania-nato-chat></albania-nato-chat>'

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


def complaints(page: Page) -> list[str]:
    """Collects what the browser complains about on its console."""
    found: list[str] = []
    page.on("console", lambda m: found.append(m.text) if m.type in ("error", "warning") else None)
    return found


def test_one_tag_works_from_another_origin_under_a_strict_policy(
    page: Page, site: Site, make_server: Callable[..., Server]
) -> None:
    server = make_server({"WEB_ALLOWED_ORIGINS": site.url})
    site.bot = server.url
    found = complaints(page)
    hosts: set[str] = set()
    page.context.on("request", lambda r: hosts.add(urlsplit(r.url).netloc))
    page.goto(site.url)
    page.get_by_role("button", name="Ask the statement").click()
    answer = ask(page, "Aegean")
    expect(answer.locator("blockquote")).to_contain_text("A clear example is")
    # The style came through although the policy allows no style at all.
    assert page.locator("dialog").evaluate("e => getComputedStyle(e).position") == "absolute"
    assert page.locator(".question p").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(27, 42, 65)"
    link = answer.get_by_role("link").first.get_attribute("href")
    assert link == f"{server.url}/reader?cited=p7s2#p7s2"
    page.get_by_role("button", name="More").click()
    with page.expect_download():
        page.get_by_role("button", name="Download as text").click()
    page.reload()
    expect(page.locator(".answer")).to_have_count(1)
    assert found == []
    assert {h for h in hosts if h} == {urlsplit(site.url).netloc, urlsplit(server.url).netloc}


def test_page_that_is_not_listed_is_told_so(page: Page, site: Site, server: Server) -> None:
    site.bot = server.url
    page.goto(site.url)
    page.get_by_role("button", name="Ask the statement").click()
    question_box(page).fill("hello")
    question_box(page).press("Enter")
    expect(page.locator(".trouble")).to_be_visible()
    assert page.locator(".answer").count() == 0


@pytest.mark.parametrize("listed", [True, False])
def test_frames_only_on_listed_pages(
    page: Page, site: Site, server: Server, make_server: Callable[..., Server], listed: bool
) -> None:
    site.bot = make_server({"WEB_FRAME_ANCESTORS": site.url}).url if listed else server.url
    page.goto(f"{site.url}/frame")
    statement = page.frame_locator("iframe").locator("article")
    if listed:
        expect(statement).to_be_visible()
    else:
        page.wait_for_timeout(1500)
        assert statement.count() == 0


def test_nothing_is_loaded_from_any_other_host(contexts: MakeContext, server: Server) -> None:
    page = contexts().new_page()
    found = complaints(page)
    hosts: set[str] = set()
    page.context.on("request", lambda r: hosts.add(urlsplit(r.url).netloc))
    open_chat(page, server.url)
    for text in ("When did Albania join NATO?", "decline", "hello, see https://example.org and mailto:a@example.org"):
        ask(page, text)
    page.goto(f"{server.url}/reader?cited=p1s1#p7s2")
    page.locator(".launcher").wait_for()
    assert {h for h in hosts if h} == {urlsplit(server.url).netloc}
    assert found == []
