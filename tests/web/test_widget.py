"""The widget in a real browser, with a stand-in mind behind the real channel."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from playwright.sync_api import BrowserContext, Page, expect

from bot.read.document import dump_documents
from bot.read.seeds import read_seed
from tests.web.conftest import Server
from tests.web.widget import ask, open_chat, question_box, questions

MakeContext = Callable[..., BrowserContext]
PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}


def test_answer_is_a_quote_with_its_place(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    answer = ask(page, "When did Albania join NATO?")
    expect(answer.locator("blockquote")).to_contain_text("on April 1, 2009")
    expect(answer.locator("blockquote")).to_have_attribute("lang", "en")
    expect(answer.locator("figcaption")).to_contain_text("Paragraph 1, sentence 1")
    expect(answer.locator(".note")).to_contain_text("April 2022")
    expect(question_box(page)).to_have_value("")
    expect(question_box(page)).to_be_focused()


def test_declined_shows_the_nearest_apart_and_options_ask(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    answer = ask(page, "decline")
    expect(answer.locator(".lead").first).to_have_text("The statement does not say that.")
    expect(answer.locator(".nearest")).to_have_text("What the statement does say:")
    option = answer.locator(".options button").nth(1)
    text = option.inner_text().strip()
    option.click()
    expect(page.locator(".answer")).to_have_count(2)
    assert questions(page) == ["decline", text]


def test_statement_that_says_little_of_itself_leaves_no_hole(
    page: Page, tmp_path: Path, make_server: Callable[..., Server]
) -> None:
    seed = tmp_path / "bridge.txt"
    seed.write_text("It will build a bridge. Nobody was against it.", encoding="utf-8")
    seed.with_suffix(".yml").write_text("title: The bridge\n", encoding="utf-8")
    (tmp_path / "documents.json").write_text(dump_documents([read_seed(seed)]), encoding="utf-8")
    open_chat(page, make_server(documents=(tmp_path / "documents.json", tmp_path)).url)
    expect(page.locator(".about")).to_have_text(re.compile(r"^\s*“The bridge”\.\s+Read the whole statement"))
    expect(page.locator("header .source")).to_have_text("")


def test_first_suggestions_can_be_tapped(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    page.get_by_role("group", name="For instance").get_by_role("button").first.click()
    expect(page.locator(".answer blockquote")).to_be_visible()
    expect(page.locator(".welcome")).to_have_count(0)


def test_reply_without_custom_shows_its_texts(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    expect(ask(page, "plain")).to_contain_text("Two lines, no citation.")


def test_message_is_shown_at_once_and_typing_after_a_moment(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    question_box(page).fill("slow 2")
    question_box(page).press("Enter")
    expect(page.locator(".question")).to_have_text(re.compile("slow 2"), timeout=250)
    assert page.locator(".typing").count() == 0
    expect(page.locator(".typing")).to_be_visible(timeout=1500)
    expect(page.locator(".answer")).to_be_visible()
    expect(page.locator(".typing")).to_have_count(0)


def test_quick_answer_shows_no_typing_sign(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    page.evaluate(
        """() => {
        window.seen = 0
        const root = document.querySelector('albania-nato-chat').shadowRoot
        const look = () => { if (root.querySelector('.typing')) window.seen++ }
        new MutationObserver(look).observe(root, {childList: true, subtree: true})
        }"""
    )
    ask(page, "hello")
    assert page.evaluate("window.seen") == 0


def test_citation_opens_the_statement_at_that_sentence(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    ask(page, "When did Albania join NATO?")
    answer = ask(page, "Aegean")
    link = answer.get_by_role("link", name=re.compile("Read in context"))
    assert set((link.get_attribute("rel") or "").split()) >= {"noopener"}
    with page.context.expect_page() as opened:
        link.click()
    reader = opened.value
    reader.wait_for_load_state()
    assert reader.url.endswith("/reader?cited=p1s1,p7s2#p7s2")
    assert reader.evaluate("window.opener") is None
    target = reader.locator(".s:target")
    expect(target).to_contain_text("A clear example is")
    expect(target).to_be_in_viewport()
    expect(reader.locator(".s.cited")).to_have_count(2)


def test_reader_works_without_scripts(contexts: MakeContext, server: Server) -> None:
    page = contexts(java_script_enabled=False).new_page()
    page.goto(f"{server.url}/reader?cited=p1s1#p7s2")
    expect(page.locator("#p7s2")).to_be_in_viewport()
    expect(page.locator("#p7s2 .ask")).to_be_visible()
    expect(page.locator("#p1s1")).to_have_class("s cited")
    assert page.locator("#p7s2").evaluate("e => getComputedStyle(e).backgroundColor") != "rgba(0, 0, 0, 0)"


def test_sentence_of_the_reader_can_be_asked_about(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/reader")
    page.locator("#p4s1").click(position={"x": 60, "y": 10})
    assert page.url.endswith("#p4s1")
    page.locator("#p4s1 .ask").click()
    expect(page.locator(".answer blockquote")).to_contain_text("Currently, Albanian soldiers")
    expect(page.locator("#p4s1")).to_have_class(re.compile("cited"))
    # In the reader itself a citation leads to its sentence, not to another tab.
    page.goto(f"{server.url}/reader#p1s1")
    page.get_by_role("link", name=re.compile("Read in context")).click()
    assert page.url.endswith("#p4s1")
    assert len(page.context.pages) == 1


def test_marking_words_in_the_reader_chooses_no_sentence(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/reader")
    page.locator("#p4s1").dblclick(position={"x": 60, "y": 10})
    assert page.evaluate("getSelection().toString().trim().length") > 0


def test_reader_prints_as_a_document(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/reader#p7s2")
    page.emulate_media(media="print")
    expect(page.locator("albania-nato-chat")).to_be_hidden()
    expect(page.locator("#p7s2 .ask")).to_be_hidden()
    expect(page.locator("#p7s2")).to_be_visible()
    expect(page.locator(".foot")).to_be_visible()


def test_conversation_and_unsent_words_survive_a_reload(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    ask(page, "When did Albania join NATO?")
    question_box(page).fill("half a thou")
    page.reload()
    expect(page.locator(".answer blockquote")).to_be_visible()
    assert questions(page) == ["When did Albania join NATO?"]
    expect(question_box(page)).to_have_value("half a thou")


def test_restart_of_the_server_in_mid_conversation(page: Page, make_server: Callable[..., Server]) -> None:
    server = make_server()
    open_chat(page, server.url)
    ask(page, "hello before")
    server.stop()
    question_box(page).fill("hello after")
    question_box(page).press("Enter")
    trouble = page.locator(".trouble")
    expect(trouble).to_contain_text("The server cannot be reached. Your question is kept.")
    page_questions = questions(page)
    assert page_questions == ["hello before", "hello after"]
    server.start()
    trouble.get_by_role("button", name="Try again").click()
    expect(page.locator(".answer")).to_have_count(2)
    page.reload()
    expect(page.locator(".answer")).to_have_count(2)
    assert questions(page) == page_questions


def test_offline_and_back(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    page.context.set_offline(True)
    question_box(page).fill("hello there")
    question_box(page).press("Enter")
    expect(page.locator(".trouble")).to_contain_text("You are offline.")
    page.context.set_offline(False)
    expect(page.locator(".answer")).to_have_count(1)
    expect(page.locator(".trouble")).to_have_count(0)
    assert questions(page) == ["hello there"]


def test_unsent_question_survives_a_reload_and_can_be_changed(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    page.route("**/api/message", lambda route: route.abort())
    question_box(page).fill("hello lost")
    question_box(page).press("Enter")
    expect(page.locator(".trouble")).to_be_visible()
    page.reload()
    expect(page.locator(".trouble")).to_be_visible()
    page.unroute("**/api/message")
    page.get_by_role("button", name="Change the question").click()
    expect(question_box(page)).to_have_value("hello lost")
    expect(question_box(page)).to_be_focused()


def test_answer_that_got_lost_on_the_way_is_not_asked_twice(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    bodies: list[str] = []

    def lose(route: object) -> None:
        request = route.request  # type: ignore[attr-defined]
        bodies.append(request.post_data)
        route.fetch()  # type: ignore[attr-defined]
        route.abort()  # type: ignore[attr-defined]

    page.route("**/api/message", lose)
    question_box(page).fill("hello once")
    question_box(page).press("Enter")
    expect(page.locator(".trouble")).to_be_visible()
    page.unroute("**/api/message")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".answer")).to_have_count(1)
    page.reload()
    expect(page.locator(".answer")).to_have_count(1)
    assert len(bodies) == 1


def test_server_error_is_told_and_can_be_retried(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    question_box(page).fill("error")
    question_box(page).press("Enter")
    expect(page.locator(".trouble")).to_contain_text("Something went wrong on the server. Your question is kept.")
    expect(page.locator(".trouble").get_by_role("button")).to_have_text(["Try again", "Change the question"])


def test_rate_limit_is_told_with_the_time_to_wait(page: Page, make_server: Callable[..., Server]) -> None:
    server = make_server({"WEB_RATE_SESSION": "1/20"})
    open_chat(page, server.url)
    ask(page, "hello one")
    question_box(page).fill("hello two")
    question_box(page).press("Enter")
    expect(page.locator(".trouble")).to_contain_text(re.compile(r"You can go on in \d seconds\."))
    page.wait_for_timeout(3200)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".answer")).to_have_count(2)


def test_long_wait_is_told(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    question_box(page).fill("slow 8")
    question_box(page).press("Enter")
    expect(page.locator(".typing")).to_contain_text("taking longer than usual", timeout=7500)
    expect(page.locator(".answer")).to_be_visible()


def test_too_long_a_question_is_counted_and_kept(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    question_box(page).fill("é" * 1900)
    expect(page.locator("#count")).to_have_text("100 characters left")
    question_box(page).fill("😀" * 2100)
    expect(page.locator("#count")).to_have_text("2100 of 2000 characters: please shorten your question.")
    question_box(page).press("Enter")
    assert page.locator(".question").count() == 0
    assert len(question_box(page).input_value()) == 2100


def test_two_tabs_are_one_conversation(contexts: MakeContext, server: Server) -> None:
    context = contexts()
    first, second = context.new_page(), context.new_page()
    open_chat(first, server.url)
    open_chat(second, server.url)
    ask(first, "hello from the first")
    expect(second.locator(".answer")).to_have_count(1)
    ask(second, "hello from the second")
    expect(first.locator(".answer")).to_have_count(2)
    assert questions(first) == questions(second) == ["hello from the first", "hello from the second"]


def test_two_people_do_not_share(contexts: MakeContext, server: Server) -> None:
    first, second = contexts().new_page(), contexts().new_page()
    open_chat(first, server.url)
    ask(first, "hello mine")
    open_chat(second, server.url)
    assert questions(second) == []


def test_page_without_storage_still_talks(contexts: MakeContext, server: Server) -> None:
    page = contexts().new_page()
    page.add_init_script(
        "for (const n of ['localStorage', 'sessionStorage'])"
        "Object.defineProperty(window, n, {get() { throw new DOMException('no', 'SecurityError') }})"
    )
    open_chat(page, server.url)
    ask(page, "hello one")
    ask(page, "hello two")
    assert questions(page) == ["hello one", "hello two"]


def test_feedback_with_a_word(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    answer = ask(page, "When did Albania join NATO?")
    answer.get_by_role("button", name="Not helpful").click()
    expect(answer.get_by_role("button", name="Not helpful")).to_have_attribute("aria-pressed", "true")
    answer.get_by_label("What could be better? (optional)").fill("too long")
    answer.get_by_label("What could be better? (optional)").press("Enter")
    expect(page.locator(".told")).to_have_text("Thank you. Your word is kept with this answer.")
    page.reload()
    expect(page.get_by_role("button", name="Not helpful")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Not helpful").click()
    expect(page.get_by_role("button", name="Not helpful")).to_have_attribute("aria-pressed", "false")


def test_copy_takes_the_quote_with_its_source(contexts: MakeContext, server: Server) -> None:
    page = contexts(permissions=["clipboard-read", "clipboard-write"]).new_page()
    open_chat(page, server.url)
    ask(page, "Aegean").get_by_role("button", name="Copy").click()
    expect(page.locator(".told")).to_have_text("Copied.")
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("“A clear example is")
    assert "Ministry for Europe and Foreign Affairs of Albania, April 2022, Paragraph 7, sentence 2" in text


def test_download_is_the_whole_conversation(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    ask(page, "hello there")
    ask(page, "Aegean")
    page.get_by_role("button", name="More").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as text").click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert download.value.suggested_filename == "conversation.txt"
    assert "You: hello there\nAnswer: Hello! You said: hello there" in text
    assert "“A clear example is" in text


def test_start_over(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    ask(page, "hello")
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".answer")).to_have_count(2)
    expect(page.locator(".answer").last).to_contain_text("Let's start over.")


def test_delete_my_conversation_asks_first_and_reaches_every_tab(contexts: MakeContext, server: Server) -> None:
    context = contexts()
    page, other = context.new_page(), context.new_page()
    open_chat(page, server.url)
    ask(page, "hello private")
    token = page.evaluate("Object.values(localStorage)[0]")
    open_chat(other, server.url)
    page.bring_to_front()
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Delete my conversation").click()
    page.get_by_role("button", name="Keep it").click()
    assert questions(page) == ["hello private"]
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Delete my conversation").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".told")).to_have_text("Your conversation has been deleted.")
    expect(page.locator(".welcome")).to_be_visible()
    expect(other.locator(".answer")).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage).length") == 0
    history = requests.get(f"{server.url}/api/history", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert history.json() == {"turns": []}


def test_forgotten_session_begins_anew_with_the_question(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    ask(page, "hello old")
    page.evaluate("localStorage.setItem(Object.keys(localStorage)[0], 'not.a.token')")
    question_box(page).fill("hello new")
    question_box(page).press("Enter")
    expect(page.locator(".question p")).to_have_text(["hello new"])
    expect(page.locator(".answer")).to_have_count(1)


def test_keyboard_alone(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/reader")
    launcher = page.get_by_role("button", name="Ask the statement")
    launcher.focus()
    page.keyboard.press("Enter")
    expect(question_box(page)).to_be_focused()
    page.keyboard.type("decline")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_have_count(1)
    seen: list[str] = []
    for _ in range(14):
        page.keyboard.press("Shift+Tab")
        seen.append(
            page.evaluate(
                """() => {
                const e = document.querySelector('albania-nato-chat').shadowRoot.activeElement
                if (!e) return ''
                const s = getComputedStyle(e)
                if (s.outlineStyle === 'none') return 'no visible focus: ' + e.outerHTML
                return (e.getAttribute('aria-label') || e.innerText || e.title).trim()
                }"""
            )
        )
    assert not [s for s in seen if s.startswith("no visible focus")]
    for name in ("Copy", "Helpful", "Not helpful", "Conversation", "Close", "More"):
        assert any(name in s for s in seen), (name, seen)
    assert any("Read in context" in s for s in seen)
    # No trap: beyond the chat's first control the page comes again.
    assert seen[-1] == "" or page.evaluate("document.activeElement.tagName") != "ALBANIA-NATO-CHAT"
    question_box(page).focus()
    page.keyboard.press("Escape")
    expect(question_box(page)).to_be_hidden()
    expect(launcher).to_be_focused()


def test_escape_closes_the_menu_before_the_chat(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    more = page.get_by_role("button", name="More")
    more.click()
    expect(page.get_by_role("button", name="Start over")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Start over")).to_be_hidden()
    expect(more).to_be_focused()
    expect(question_box(page)).to_be_visible()


def test_open_at_load_does_not_take_the_focus(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_closed_stays_closed_after_a_reload(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    page.get_by_role("button", name="Close").click()
    page.reload()
    expect(page.get_by_role("button", name="Ask the statement")).to_be_visible()
    expect(question_box(page)).to_be_hidden()


def test_phone_is_full_screen(contexts: MakeContext, server: Server) -> None:
    page = contexts(**PHONE).new_page()
    open_chat(page, server.url)
    box = page.locator("dialog").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 360, "height": 640}
    ask(page, "decline")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="Close").tap()
    expect(page.locator("h1")).to_be_visible()
    page.get_by_role("button", name="Ask the statement").tap()
    expect(page.locator("dialog:modal")).to_be_visible()


@pytest.mark.parametrize("size", [(320, 640), (640, 400), (320, 256)], ids=["320 px", "200 % of 1280x800", "400 % of 1280x1024"])
def test_small_and_zoomed_windows_lose_nothing(contexts: MakeContext, server: Server, size: tuple[int, int]) -> None:
    page = contexts(viewport={"width": size[0], "height": size[1]}).new_page()
    open_chat(page, server.url)
    answer = ask(page, "decline")
    for element in (question_box(page), page.get_by_role("button", name="Send"), page.get_by_role("button", name="Close")):
        expect(element).to_be_in_viewport(ratio=1)
    for target in (answer.locator("blockquote"), answer.get_by_role("button").last):
        target.scroll_into_view_if_needed()
        expect(target).to_be_in_viewport(ratio=0.3)
    wide = page.evaluate(
        """() => [...document.querySelector('albania-nato-chat').shadowRoot.querySelectorAll('.talk *')]
        .filter(e => !e.closest('.vh') && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert wide == []
    page.goto(f"{server.url}/reader#p7s2")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_text_twice_as_large_still_fits(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    frame = "document.querySelector('albania-nato-chat').shadowRoot.querySelector('.frame')"
    page.evaluate(f"{frame}.style.setProperty('--rem', '32px')")
    ask(page, "decline")
    expect(question_box(page)).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)


def test_targets_are_large_enough(contexts: MakeContext, server: Server) -> None:
    page = contexts(**PHONE).new_page()
    open_chat(page, server.url)
    ask(page, "decline")
    small = page.evaluate(
        """() => [...document.querySelector('albania-nato-chat').shadowRoot.querySelectorAll('button, a, textarea, input')]
        .map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
        .filter(([, r]) => r.width && (r.width < 24 || r.height < 24))"""
    )
    assert small == []


def test_dark_follows_the_system_and_the_attribute(contexts: MakeContext, server: Server) -> None:
    page = contexts(color_scheme="dark").new_page()
    open_chat(page, server.url)
    ground = (
        "() => getComputedStyle(document.querySelector('albania-nato-chat').shadowRoot.querySelector('dialog')).backgroundColor"
    )
    dark = page.evaluate(ground)
    page.evaluate("document.querySelector('albania-nato-chat').theme = 'light'")
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="light")
    page.evaluate("document.querySelector('albania-nato-chat').theme = 'dark'")
    assert page.evaluate(ground) == dark != light


