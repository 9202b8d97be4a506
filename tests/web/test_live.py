"""The widget and the really running bot."""

from __future__ import annotations

import re
from collections.abc import Callable

import requests
from playwright.sync_api import Page, expect

from tests.web.widget import ask, open_chat, questions


def test_question_is_answered_in_the_statements_words(page: Page, live_url: str) -> None:
    open_chat(page, live_url)
    answer = ask(page, "When did Albania join NATO?")
    expect(answer.locator("blockquote")).to_contain_text("on April 1, 2009")
    expect(answer.locator("figcaption")).to_contain_text("Paragraph 1, sentence 1")
    expect(answer.locator(".note")).to_contain_text(["April 2022"])


def test_unanswered_question_is_declined_and_options_lead_on(page: Page, live_url: str) -> None:
    open_chat(page, live_url)
    answer = ask(page, "Who is Albania's defence minister?")
    expect(answer.locator(".lead").first).not_to_be_empty()
    option = answer.locator(".options button").first
    text = option.inner_text().strip()
    option.click()
    expect(page.locator(".answer")).to_have_count(2)
    assert questions(page)[-1] == text
    expect(page.locator(".answer").last.locator("blockquote")).to_be_visible()


def test_every_suggestion_is_answered(page: Page, live_url: str) -> None:
    open_chat(page, live_url)
    start = requests.get(f"{live_url}/api/start", timeout=10).json()
    for option in start["suggestions"]:
        answer = ask(page, option["question"])
        link = answer.get_by_role("link", name=re.compile("Read in context")).first
        expect(link).to_have_attribute("href", re.compile(f"#{option['id'].split('/')[1]}$"))


def test_start_over_reaches_the_bot(page: Page, live_url: str) -> None:
    open_chat(page, live_url)
    ask(page, "When did Albania join NATO?")
    page.get_by_role("button", name="More").click()
    with page.expect_response("**/api/message") as response:
        page.get_by_role("button", name="Start over").click()
    assert response.value.json()["custom"]["outcome"] == "restarted"


def test_answers_open_in_the_reader(page: Page, live_url: str) -> None:
    open_chat(page, live_url)
    answer = ask(page, "What does Albania do in the Aegean Sea?")
    with page.context.expect_page() as opened:
        answer.get_by_role("link", name=re.compile("Read in context")).click()
    expect(opened.value.locator(".s:target")).to_contain_text("Aegean Sea")


def test_deleting_makes_the_bot_forget(page: Page, live_url: str) -> None:
    open_chat(page, live_url)
    ask(page, "What does Albania do in the Aegean Sea?")
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Delete my conversation").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator(".told")).to_have_text("Your conversation has been deleted.")


def test_restart_in_mid_conversation(page: Page, live_url: str, restart_bot: Callable[[], None]) -> None:
    open_chat(page, live_url)
    ask(page, "What does Albania do in the Aegean Sea?")
    restart_bot()
    # The bot still knows what was asked before: the follow-up has no subject of its own.
    ask(page, "and since when?")
    expect(page.locator(".answer").last.locator("blockquote")).to_contain_text("since 2016")
    page.reload()
    expect(page.locator(".answer")).to_have_count(2)


def test_rasas_own_front_page_and_version_are_gone(live_url: str) -> None:
    front = requests.get(live_url, timeout=10)
    assert "albania-nato-chat" in front.text
    assert "Hello from Rasa" not in front.text
    for path in ("/", "/reader", "/api/start", "/nowhere"):
        headers = requests.get(live_url + path, timeout=10).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
