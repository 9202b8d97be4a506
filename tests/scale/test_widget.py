"""Somebody talks to the widget while the workers behind it die."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.conftest import browser  # noqa: F401
from tests.web.widget import open_chat, question_box, questions
from tools.scale.scale import Scale
from tools.scale.workers import Worker

# One that reads on slow cores; the person sees three dots so long.
PATIENCE = 30_000
_ESTABLISHED = "01"


@pytest.fixture
def page(browser: Browser, whole: Scale) -> Iterator[Page]:  # noqa: F811
    """A page of a browser whose errors fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    errors: list[str] = []
    context.on("weberror", lambda e: errors.append(str(e.error)))
    yield context.new_page()
    context.close()
    assert errors == []


def ask(page: Page, text: str) -> None:
    question_box(page).fill(text)
    question_box(page).press("Enter")


def answered(page: Page, count: int, words: str) -> None:
    """See the answer, and no word of any trouble."""
    answers = page.locator(".answer")
    expect(answers).to_have_count(count, timeout=PATIENCE)
    expect(answers.last.locator("blockquote").first).to_contain_text(words)
    expect(page.locator(".trouble")).to_have_count(0)


def holder(workers: list[Worker]) -> Worker:
    """Return the worker, all of them being stopped, that a request lies at."""
    until = time.monotonic() + 5.0
    while time.monotonic() < until:
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            local, state, queues = (line.split()[i] for i in (1, 3, 4))
            for worker in workers:
                if (
                    int(local.partition(":")[2], 16) == worker.port
                    and state == _ESTABLISHED
                    and int(queues.partition(":")[2], 16)
                ):
                    return worker
        time.sleep(0.02)
    raise AssertionError("no worker was asked")


def tries(scale: Scale) -> list[str]:
    """Return the workers that nginx asked for each message, one after the other where there were several."""
    assert scale.nginx
    lines = map(json.loads, (scale.nginx.folder / "access.log").read_text().splitlines())
    return [line["worker"] for line in lines if line["path"] == "/api/message"]


def revive(scale: Scale, worker: Worker) -> None:
    worker.launch()
    worker.wait()
    # Nginx tries it again after this.
    time.sleep(3.5)


def test_a_conversation_goes_on_over_the_death_of_workers(whole: Scale, page: Page) -> None:
    first, second = whole.workers
    open_chat(page, whole.url)
    ask(page, "What does Albania do in the Aegean Sea?")
    answered(page, 1, "Aegean Sea")

    # Between two messages.
    last = next(w for w in whole.workers if tries(whole)[-1].endswith(f":{w.port}"))
    last.kill()
    ask(page, "and since when?")
    answered(page, 2, "since 2016")
    revive(whole, last)

    # In the middle of one.
    for worker in whole.workers:
        worker.pause()
    ask(page, "When did Albania join NATO?")
    lost = holder(whole.workers)
    other = second if lost is first else first
    lost.kill()
    other.resume()
    answered(page, 3, "2009")
    assert tries(whole)[-1] == f"127.0.0.1:{lost.port}, 127.0.0.1:{other.port}"
    revive(whole, lost)

    # Everybody has the same conversation, also the one that was dead.
    other.kill()
    page.reload()
    answered(page, 3, "2009")
    ask(page, "Where do Albanian soldiers serve with NATO?")
    expect(page.locator(".answer")).to_have_count(4, timeout=PATIENCE)
    assert len(questions(page)) == 4
    revive(whole, other)
