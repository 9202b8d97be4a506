"""How much the widget weighs and how soon it can be seen."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from bot.channels.web.pages import WEB
from tests.web.conftest import Server

MakeContext = Callable[..., BrowserContext]

# Notes when the open chat, inside its shadow, has been painted; and what moved or blocked.
WATCH = """
window.seen = {chat: 0, shift: 0, blocked: 0, largest: 0}
new PerformanceObserver(l => l.getEntries().forEach(e => { if (!e.hadRecentInput) seen.shift += e.value }))
  .observe({type: 'layout-shift', buffered: true})
new PerformanceObserver(l => l.getEntries().forEach(e => { seen.blocked += Math.max(0, e.duration - 50) }))
  .observe({type: 'longtask', buffered: true})
new PerformanceObserver(l => l.getEntries().forEach(e => { seen.largest = e.startTime }))
  .observe({type: 'largest-contentful-paint', buffered: true})
const look = () => {
  const dialog = document.querySelector('albania-nato-chat')?.shadowRoot?.querySelector('dialog[open] textarea')
  if (dialog?.getBoundingClientRect().width) requestAnimationFrame(() => { seen.chat = performance.now() })
  else requestAnimationFrame(look)
}
requestAnimationFrame(look)
"""


def measured(page: Page, url: str) -> dict[str, float]:
    """Load a page and return its timings in milliseconds."""
    page.add_init_script(WATCH)
    page.goto(url)
    page.wait_for_function("seen.chat > 0")
    page.wait_for_timeout(800)
    paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    sizes = "performance.getEntriesByType('resource').reduce((n, r) => n + r.transferSize, 0)"
    count = "performance.getEntriesByType('resource').length"
    return dict(page.evaluate(f"({{...seen, first: {paint}, bytes: {sizes}, requests: {count}}})"))


def test_widget_is_small() -> None:
    body = (WEB / "dist" / "widget.js").read_bytes()
    assert len(gzip.compress(body, 9)) <= 30_000
    assert b"sourceMappingURL" not in body


def test_open_chat_is_painted_within_a_second(
    contexts: MakeContext, server: Server, record_property: Callable[..., None]
) -> None:
    runs = [measured(contexts(viewport={"width": 1280, "height": 800}).new_page(), server.url) for _ in range(3)]
    best = min(runs, key=lambda r: r["chat"])
    record_property("timings", best)
    assert best["chat"] <= 1000, best
    assert best["first"] <= 1000, best
    assert best["shift"] <= 0.1, best
    assert best["requests"] <= 8, best
    assert best["bytes"] <= 120_000, best


@pytest.mark.parametrize("path", ["/", "/reader#p7s2"])
def test_slow_phone_on_a_slow_network_is_bearable(contexts: MakeContext, server: Server, path: str) -> None:
    page = contexts(viewport={"width": 360, "height": 640}).new_page()
    client = page.context.new_cdp_session(page)
    client.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    network = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
    client.send("Network.emulateNetworkConditions", network)
    page.add_init_script(WATCH)
    page.goto(server.url + path)
    page.wait_for_timeout(2500)
    seen = page.evaluate("({...seen, first: performance.getEntriesByName('first-contentful-paint')[0].startTime})")
    assert seen["first"] <= 2000, seen
    assert seen["largest"] <= 2500, seen
    assert seen["shift"] <= 0.1, seen
    assert seen["blocked"] <= 600, seen


@pytest.mark.parametrize("path", ["/", "/reader"])
def test_pages_are_what_search_engines_and_readers_expect(page: Page, server: Server, path: str) -> None:
    page.goto(server.url + path)
    assert page.title()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").count() == 1
    assert page.locator("meta[name=viewport]").count() == 1
    assert page.locator("main").count() == 1
