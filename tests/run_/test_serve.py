"""`make run` and the shells, as a person at a terminal meets them."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from bot.errors import ROOT
from bot.run.build import environment
from bot.run.keep import MOST_RESTARTS
from bot.run.process import free_port, is_free

START = 150.0
STOP = 30.0


class Terminal:
    """A command at a terminal of its own, to be read and typed into."""

    def __init__(self, command: list[str], cwd: Path, **more: str) -> None:
        self._screen, side = pty.openpty()
        env = {**environment(TELEGRAM_BOT_TOKEN="", TERM="dumb", COLUMNS="200"), **more}
        self.process = subprocess.Popen(command, cwd=cwd, env=env, stdin=side, stdout=side, stderr=side, start_new_session=True)
        os.close(side)
        self.said = ""

    def wait_for(self, words: str, seconds: float = START) -> None:
        """Read until a pattern was said."""
        until = time.monotonic() + seconds
        while not re.search(words, self.said):
            assert time.monotonic() < until, f"never said {words!r}:\n{self.said[-3000:]}"
            self._read(0.2)
            assert self.process.poll() is None or re.search(words, self.said), f"ended:\n{self.said[-3000:]}"

    def type(self, line: str) -> None:
        """Type a line; what was said before is forgotten."""
        self.said = ""
        for letter in line + "\r":
            os.write(self._screen, letter.encode())
            time.sleep(0.005)

    def end(self, seconds: float = STOP) -> int:
        """Wait for the end; returns the exit status."""
        until = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < until:
            self._read(0.2)
        self._read(0.2)
        return self.process.wait(1)

    def _read(self, seconds: float) -> None:
        if select.select([self._screen], [], [], seconds)[0]:
            try:
                self.said += os.read(self._screen, 65536).decode("utf-8", "replace")
            except OSError:  # the other side has been closed
                time.sleep(seconds)


@pytest.fixture
def terminal(model: None, tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Open terminals in the project; what the bot keeps goes elsewhere."""
    opened: list[Terminal] = []
    elsewhere = {
        "TRACKER_DB": str(tmp_path / "tracker.db"),
        "WEB_STATE": str(tmp_path),
        "TELEGRAM_STATE": str(tmp_path / "telegram.db"),
    }

    def open_one(*command: str, cwd: Path = ROOT, **more: str) -> Terminal:
        opened.append(Terminal([sys.executable, *command], cwd, **elsewhere, **more))
        return opened[-1]

    yield open_one
    for one in opened:
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGINT)
            try:
                one.end()
            except subprocess.TimeoutExpired:
                one.process.kill()


def child(pid: int) -> int:
    """Return the one process that a launcher started."""
    (number,) = children(pid)
    return number


