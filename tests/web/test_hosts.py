"""The widget on pages of other people, by the kinds of what they do to it; the gallery of such pages lies in `hosts/`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.web.conftest import HOSTS, Server, stand_on
from tests.web.test_accessibility import AXE, violations
from tests.web.widget import ask, open_chat, question_box, questions

MakeContext = Callable[..., BrowserContext]
GALLERY = sorted(p.stem for p in HOSTS.glob("*.html"))
PLAIN = '<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>'
WIDGET = '<script type="module" src="/widget.js"></script><albania-nato-chat open></albania-nato-chat>'
ROOT = "document.querySelector('albania-nato-chat').shadowRoot"
ACTIVE = f"{ROOT}.activeElement?.id || {ROOT}.activeElement?.className || {ROOT}.activeElement?.innerText || ''"


def load(page: Page, server: Server, body: str = WIDGET, script: str = "") -> None:
    """Load a page made of some HTML in place of the server's front page; the script runs before all else."""
    page.context.route(
        re.compile(r"//127\.0\.0\.1:\d+/(\?.*)?$"), lambda r: r.fulfill(body=PLAIN + body, content_type="text/html")
    )
    if script:
        page.add_init_script(script)
    page.goto(server.url)
    page.locator(".launcher").first.wait_for(state="attached")


def style(page: Page, css: str) -> None:
    """Give the page one style instead of the one before."""
    page.evaluate(
        "css => { (window.given ??= document.head.appendChild(document.createElement('style'))).textContent = css }", css
    )


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).first.bounding_box()
    assert found is not None, selector
    return dict(found)


def computed(page: Page, selector: str, name: str) -> str:
    return str(page.locator(selector).first.evaluate("(e, name) => getComputedStyle(e)[name]", name))


def can_be_hit(page: Page, selector: str) -> bool:
    """Whether a click into the middle of an element of the widget reaches it."""
    return bool(
        page.locator(selector).first.evaluate(
            """e => { const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2
            const hit = e.getRootNode().elementFromPoint(x, y); return Boolean(hit && (e.contains(hit) || hit.contains(e))) }"""
        )
    )


def press_in_box(page: Page, **event: object) -> None:
    page.locator("textarea").evaluate(
        """(box, event) => {
        const pressed = new KeyboardEvent('keydown', {bubbles: true, composed: true, cancelable: true, ...event})
        box.dispatchEvent(Object.defineProperty(pressed, 'keyCode', {value: event.keyCode}))
        }""",
        event,
    )


def send(page: Page, text: str) -> None:
    question_box(page).fill(text)
    question_box(page).press("Enter")
    expect(page.locator(".question").last).to_contain_text(text)