def test_reduced_motion_stands_still(contexts: MakeContext, server: Server) -> None:
    page = contexts(reduced_motion="reduce").new_page()
    open_chat(page, server.url)
    question_box(page).fill("slow 2")
    question_box(page).press("Enter")
    page.locator(".dots i").first.wait_for()
    assert page.locator(".dots i").first.evaluate("e => getComputedStyle(e).animationName") == "none"
    expect(page.locator(".answer")).to_be_visible()


def test_answers_are_read_aloud_once(page: Page, server: Server) -> None:
    open_chat(page, server.url)
    ask(page, "hello earlier")
    page.reload()
    page.locator(".answer").wait_for()
    page.evaluate(
        """() => {
        window.said = []
        const root = document.querySelector('albania-nato-chat').shadowRoot
        const live = root.querySelector('#live')
        const all = root.querySelectorAll('[aria-live], [role=log], [role=alert], [role=status]')
        window.others = [...all].filter(e => e !== live).length
        new MutationObserver(() => live.textContent && said.push(live.textContent))
          .observe(live, {childList: true, characterData: true, subtree: true})
        }"""
    )
    ask(page, "decline")
    page.wait_for_timeout(400)
    (said,) = page.evaluate("window.said")
    assert page.evaluate("window.others") == 0
    assert said.startswith("The statement does not say that. What the statement does say: Thus, Russia’s")
    assert said.endswith("Paragraph 2, sentence 3. 3 suggestions follow.")
    assert "earlier" not in said


