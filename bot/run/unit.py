"""Rasa and its action server as one unit: started together, stopped together."""

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
from pathlib import Path
from types import TracebackType

import yaml

from bot.errors import ROOT
from bot.run.build import VAR, RunError, environment, model_path, progress, tail
from bot.settings import ENDPOINTS, TRACKER_DB

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


class Unit:
    """The action server and Rasa, on loopback or on one interface.

    Args:
        port: Where people reach the bot.
        interface: Address to listen on; the action server stays on loopback.
        var: Folder of logs and of what is kept; another than the project's keeps everything there.
        more: Environment variables for both processes. `TRACKER_DB`, here or in the
            environment, names another SQLite file for conversations.
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
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: dict[str, Path] = {}

    @property
    def _endpoints_path(self) -> Path:
        return self._var / f"endpoints.{self.port}.yml"

    @property
    def url(self) -> str:
        """Return the address to open."""
        return f"http://localhost:{self.port}"

    def start(self) -> float:
        """Start both and wait for the first answer.

        Returns:
            Seconds until the first answer.

        Raises:
            RunError: If one of them ends or no answer comes.
        """
        started = time.monotonic()
        actions_port = free_port()
        (self._var / "log").mkdir(parents=True, exist_ok=True)
        endpoints = self._endpoints(actions_port)
        python = sys.executable
        self._spawn("actions", [python, "-m", "rasa_sdk", "--actions", "actions", "--port", str(actions_port)])
        command = [python, "-m", "bot.run.light", "run", "--model", str(model_path()), "--endpoints", str(endpoints)]
        self._spawn("rasa", [*command, "--port", str(self.port), "--interface", self.interface])
        while True:
            self.check()
            if self._answers():
                progress("")
                return time.monotonic() - started
            if time.monotonic() - started > START_SECONDS:
                raise RunError(f"no answer after {START_SECONDS:.0f} s; see {_shown(self._logs['rasa'])}.")
            progress(f"starting ... {time.monotonic() - started:.0f} s")
            time.sleep(0.2)

    def check(self) -> None:
        """Raise if one of the two has ended."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                log = self._logs[name]
                raise RunError(
                    f"the {name} process ended (status {process.returncode}); see {_shown(log)}. Its end:\n{tail(log)}"
                )

    def stop(self) -> None:
        """Stop both: Rasa first, so that no message loses its action."""
        for name in ("rasa", "actions"):
            process = self._processes.pop(name, None)
            if process is None or process.poll() is not None:
                continue
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._endpoints_path.unlink(missing_ok=True)

    def __enter__(self) -> Unit:
        """Return the unit, to be stopped at the end of the block."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop both processes."""
        self.stop()

    def ask(self, text: str, sender: str, timeout: float = 20.0) -> list[dict[str, object]]:
        """Send one message over REST and return the bot's messages."""
        body = json.dumps({"sender": sender, "message": text}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/webhooks/rest/webhook", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            messages: list[dict[str, object]] = json.load(answer)
        return messages

    def _answers(self) -> bool:
        try:
            messages = self.ask("hello", f"readiness-{uuid.uuid4().hex}")
        except (OSError, urllib.error.URLError, ValueError):
            return False
        return any("custom" in m for m in messages)

    def _spawn(self, name: str, command: list[str]) -> None:
        log = self._var / "log" / f"{name}.log"
        self._logs[name] = log
        with log.open("wb") as out:
            # A session of their own: Ctrl-C reaches the launcher alone, which then stops them in order.
            self._processes[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment(SANIC_HOST="127.0.0.1", **self._more),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _endpoints(self, actions_port: int) -> Path:
        """Write the endpoints with this run's action port; ENDPOINTS names another base file."""
        base = ENDPOINTS()
        if not base.is_file():
            raise RunError(f"{base.name} is missing; ENDPOINTS must name a file in the project.")
        endpoints = yaml.safe_load(base.read_text(encoding="utf-8"))
        endpoints["action_endpoint"]["url"] = f"http://127.0.0.1:{actions_port}/webhook"
        tracker_db = TRACKER_DB({**os.environ, **self._more})
        if endpoints.get("tracker_store", {}).get("dialect") == "sqlite" and tracker_db:
            endpoints["tracker_store"]["db"] = tracker_db
        self._endpoints_path.write_text(yaml.safe_dump(endpoints), encoding="utf-8")
        return self._endpoints_path


def _shown(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