@pytest.mark.parametrize("host", GALLERY)
def test_gallery(contexts: MakeContext, server: Server, web_modules: Path, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setitem(AXE, "script", (web_modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    context = contexts(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    stand_on(context, host)
    page = context.new_page()
    open_chat(page, server.url)
    side = "left" if host == "rtl" else "right"
    panel = box(page, "dialog")
    assert (panel["width"], panel["height"], panel["y"]) == (424, 704, 76)
    assert panel["x"] == (20 if side == "left" else 836)
    question_box(page).click()
    page.keyboard.type("is this so? yes/no 1jkfn Aegean")
    expect(question_box(page)).to_have_value("is this so? yes/no 1jkfn Aegean")
    page.keyboard.press("Enter")
    expect(page.locator("blockquote")).to_have_text(re.compile(r"^\s*A clear example is"), use_inner_text=True)
    assert (computed(page, "textarea", "fontSize"), computed(page, "blockquote", "textAlign")) == ("16px", "start")
    assert page.evaluate(ACTIVE) == "question"
    assert can_be_hit(page, "blockquote")
    assert violations(page) == []
    shoot(page, f"{host}-open")
    page.keyboard.press("Escape")
    launcher = box(page, ".launcher")
    assert launcher["y"] + launcher["height"] == 780
    assert (launcher["x"] == 20) if side == "left" else (launcher["x"] + launcher["width"] == 1260)
    assert can_be_hit(page, ".launcher")
    assert "launcher" in page.evaluate(ACTIVE)
    assert violations(page) == []
    shoot(page, f"{host}-closed")


def shoot(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


SIZES = [
    "html{font-size:62.5%}",
    "html{font-size:50%}",
    "html{font-size:10px}",
    "html{font-size:14px}",
    "@media(max-width:500px){html{font-size:12px}}",
    "html{font-size:calc(100vw/1440*10)}",
    "html{font-size:32px}",
    "html{font-size:1vmin !important}",
    "*{font-size:9px !important}",
    "html,body{font:italic small-caps 7px/3 monospace}",
    "albania-nato-chat{font-size:5em;line-height:3}",
]


def test_sizes_are_the_readers_not_the_pages(page: Page, server: Server) -> None:
    load(page, server)
    ask(page, "Aegean").get_by_role("button", name="Not helpful").click()
    for css in SIZES:
        page.set_viewport_size({"width": 1280, "height": 800})
        style(page, css)
        # The change of the media query comes with the next frame.
        expect(page.locator("dialog:not(:modal)")).to_be_visible()
        assert box(page, "dialog")["width"] == 424, css
        assert computed(page, ".question p", "fontSize") == "16px", css
        assert box(page, ".send")["width"] == 44, css
        page.set_viewport_size({"width": 390, "height": 800})
        expect(page.locator("dialog:modal")).to_be_visible()
        assert [computed(page, s, "fontSize") for s in ("textarea", ".word input")] == ["16px", "16px"], css


RULES = [
    "body>*{position:relative}",
    "*{position:relative}",
    "body>*{overflow:hidden}",
    "body>*{opacity:0}",
    ":empty{display:none}",
    "*{font-size:12px}",
    "*{text-align:center}",
    "body>*{display:none !important}",
    "body>*{visibility:hidden;transform:scale(.1);filter:blur(9px)}",
    "*{all:unset}",
    "*{inset:auto !important;max-width:10px;margin:auto;float:left}",
    "body>*:not(main){height:0;width:0;clip-path:inset(50%);z-index:-1}",
    "body{transform:translateZ(0);height:3000px;overflow:clip;contain:layout}",
    "html{filter:grayscale(1)} body>*{animation:x 1s infinite} @keyframes x{from{display:none;opacity:0}}",
    "body>*{zoom:1;rotate:9deg;scale:.5;translate:300px;columns:3;content-visibility:hidden}",
]


def test_rules_of_the_page_do_not_hit_the_widget(page: Page, server: Server) -> None:
    load(page, server)
    ask(page, "Aegean")
    for css in RULES:
        style(page, css)
        # The page's styles come before the chat is opened and closed: so that it stands right at both.
        page.get_by_role("button", name="Close").click()
        page.evaluate("scrollTo(0, 500)")
        launcher = box(page, ".launcher")
        assert (launcher["x"] + launcher["width"], launcher["y"] + launcher["height"]) == (1260, 780), css
        assert can_be_hit(page, ".launcher"), css
        page.locator(".launcher").click()
        assert box(page, "dialog") == {"x": 836, "y": 76, "width": 424, "height": 704}, css
        assert can_be_hit(page, "textarea"), css
        assert computed(page, "blockquote", "textAlign") == "start", css
        assert computed(page, ".question p", "fontSize") == "16px", css


@pytest.mark.parametrize(
    "ancestor", ["transform:translateZ(0)", "overflow:hidden;height:0", "opacity:0;filter:blur(3px)", "contain:strict"]
)
def test_ancestors_do_not_hold_the_widget(page: Page, server: Server, ancestor: str) -> None:
    load(page, server, f'<main style="height:3000px"></main><div style="{ancestor}">{WIDGET}</div>')
    page.evaluate("scrollTo(0, 900)")
    assert box(page, "dialog") == {"x": 836, "y": 76, "width": 424, "height": 704}
    assert can_be_hit(page, "textarea")
    page.set_viewport_size({"width": 390, "height": 700})
    expect(page.locator("dialog:modal")).to_be_visible()
    assert box(page, "dialog") == {"x": 0, "y": 0, "width": 390, "height": 700}


def test_page_sets_place_and_colours_and_hides_it(page: Page, server: Server) -> None:
    load(page, server, f"<style>albania-nato-chat{{--band:#00305c;inset-block-end:80px;inset-inline-end:40px}}</style>{WIDGET}")
    panel = box(page, "dialog")
    assert (panel["x"] + panel["width"], panel["y"] + panel["height"]) == (1240, 720)
    assert computed(page, "header", "backgroundColor") == "rgb(0, 48, 92)"
    for hide, undo in (("hidden = true", "hidden = false"), ("style.display = 'none'", "style.display = ''")):
        page.evaluate(f"document.querySelector('albania-nato-chat').{hide}")
        expect(page.locator("dialog")).to_be_hidden()
        page.evaluate(f"document.querySelector('albania-nato-chat').{undo}")
        expect(page.locator("dialog")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator("dialog")).to_be_hidden()


TEXT = {
    "text-transform:uppercase": ("textTransform", "none"),
    "letter-spacing:.25em": ("letterSpacing", "normal"),
    "white-space:nowrap": ("whiteSpace", "normal"),
    "user-select:none": ("userSelect", "text"),
    "text-indent:3em": ("textIndent", "0px"),
    "word-break:break-all": ("wordBreak", "normal"),
    "pointer-events:none": ("pointerEvents", "auto"),
    "visibility:hidden": ("visibility", "visible"),
    "word-spacing:2em": ("wordSpacing", "0px"),
    "writing-mode:vertical-rl": ("writingMode", "horizontal-tb"),
    "font-variant:small-caps;font-style:italic": ("fontVariantCaps", "normal"),
    "-webkit-text-fill-color:transparent": ("webkitTextFillColor", "rgb(27, 36, 48)"),
    "text-shadow:0 0 9px red": ("textShadow", "none"),
    "hyphens:auto;line-height:4": ("hyphens", "manual"),
    "cursor:none": ("cursor", "auto"),
    "quotes:none;tab-size:40;color:#fff": ("color", "rgb(27, 36, 48)"),
}


def test_text_of_the_page_is_not_the_widgets(page: Page, server: Server) -> None:
    load(page, server)
    ask(page, "Aegean")
    for css, (name, value) in TEXT.items():
        for selector in ("body", "albania-nato-chat", "*"):
            style(page, f"{selector}{{{css}}}")
            assert computed(page, "blockquote", name) == value, (selector, css)
    style(page, "body{user-select:none;-webkit-user-select:none}")
    page.locator("blockquote p").dblclick(position={"x": 40, "y": 10})
    assert page.evaluate("getSelection().toString().trim()")


@pytest.mark.parametrize("early", ["", "#window"])
def test_shortcuts_of_the_page_swallow_nothing(contexts: MakeContext, server: Server, early: str) -> None:
    context = contexts()
    stand_on(context, "shortcuts")
    page = context.new_page()
    open_chat(page, f"{server.url}/{early}")
    question_box(page).click()
    for text in ("is this so? yes/no", "join nato from 1 fjord", "/?/ s k"):
        question_box(page).fill("")
        page.keyboard.type(text)
        expect(question_box(page)).to_have_value(text)
    page.keyboard.press("Backspace")
    expect(question_box(page)).to_have_value("/?/ s ")
    if not early:
        page.keyboard.press("ArrowLeft")
        page.keyboard.type("n")
        expect(question_box(page)).to_have_value("/?/ sn ")
        assert page.evaluate("pressed") == []
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    # The page keeps its shortcuts everywhere else.
    page.locator("h1").click()
    page.keyboard.press("/")
    assert "/" in page.evaluate("pressed")


def test_dialog_of_the_page_does_not_fetch_the_focus(contexts: MakeContext, server: Server) -> None:
    context = contexts(viewport={"width": 1280, "height": 800})
    stand_on(context, "bootstrap")
    page = context.new_page()
    open_chat(page, server.url)
    page.get_by_role("button", name="Open the dialog").click()
    question_box(page).click()
    page.keyboard.type("hello")
    expect(question_box(page)).to_have_value("hello")


@pytest.mark.parametrize("words", ["日本", "阿尔巴尼亚", "한국어", "ảnh", "zo"])
def test_keys_of_input_methods_do_nothing(page: Page, server: Server, words: str) -> None:
    load(page, server)
    question_box(page).fill(words)
    for composing in (False, True):
        for key in ("Enter", "Escape", "Process"):
            press_in_box(page, key=key, keyCode=229, isComposing=composing)
    expect(question_box(page)).to_have_value(words)
    expect(page.locator("dialog")).to_be_visible()
    assert questions(page) == []
    press_in_box(page, key="Enter", keyCode=13)
    expect(page.locator(".question")).to_have_count(1)


def test_focus_never_falls_to_the_page(page: Page, server: Server) -> None:
    load(page, server)

    def by_keyboard(name: str) -> None:
        page.get_by_role("button", name=name, exact=True).last.focus()
        page.keyboard.press("Enter")
        page.wait_for_timeout(150)
        assert page.evaluate(ACTIVE), name

    page.locator(".options button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_have_count(1)
    assert page.evaluate(ACTIVE) == "question"
    by_keyboard("Not helpful")
    page.get_by_label("What could be better?").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".word")).to_have_count(0)
    assert page.evaluate(ACTIVE)
    for names in (
        ["Download as text"],
        ["Delete my conversation", "Keep it"],
        ["Start over"],
        ["Delete my conversation", "Delete"],
    ):
        page.get_by_role("button", name="More").click()
        for name in names:
            by_keyboard(name)
    expect(page.locator(".told")).to_have_text("Your conversation has been deleted.")
    send(page, "error")
    page.locator(".trouble").wait_for()
    by_keyboard("Try again")
    page.locator(".trouble").wait_for()
    by_keyboard("Change the question")
    assert page.evaluate(ACTIVE) == "question"


def test_focus_elsewhere_is_left_there(page: Page, server: Server) -> None:
    load(page, server, f"<input aria-label=own>{WIDGET}")
    send(page, "slow 1")
    page.get_by_label("own").focus()
    expect(page.locator(".answer")).to_have_count(1)
    assert page.evaluate("document.activeElement.ariaLabel") == "own"


def test_announcement_is_not_met_again(page: Page, server: Server) -> None:
    load(page, server)
    live = page.locator("#live")
    for act in (
        lambda: ask(page, "hello"),
        lambda: ask(page, "decline"),
        lambda: send(page, "error"),
        lambda: page.get_by_role("button", name="Copy").first.click(),
    ):
        act()
        expect(live).not_to_be_empty()
        expect(live).to_be_empty(timeout=6000)


MOVES = {
    "moved": "routes.moved('x')",
    "moved twice": "routes.moved('x'); routes.moved('y')",
    "new element": "routes.replaced('x')",
    "out and back": "{const [chat] = app.querySelectorAll('albania-nato-chat'); chat.remove();"
    " setTimeout(() => app.append(chat), 2500)}",
    "out, new later": "routes.without('x'); setTimeout(() => routes.replaced('y'), 2500)",
}


@pytest.mark.parametrize("move", MOVES)
def test_question_survives_what_the_page_does_to_its_element(contexts: MakeContext, server: Server, move: str) -> None:
    context = contexts(viewport={"width": 1280, "height": 800})
    stand_on(context, "spa")
    page = context.new_page()
    open_chat(page, server.url)
    send(page, "slow 2 for the road")
    page.evaluate(
        """window.troubled = false; setInterval(() => {
        const [chat] = document.querySelectorAll('albania-nato-chat')
        troubled ||= Boolean(chat?.shadowRoot.querySelector('.trouble'))
        }, 20)"""
    )
    page.evaluate(MOVES[move])
    if "moved" in move:
        assert page.evaluate(ACTIVE) == "question"
        assert box(page, "dialog")["x"] == 836
    expect(page.locator(".answer")).to_have_count(1)
    page.wait_for_timeout(200)
    assert questions(page) == ["slow 2 for the road"]
    assert not page.evaluate("troubled")
    page.reload()
    expect(page.locator(".answer")).to_have_count(1)
    assert questions(page) == ["slow 2 for the road"]


def test_reload_while_waiting_goes_on_waiting(page: Page, server: Server) -> None:
    load(page, server)
    send(page, "slow 3 over a reload")
    page.wait_for_timeout(300)
    page.reload()
    expect(page.locator(".question")).to_have_count(1)
    assert page.locator(".trouble").count() == 0
    expect(page.locator(".answer")).to_have_count(1)


MISSING = {
    "channel denied": "window.BroadcastChannel = class { constructor() { throw new DOMException('no', 'SecurityError') } }",
    "channel missing": "delete window.BroadcastChannel",
    "channel breaks": "BroadcastChannel.prototype.postMessage = () => { throw new DOMException('closed', 'InvalidStateError') }",
    "no timeout": "delete AbortSignal.timeout",
    "no popover": "delete HTMLElement.prototype.showPopover",
    "storage null": "for (const n of ['localStorage', 'sessionStorage']) Object.defineProperty(window, n, {value: null})",
    "storage full": "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }",
    "newer methods": """for (const [of, names] of [
        [Element.prototype, 'replaceChildren checkVisibility'], [Document.prototype, 'replaceChildren adoptedStyleSheets'],
        [DocumentFragment.prototype, 'replaceChildren'], [ShadowRoot.prototype, 'adoptedStyleSheets'],
        [CSSStyleSheet.prototype, 'replace replaceSync'], [HTMLDialogElement.prototype, 'show showModal'],
        [HTMLElement.prototype, 'showPopover'], [AbortSignal.prototype, 'throwIfAborted'], [AbortSignal, 'any timeout'],
        [Array.prototype, 'at findLast toSorted'], [String.prototype, 'at replaceAll'], [Object, 'hasOwn groupBy'],
        [Crypto.prototype, 'randomUUID'], [window, 'structuredClone visualViewport'],
    ]) for (const name of names.split(' ')) delete of[name]""",
}


@pytest.mark.parametrize("missing", MISSING)
def test_what_the_browser_lacks_is_not_needed(page: Page, server: Server, missing: str) -> None:
    load(page, server, script=MISSING[missing])
    expect(page.locator(".disclosure")).not_to_be_empty()
    answer = ask(page, "Aegean")
    answer.get_by_role("button", name="Not helpful").click()
    expect(answer.get_by_role("button", name="Not helpful")).to_have_attribute("aria-pressed", "true")
    assert page.locator(".told").count() == 0
    assert box(page, "dialog")["x"] == 836
    if "storage" not in missing:
        page.reload()
        expect(page.locator(".answer")).to_have_count(1)
    page.evaluate("document.body.append(document.querySelector('albania-nato-chat'))")
    ask(page, "hello again")
    page.set_viewport_size({"width": 390, "height": 700})
    ask(page, "hello on a phone")
    assert questions(page) == ["Aegean", "hello again", "hello on a phone"]


# A visual viewport that the test sets: no browser without a head shows a keyboard.
SEEN = """const seen = Object.assign(new EventTarget(), {width: screen.width, height: screen.height, offsetTop: 0, scale: 1})
Object.defineProperty(window, 'visualViewport', {value: seen})
window.see = (change) => {
    Object.assign(seen, change)
    for (const type of ['resize', 'scroll']) seen.dispatchEvent(new Event(type))
}"""


@pytest.mark.parametrize("size", [(390, 844), (1024, 768)], ids=["phone", "tablet"])
def test_keyboard_on_the_screen_covers_nothing(contexts: MakeContext, server: Server, size: tuple[int, int]) -> None:
    width, height = size
    page = contexts(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True).new_page()
    load(page, server, f'<meta name="viewport" content="width=device-width">{WIDGET}', SEEN)
    whole = box(page, "dialog")
    for top in (0, 120):
        page.evaluate("change => see(change)", {"height": height - 336, "offsetTop": top})
        question_box(page).fill("many words " * 40)
        for selector in ("dialog", "textarea", ".send", "header [title=Close]"):
            at = box(page, selector)
            assert top <= at["y"] < at["y"] + at["height"] <= top + height - 336, (selector, top)
        question_box(page).fill("")
    page.evaluate("change => see(change)", {"height": height, "offsetTop": 0})
    assert box(page, "dialog") == whole
    # Who zooms in sees less of the window, but no keyboard.
    page.evaluate("change => see(change)", {"width": width / 2, "height": height / 2, "offsetTop": 200, "scale": 2})
    assert box(page, "dialog") == whole
    page.evaluate("change => see(change)", {"width": width, "height": height - 336, "offsetTop": 120, "scale": 1})
    page.get_by_role("button", name="Close").tap()
    launcher = box(page, ".launcher")
    assert (launcher["x"] + launcher["width"], launcher["y"] + launcher["height"]) == (width - 20, height - 20)


def test_talk_does_not_jump_while_one_reads_above(contexts: MakeContext, server: Server) -> None:
    context = contexts(viewport={"width": 1280, "height": 700}, reduced_motion="reduce", permissions=["clipboard-write"])
    page, other = context.new_page(), context.new_page()
    load(page, server)
    for number in range(1, 6):
        ask(page, str(number))
    top = f"{ROOT}.querySelector('.talk').scrollTop"
    assert page.evaluate(top) > 300
    # After a question of one's own its answer is in sight.
    expect(page.locator(".question").last).to_be_in_viewport()

    def stays(act: Callable[[], Any]) -> None:
        page.bring_to_front()
        page.evaluate(f"{ROOT}.querySelector('.talk').scrollTop = 120")
        page.wait_for_timeout(100)
        act()
        page.wait_for_timeout(300)
        assert page.evaluate(top) == 120

    first = page.locator(".answer").first
    vote = first.get_by_role("button", name="Not helpful")
    click = "e => e.click()"
    stays(lambda: first.get_by_role("button", name="Copy").evaluate(click))
    expect(page.locator(".told")).to_be_in_viewport()
    stays(lambda: vote.evaluate(click))
    stays(lambda: page.locator(".word button").evaluate(click))
    stays(lambda: vote.evaluate(click))
    stays(lambda: (page.keyboard.press("Escape"), page.locator(".launcher").click()))
    stays(lambda: page.evaluate("document.body.prepend(document.querySelector('albania-nato-chat'))"))

    def elsewhere() -> None:
        open_chat(other, server.url)
        ask(other, "hello from there")
        expect(page.locator(".answer")).to_have_count(6)

    stays(elsewhere)
    # An answer awaited while one has scrolled up does not fetch one back either.
    send(page, "slow 1")
    stays(lambda: expect(page.locator(".answer")).to_have_count(7))


def test_answer_that_comes_while_closed_is_shown_at_the_button(contexts: MakeContext, server: Server) -> None:
    page = contexts(viewport={"width": 1280, "height": 800}).new_page()
    load(page, server)
    news = page.locator(".launcher .news")
    for number, close in enumerate((page.get_by_role("button", name="Send"), page.get_by_role("button", name="Close"))):
        send(page, f"slow 1 {number}")
        close.press("Enter" if number else "Escape")
        expect(news).to_have_text("New answer")
        expect(page.locator("#live")).to_have_text("New answer")
        assert page.locator("#live").evaluate("e => !e.closest('dialog')")
        page.locator(".launcher").click()
        assert news.count() == 0
        expect(page.locator(".question").last).to_be_in_viewport()
    # Fetched by another page of the same tab, from another tab, and a fault.
    send(page, "slow 1 and away")
    page.keyboard.press("Escape")
    page.reload()
    expect(news).to_have_text("New answer")
    page.locator(".launcher").click()
    page.keyboard.press("Escape")
    other = page.context.new_page()
    open_chat(other, server.url)
    ask(other, "hello from there")
    expect(news).to_have_text("New answer")
    page.bring_to_front()
    page.locator(".launcher").click()
    page.route("**/api/message", lambda route: (page.wait_for_timeout(500), route.abort()))
    send(page, "hello lost")
    page.keyboard.press("Escape")
    expect(news).to_have_text("Not answered")


@pytest.mark.parametrize("prefix", ["/nato", "/a/b"])
def test_behind_a_path_of_a_proxy(page: Page, server: Server, prefix: str) -> None:
    lost: list[str] = []

    def proxy(route: Route) -> None:
        url = route.request.url
        if not url.startswith(f"{server.url}{prefix}/"):
            lost.append(url)
        route.fulfill(response=route.fetch(url=url.replace(f"{server.url}{prefix}/", f"{server.url}/")))

    page.context.route(f"{server.url}/**", proxy)
    open_chat(page, f"{server.url}{prefix}/")
    answer = ask(page, "Aegean")
    with page.context.expect_page() as opened:
        answer.get_by_role("link", name=re.compile("Read in context")).click()
    for path in ("", f"{prefix}/reader/albania_in_nato?lang=sq", f"{prefix}/reader?cited=p7s2#p7s2"):
        reader = opened.value
        if path:
            reader.goto(server.url + path)
        expect(reader.locator(".launcher")).to_be_visible()
        assert computed(reader, "article", "fontSize") == "19px"
    reader.locator("#p7s2 .ask").click()
    expect(reader.locator(".answer")).to_have_count(2)
    reader.locator(".issuer a").click()
    expect(reader).to_have_url(f"{server.url}{prefix}/")
    expect(reader.locator(".answer")).to_have_count(2)
    # What the page still fetches when it is closed is nobody's.
    page.context.unroute_all(behavior="ignoreErrors")
    assert lost == []


def test_two_widgets_on_a_page(page: Page, server: Server) -> None:
    load(
        page,
        server,
        "<albania-nato-chat></albania-nato-chat><albania-nato-chat></albania-nato-chat>"
        + WIDGET.replace(" open", " position=left"),
    )
    launchers = page.locator(".launcher")
    expect(launchers).to_have_count(3)
    boxes = [launchers.nth(i).bounding_box() or {} for i in range(3)]
    assert boxes[0]["y"] - boxes[1]["y"] > boxes[1]["height"]
    assert boxes[2]["x"] == 20
    assert boxes[2]["y"] == boxes[0]["y"]
    # An open one covers the button of the other, and does not share its words.
    launchers.nth(0).click()
    first, second = page.locator("albania-nato-chat").nth(0), page.locator("albania-nato-chat").nth(1)
    page.keyboard.type("half a thought")
    first.get_by_role("button", name="Send").click()
    expect(first.locator(".answer")).to_have_count(1)
    first.get_by_role("button", name="Close").click()
    launchers.nth(1).click()
    expect(second.locator(".question p")).to_have_text(["half a thought"])
    page.keyboard.type("of the second")
    expect(first.locator("textarea")).to_have_value("")
    page.reload()
    expect(second.locator("textarea")).to_have_value("of the second")
    expect(second.locator("dialog")).to_be_visible()
    expect(first.locator("dialog")).to_be_hidden()
