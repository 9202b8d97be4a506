"""A page in mid-conversation, and a bot that dies and is started again by `make run`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from bot.errors import ROOT
from bot.run.build import environment
from tests.web.conftest import free_port
from tests.web.widget import ask, open_chat, question_box, questions


@pytest.fixture
def launcher(model: None, tmp_path: Path) -> Iterator[tuple[int, str]]:
    """The process of `make run`, ready, with files of its own, and the address of the bot."""
    port = free_port()
    kept = {"TRACKER_DB": str(tmp_path / "tracker.db"), "WEB_STATE": str(tmp_path), "TELEGRAM_BOT_TOKEN": ""}
    command = [sys.executable, "-m", "bot.run", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment(**kept), stdout=subprocess.DEVNULL) as process:
        wait_for(f"http://127.0.0.1:{port}", process)
        yield process.pid, f"http://127.0.0.1:{port}"
        process.terminate()


def wait_for(url: str, process: subprocess.Popen[bytes] | None = None, seconds: float = 150.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and (process is None or process.poll() is None):
        try:
            if requests.get(f"{url}/api/start", timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise AssertionError("the bot does not answer")


def test_a_conversation_goes_on_after_the_bot_was_killed(page: Page, launcher: tuple[int, str]) -> None:
    pid, url = launcher
    open_chat(page, url)
    expect(ask(page, "What does Albania do in the Aegean Sea?").locator("blockquote")).to_contain_text("Aegean Sea")
    (bot,) = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    os.kill(bot, signal.SIGKILL)
    question_box(page).fill("and since when?")
    question_box(page).press("Enter")
    # Asked while nobody listens, it is kept.
    page.get_by_role("button", name="Try again").wait_for()
    wait_for(url)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".answer")).to_have_count(2)
    expect(page.locator(".answer").last.locator("blockquote")).to_contain_text("since 2016")
    page.reload()
    expect(page.locator(".answer")).to_have_count(2)
    assert questions(page) == ["What does Albania do in the Aegean Sea?", "and since when?"]
