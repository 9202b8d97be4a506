"""axe-core on everything the channel shows: WCAG 2.0 to 2.2, A and AA."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.conftest import Server
from tests.web.widget import ask, open_chat, question_box

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE: dict[str, str] = {}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}


@pytest.fixture(autouse=True)
def axe(web_modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give `violations` the script."""
    monkeypatch.setitem(AXE, "script", (web_modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))


def violations(page: Page) -> list[str]:
    """What axe finds on a page, one line each."""
    page.wait_for_timeout(350)  # Colours still fading in would be measured half-way.
    page.evaluate(AXE["script"])
    result = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, rules: {'target-size': {enabled: true}}})", TAGS
    )
    assert len(result["passes"]) > 8, "axe looked at next to nothing"
    return [f"{v['id']}: {n['target']} {n['failureSummary']}" for v in result["violations"] for n in v["nodes"]]


def closed(page: Page) -> None:
    page.get_by_role("button", name="Close").click()


def answered(page: Page) -> None:
    ask(page, "When did Albania join NATO?")


def declined_with_options(page: Page) -> None:
    ask(page, "decline")


def several(page: Page) -> None:
    for text in ("clarify", "hello, see https://example.org", "plain"):
        ask(page, text)


def failed(page: Page) -> None:
    question_box(page).fill("error")
    question_box(page).press("Enter")
    page.locator(".trouble").wait_for()


def typing(page: Page) -> None:
    question_box(page).fill("slow 4")
    question_box(page).press("Enter")
    page.locator(".typing").wait_for()


def menu(page: Page) -> None:
    ask(page, "hello")
    page.get_by_role("button", name="More").click()


def confirming(page: Page) -> None:
    menu(page)
    page.get_by_role("button", name="Delete my conversation").click()


def voted(page: Page) -> None:
    ask(page, "hello").get_by_role("button", name="Not helpful").click()
    page.get_by_label("What could be better? (optional)").wait_for()


def too_long(page: Page) -> None:
    question_box(page).fill("x" * 2100)


STATES: dict[str, Callable[[Page], None]] = {
    "empty": lambda _: None,
    "closed": closed,
    "answer": answered,
    "options": declined_with_options,
    "several": several,
    "error": failed,
    "typing": typing,
    "menu": menu,
    "confirming": confirming,
    "voted": voted,
    "too long": too_long,
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("state", STATES)
def test_chat_has_no_violation(
    contexts: Callable[..., BrowserContext], server: Server, state: str, device: dict[str, object], scheme: str
) -> None:
    page = contexts(color_scheme=scheme, **device).new_page()
    open_chat(page, server.url)
    STATES[state](page)
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", ["/reader", "/reader?cited=p1s1,p2s2#p7s2", "/reader?lang=sq&cited=p1s1"])
def test_reader_has_no_violation(
    contexts: Callable[..., BrowserContext], server: Server, path: str, device: dict[str, object], scheme: str
) -> None:
    page = contexts(color_scheme=scheme, **device).new_page()
    page.goto(server.url + path)
    expect(page.locator(".launcher")).to_be_visible()
    assert violations(page) == []


def test_axe_sees_into_the_widget(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    page.evaluate("document.querySelector('albania-nato-chat').shadowRoot.querySelector('textarea + button .vh').remove()")
    page.evaluate("document.querySelector('albania-nato-chat').shadowRoot.querySelector('textarea + button').title = ''")
    assert [v for v in violations(page) if v.startswith("button-name")]