def children(pid: int) -> list[int]:
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def processes_with(argument: object) -> list[str]:
    """Return the command lines that have an argument."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.append(path.read_bytes().decode().split("\0"))
    return [" ".join(words) for words in lines if str(argument) in words]


def is_gone(pid: int, seconds: float = STOP) -> bool:
    until = time.monotonic() + seconds
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_serve_starts_and_stops_rasa(terminal: Callable[..., Terminal], how: int) -> None:
    port = free_port()
    launcher = terminal("-m", "bot.run", "serve", "--port", str(port))
    launcher.wait_for(r"Ready after \d+ s: open http://localhost:\d+\s")
    assert "·" in launcher.said, "says what it is doing"
    assert str(port) in launcher.said
    page = requests.get(f"http://127.0.0.1:{port}/", timeout=10)
    assert (page.status_code, "text/html" in page.headers["content-type"]) == (200, True)
    rasa = child(launcher.process.pid)
    launcher.process.send_signal(how)
    assert launcher.end() == 0
    assert "stopped" in launcher.said
    assert "Traceback" not in launcher.said
    assert is_gone(rasa)
    assert is_free(port)


def test_a_changed_text_is_said_after_a_restart_without_a_training(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for name in ("actions", "bot", "data", "models", "requirements", "seeds"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    for name in ("config.yml", "credentials.yml", "domain.yml", "endpoints.yml", "var/generated.stamp", "var/trained.stamp"):
        (copy / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    texts = copy / "data" / "language" / "en" / "said.yml"
    texts.write_text(texts.read_text(encoding="utf-8").replace("Glad to help.", "My pleasure, really."), encoding="utf-8")
    port = free_port()
    launcher = terminal("-m", "bot.run", "serve", "--port", str(port), cwd=copy)
    launcher.wait_for("Ready after")
    assert "training" not in launcher.said
    said = []
    for _ in range(2):
        body = {"sender": "someone", "message": "thanks"}
        said += requests.post(f"http://127.0.0.1:{port}/webhooks/rest/webhook", json=body, timeout=20).json()
    assert any(m.get("custom", {}).get("lead", "").startswith("My pleasure, really.") for m in said)
    launcher.process.send_signal(signal.SIGINT)
    assert launcher.end() == 0


def say(port: int, text: str) -> str:
    """Say something over REST, always as the same person; returns the quotes and words of the reply."""
    body = {"sender": "someone", "message": text}
    said = requests.post(f"http://127.0.0.1:{port}/webhooks/rest/webhook", json=body, timeout=20).json()
    return " ".join(m.get("text", "") for m in said)


def kill_and_see_it_return(launcher: Terminal) -> None:
    launcher.said = ""
    os.kill(child(launcher.process.pid), signal.SIGKILL)
    launcher.wait_for("answers again")
    assert "Rasa died (killed" in launcher.said


def test_a_killed_rasa_is_started_again_and_the_talk_goes_on(terminal: Callable[..., Terminal]) -> None:
    port = free_port()
    launcher = terminal("-m", "bot.run", "serve", "--port", str(port))
    launcher.wait_for("Ready after")
    assert "Aegean Sea" in say(port, "What does Albania do in the Aegean Sea?")
    kill_and_see_it_return(launcher)
    assert "since 2016" in say(port, "and since when?")
    assert "April 1, 2009" in say(port, "When did Albania join NATO?")
    kill_and_see_it_return(launcher)
    assert "April 1, 2009" in say(port, "say that again")
    rasa = child(launcher.process.pid)
    launcher.process.send_signal(signal.SIGTERM)
    assert launcher.end() == 0
    assert is_gone(rasa)
    assert is_free(port)


def test_a_rasa_that_dies_again_and_again_is_given_up(terminal: Callable[..., Terminal]) -> None:
    port = free_port()
    launcher = terminal("-m", "bot.run", "serve", "--port", str(port))
    launcher.wait_for("Ready after")
    for _ in range(MOST_RESTARTS):
        launcher.said = ""
        os.kill(child(launcher.process.pid), signal.SIGKILL)
        launcher.wait_for("started again in")
        until = time.monotonic() + START
        while not children(launcher.process.pid) and time.monotonic() < until:
            time.sleep(0.1)
    # The last ones died while they started.
    os.kill(child(launcher.process.pid), signal.SIGKILL)
    assert launcher.end() == 1
    assert "is not started once more" in launcher.said
    assert "rasa.log" in launcher.said
    assert "Traceback (most recent call last)" not in launcher.said.split("Its end:")[0]
    assert processes_with(port) == []


@pytest.mark.parametrize(("how", "started"), [(signal.SIGINT, False), (signal.SIGTERM, True), (signal.SIGHUP, True)])
def test_a_stop_during_a_restart_leaves_nothing(terminal: Callable[..., Terminal], how: int, started: bool) -> None:
    port = free_port()
    launcher = terminal("-m", "bot.run", "serve", "--port", str(port))
    launcher.wait_for("Ready after")
    launcher.said = ""
    os.kill(child(launcher.process.pid), signal.SIGKILL)
    launcher.wait_for(r"starting \.\.\. 1 s" if started else "started again in")
    launcher.process.send_signal(how)
    assert launcher.end() == 0
    assert "stopped" in launcher.said
    assert "Traceback" not in launcher.said
    assert processes_with(port) == []


def test_a_start_that_fails_is_not_repeated(terminal: Callable[..., Terminal]) -> None:
    launcher = terminal("-m", "bot.run", "serve", "--port", str(free_port()), RETENTION_DAYS="soon")
    assert launcher.end(START) == 1
    assert "Rasa ended (status 1)" in launcher.said
    assert "again in" not in launcher.said


def test_a_rasa_that_somebody_stopped_stays_stopped(terminal: Callable[..., Terminal]) -> None:
    launcher = terminal("-m", "bot.run", "serve", "--port", str(free_port()))
    launcher.wait_for("Ready after")
    os.kill(child(launcher.process.pid), signal.SIGTERM)
    assert launcher.end() == 0
    assert "not started again" in launcher.said


def test_our_shell_answers(terminal: Callable[..., Terminal]) -> None:
    shell = terminal("-m", "bot.run", "shell")
    shell.wait_for("Your input")
    shell.type("When did Albania join NATO?")
    shell.wait_for("April 1, 2009", 30)
    shell.wait_for("Your input", 30)
    assert '"outcome"' not in shell.said, "the contract is for programs"
    rasa = child(shell.process.pid)
    # An option of the last reply, by its number.
    shell.type("start over")
    shell.wait_for(r"  1: \w[\s\S]*Your input", 30)
    shell.type("1")
    shell.wait_for("“", 30)
    shell.wait_for("Your input", 30)
    shell.type("/stop")
    assert shell.end() == 0
    assert is_gone(rasa)


def test_rasa_shell_answers_without_flags(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    if not is_free(5055):
        pytest.skip("port 5055, where endpoints.yml has the action server, is taken")
    # The project from elsewhere, so that conversations are not kept among a person's own.
    for item in ("actions", "bot", "data", "models", "seeds", "config.yml", "credentials.yml", "domain.yml", "endpoints.yml"):
        (tmp_path / item).symlink_to(ROOT / item)
    (tmp_path / "var").mkdir()
    server = terminal("-m", "rasa", "run", "actions", cwd=tmp_path)
    shell = terminal("-m", "rasa", "shell", cwd=tmp_path)
    server.wait_for("up and running")
    shell.wait_for("Your input")
    shell.type("What sort of partner is the EU?")
    shell.wait_for("The EU is a strategic and essential partner for NATO", 30)
    shell.wait_for("Your input", 30)
    shell.type("/stop")
    shell.end()