def test_interface_in_albanian(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/?lang=sq")
    expect(page.get_by_label("Pyetja juaj", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Mbyll")).to_be_visible()
    assert page.locator(".words").get_attribute("lang") == "sq"


def test_right_to_left_page_mirrors_the_corner(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/reader")
    page.evaluate("document.documentElement.dir = 'rtl'")
    box = page.get_by_role("button", name="Ask the statement").bounding_box()
    assert box is not None
    assert box["x"] < 100
    page.get_by_role("button", name="Ask the statement").click()
    panel = page.locator("dialog").bounding_box()
    assert panel is not None
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] < 700


@pytest.mark.parametrize(("position", "side"), [("left", "left"), ("right", "right"), ("inline", "flow")])
def test_positions(page: Page, server: Server, position: str, side: str) -> None:
    open_chat(page, server.url)
    page.evaluate(f"document.querySelector('albania-nato-chat').position = '{position}'")
    page.wait_for_timeout(100)
    box = page.locator("dialog").bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2
    assert {"left": middle < 600, "right": middle > 700, "flow": box["width"] > 900}[side]


def test_ask_link_of_the_reader_works_from_the_front_page(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/?ask=albania_in_nato%2Fp7s2")
    expect(page.locator(".answer blockquote")).to_contain_text("A clear example is")
    assert page.url == f"{server.url}/"
