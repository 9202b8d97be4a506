"""What the browser tests do with the widget, in words."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


def open_chat(page: Page, url: str) -> None:
    """Load a page that has the widget open and wait until it is ready."""
    page.goto(url)
    question_box(page).wait_for()
    expect(page.locator("albania-nato-chat .disclosure, albania-nato-chat .answer").first).not_to_be_empty()


def question_box(page: Page) -> Locator:
    """The field one types into."""
    return page.get_by_label("Your question", exact=True)


def ask(page: Page, text: str) -> Locator:
    """Type a question, wait for its answer and return that."""
    answers = page.locator(".answer")
    before = answers.count()
    question_box(page).fill(text)
    question_box(page).press("Enter")
    expect(answers).to_have_count(before + 1)
    return answers.nth(before)


def questions(page: Page) -> list[str]:
    """The questions that the conversation shows."""
    return page.locator(".question p").all_inner_texts()
