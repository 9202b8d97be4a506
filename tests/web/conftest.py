"""Servers and a browser for the tests of the web channel."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bot.channels.web.pages import WEB
from bot.errors import ROOT

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--font-render-hinting=none",
]
# Pages of other people, as hostile to the widget as they get.
HOSTS = Path(__file__).parent / "hosts"
FREE_RATES = {"WEB_RATE_SESSION": "100000/100000", "WEB_RATE_ADDRESS": "100000/1000000"}


@dataclass
class Server:
    """A server of `tests.web.serve`, in a process of its own."""

    state: Path
    environment: dict[str, str] = field(default_factory=dict)
    documents: tuple[Path, Path] | None = None
    port: int = field(default_factory=lambda: free_port())
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-W", "ignore", "-m", "tests.web.serve", str(self.port), str(self.state)]
        command += [str(p) for p in self.documents or ()]
        env = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", **FREE_RATES, **self.environment}
        self.state.mkdir(parents=True, exist_ok=True)
        with (self.state / "log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        until = time.monotonic() + 90
        while time.monotonic() < until:
            if self._process.poll() is not None:
                break
            try:
                requests.get(f"{self.url}/api/start", timeout=2)
                return
            except requests.RequestException:
                time.sleep(0.2)
        raise AssertionError(f"the server did not start:\n{self.log()[-3000:]}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def log(self) -> str:
        return (self.state / "log").read_text(errors="replace")


def free_port() -> int:
    """Return a port of the loopback that nothing listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture(scope="session")
def server(slow: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The channel with a stand-in mind, for what needs no trained model."""
    running = Server(tmp_path_factory.mktemp("server"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def make_server(slow: None, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers with settings of their own."""
    started: list[Server] = []

    def make(environment: dict[str, str] | None = None, documents: tuple[Path, Path] | None = None) -> Server:
        running = Server(tmp_path / f"server{len(started)}", environment or {}, documents)
        started.append(running)
        running.start()
        return running

    yield make
    for running in started:
        running.stop()


@pytest.fixture
def live_url(slow: None, request: pytest.FixtureRequest) -> str:
    """The address of the really running bot."""
    if os.environ.get("BOT_URL"):
        return os.environ["BOT_URL"].rstrip("/")
    try:
        return str(request.getfixturevalue("bot_url")).rstrip("/")
    except pytest.FixtureLookupError:
        pytest.skip("no running bot: set BOT_URL")


@pytest.fixture
def restart_bot(slow: None, request: pytest.FixtureRequest) -> Callable[[], None]:
    """Stops the running bot and starts it again at the same address."""
    if os.environ.get("BOT_URL"):
        pytest.skip("a bot of somebody else's is not restarted")
    unit = request.getfixturevalue("unit")

    def restart() -> None:
        unit.stop()
        unit.start()

    return restart


@pytest.fixture(scope="session")
def web_modules(slow: None) -> Path:
    """The npm packages that the widget is built and checked with."""
    modules = WEB / "node_modules"
    npm = shutil.which("npm")
    if not (modules / "axe-core").is_dir():
        if npm is None:
            message = "npm is missing: `apt-get install npm`."
            if os.environ.get("CI"):
                pytest.fail(message)
            pytest.skip(message)
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=WEB, check=True, capture_output=True, timeout=600)
    return modules


def find_chromium() -> str | None:
    """Return the path of a Chromium, if there is one."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, filter(None, names)) if path), None)


@pytest.fixture(scope="module")
def browser(slow: None) -> Iterator[Browser]:
    """Debian's Chromium; ended with its module, because Playwright keeps an event loop running meanwhile."""
    path = find_chromium()
    if path is None:
        message = "Chromium is missing: `apt-get install chromium`, or set CHROMIUM to its path."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        yield launched
        launched.close()


def stand_on(context: BrowserContext, host: str) -> None:
    """Put a page of the gallery in the place of every server's front page, at its own origin."""
    page = (HOSTS / f"{host}.html").read_text(encoding="utf-8")
    context.route(re.compile(r"//127\.0\.0\.1:\d+/(\?.*)?$"), lambda r: r.fulfill(body=page, content_type="text/html"))


@pytest.fixture
def contexts(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser profiles that know nothing of each other; errors of their pages fail the test.

    With `HOST` set to a page of the gallery, every end-to-end test runs on that.
    """
    made: list[BrowserContext] = []
    errors: list[str] = []

    def make(**options: object) -> BrowserContext:
        context = browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        context.on("weberror", lambda e: errors.append(str(e.error)))
        context.on("dialog", lambda d: (errors.append(f"dialog: {d.message}"), d.dismiss()))
        made.append(context)
        if host := os.environ.get("HOST"):
            stand_on(context, host)
        return context

    yield make
    for context in made:
        context.close()
    assert errors == []


@pytest.fixture
def page(contexts: Callable[..., BrowserContext]) -> Page:
    """One page of a desktop."""
    return contexts(viewport={"width": 1280, "height": 800}).new_page()
