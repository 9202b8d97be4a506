"""The really running bot for the tests: Rasa with the Telegram channel, in a process of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from functools import lru_cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180.0
_ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
    "PYTHONUNBUFFERED": "1",
    "OMP_NUM_THREADS": "1",
    "SANIC_HOST": "127.0.0.1",
}


def python() -> str:
    """Return the interpreter that has Rasa."""
    ours = ROOT / ".venv" / "bin" / "python"
    return str(ours) if ours.is_file() else sys.executable


def free_port() -> int:
    """Return a port that is free on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@lru_cache(maxsize=1)
def trained_model() -> Path:
    """Return the trained model, copied once: a training meanwhile must not change the bot between two starts."""
    models = sorted((ROOT / "models").glob("*.tar.gz"), key=lambda p: p.stat().st_mtime)
    assert models, "no model; `make train` makes one"
    folder = Path(tempfile.mkdtemp(prefix="telegram-model-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(shutil.copy(models[-1], folder))


class Process:
    """A server process with its log, stopped as a service manager would stop it."""

    def __init__(self, command: list[str], log: Path, **environment: str) -> None:
        self.log = log
        kept = {k: v for k, v in os.environ.items() if not k.startswith("TELEGRAM_") and k != "PUBLIC_URL"}
        self._out = log.open("ab")
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**kept, **_ENVIRONMENT, **environment},
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def said(self) -> str:
        """Return everything logged so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_until_said(self, words: str, seconds: float = 30.0) -> None:
        """Wait for words in the log."""
        until = time.monotonic() + seconds
        while words not in self.said():
            assert time.monotonic() < until, f"never said {words!r}:\n{self.said()[-3000:]}"
            time.sleep(0.1)

    def stop(self, how: int = signal.SIGTERM, seconds: float = 30.0) -> int:
        """Stop it; returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not stop within {seconds} s:\n{self.said()[-3000:]}") from None
        finally:
            self._out.close()
        return status


class ActionServer(Process):
    """The bot's actions, shared by all bots of a test run: they keep nothing."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        command = [python(), "-m", "rasa_sdk", "--actions", "actions", "--port", str(self.port)]
        super().__init__(command, folder / "actions.log")


class RunningBot(Process):
    """Rasa with the Telegram channel and REST.

    Args:
        folder: Where its files go: settings, log, conversations, the channel's file.
        actions: The action server.
        variables: Environment variables of the channel.
    """

    def __init__(self, folder: Path, actions: ActionServer, **variables: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.folder = folder
        self.tracker_db = folder / "tracker.db"
        self.state = folder / "telegram.db"
        endpoints = yaml.safe_load((ROOT / "endpoints.yml").read_text(encoding="utf-8"))
        endpoints["action_endpoint"]["url"] = f"http://127.0.0.1:{actions.port}/webhook"
        endpoints["tracker_store"]["db"] = str(self.tracker_db)
        (folder / "endpoints.yml").write_text(yaml.safe_dump(endpoints), encoding="utf-8")
        (folder / "credentials.yml").write_text("rest:\nbot.channels.telegram.TelegramChannel:\n", encoding="utf-8")
        files = ["--endpoints", str(folder / "endpoints.yml"), "--credentials", str(folder / "credentials.yml")]
        where = ["--port", str(self.port), "--interface", "127.0.0.1"]
        command = [python(), "-m", "rasa", "run", "--debug", "--model", str(trained_model()), *files, *where]
        super().__init__(command, folder / "rasa.log", TELEGRAM_STATE=str(self.state), **variables)

    def wait_until_up(self) -> RunningBot:
        """Wait for the server to answer."""
        until = time.monotonic() + START_SECONDS
        while True:
            assert self.process.poll() is None, f"ended:\n{self.said()[-3000:]}"
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/webhooks/telegram/", timeout=2):
                    return self
            except (OSError, urllib.error.URLError):
                assert time.monotonic() < until, f"not up:\n{self.said()[-3000:]}"
                time.sleep(0.2)
