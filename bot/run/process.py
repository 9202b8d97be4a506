"""The bot as a process of its own: started, waited for, asked and stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from bot.errors import ROOT
from bot.run.build import VAR, RunError, environment, progress, shown, tail
from bot.run.signals import held
from bot.settings import ENDPOINTS, WEB_ANSWER_SECONDS

START_SECONDS = 180.0
STOP_SECONDS = 20.0


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether nobody listens on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port that is free on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class BotProcess:
    """Rasa with our agent and channels, on loopback or on one interface.

    Args:
        port: Where people reach the bot.
        interface: Address to listen on.
        var: Folder of the log and of what is kept; another than the project's keeps everything there.
        more: Environment variables of the process.
    """

    def __init__(self, port: int, interface: str = "127.0.0.1", var: Path | str = VAR, **more: str) -> None:
        """Check the port; nothing is started yet."""
        if not 0 < port < 65536:
            raise RunError(f"{port} is no port; choose one from 1 to 65535, for instance `make run PORT=5006`.")
        if not is_free(port, interface):
            raise RunError(f"port {port} is taken. Stop what listens there, or choose another: `make run PORT={port + 1}`.")
        self.port = port
        self.interface = interface
        self._var = Path(var)
        apart = {"TRACKER_DB": "tracker.db", "WEB_STATE": "", "TELEGRAM_STATE": "telegram.db"} if self._var != VAR else {}
        self._more = {**{name: str(self._var / file) for name, file in apart.items()}, **more}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Return the process; None while there is none."""
        return self._process.pid if self._process else None

    @property
    def log(self) -> Path:
        """Return the file that the process writes to."""
        return self._var / "log" / "rasa.log"

    @property
    def url(self) -> str:
        """Return the address to open."""
        return f"http://localhost:{self.port}"

    def start(self, again: bool = False) -> float:
        """Start it and wait for the first answer.

        Args:
            again: Whether it has died before: then the log goes on, with the reason in it.

        Returns:
            Seconds until the first answer.

        Raises:
            RunError: If it ends or no answer comes.
        """
        if not ENDPOINTS().is_file():
            raise RunError(f"{ENDPOINTS().name} is missing; ENDPOINTS must name a file in the project.")
        started = time.monotonic()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        # A session of its own: Ctrl-C reaches the launcher alone, which then stops it.
        with self.log.open("ab" if again else "wb") as out, held():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot.run.server", "--port", str(self.port), "--interface", self.interface],
                cwd=ROOT,
                env=environment(**self._more),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        while True:
            self.check()
            if self._answers():
                progress("")
                return time.monotonic() - started
            if time.monotonic() - started > START_SECONDS:
                raise RunError(f"no answer after {START_SECONDS:.0f} s; see {shown(self.log)}.")
            progress(f"starting ... {time.monotonic() - started:.0f} s")
            time.sleep(0.2)

    def check(self) -> None:
        """Raise if it has ended."""
        if self._process and self._process.poll() is not None:
            raise RunError(f"Rasa ended (status {self._process.returncode}); see {shown(self.log)}. Its end:\n{tail(self.log)}")

    def wait(self) -> int:
        """Wait for its end, however long; returns its exit status, or minus the signal that killed it."""
        assert self._process is not None
        status = self._process.wait()
        self.kill()
        return status

    def stop(self) -> None:
        """Stop it, after the messages under way; somebody who asks a second time need not wait for these."""
        if self._process is not None and self._process.poll() is None:
            with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                self._process.send_signal(signal.SIGTERM)
                self._process.wait(STOP_SECONDS)
        self.kill()
        self._process = None

    def kill(self) -> None:
        """Kill what is left of it, also the workers of a Rasa that died."""
        if self._process is not None:
            # macOS raises `PermissionError` for a zombie, which has ended but was not waited for.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def __enter__(self) -> BotProcess:
        """Return the unit, to be stopped at the end of the block."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop it."""
        self.stop()

    def ask(self, text: str, sender: str) -> list[dict[str, Any]]:
        """Send one message over REST and return the bot's messages; gives up later than the bot does."""
        body = json.dumps({"sender": sender, "message": text}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/webhooks/rest/webhook", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=WEB_ANSWER_SECONDS() + 5) as answer:
            messages: list[dict[str, Any]] = json.load(answer)
        return messages

    def _answers(self) -> bool:
        try:
            messages = self.ask("hello", f"readiness-{uuid.uuid4().hex}")
        except (OSError, urllib.error.URLError, ValueError):
            return False
        return any("custom" in m for m in messages)
