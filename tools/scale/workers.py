"""Workers of the bot on the engines: `python -m bot.run worker`, as systemd starts them in a real installation."""

from __future__ import annotations

import http.client
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.errors import ROOT
from bot.run.build import environment
from tools.scale.part import LOOPBACK, Part, free_ports


class Worker(Part):
    """One worker.

    Args:
        folder: Of its log.
        settings: Variables of the environment beside those of whoever starts it: `DATABASE_URL` and so on.
        port: As of `Part`.
    """

    name = "worker"
    start_seconds = 180.0
    # Longer than the longest wait for an answer.
    stop_seconds = 30.0

    def __init__(self, folder: Path, settings: Mapping[str, str], port: int = 0) -> None:
        """Choose the ports: of the bot, and of Telegram's posts."""
        super().__init__(folder, port)
        self.settings = dict(settings)
        self.telegram = free_ports(1)[0]

    @property
    def cwd(self) -> Path:
        """Return the project, as Rasa wants it."""
        return ROOT

    @property
    def url(self) -> str:
        """Return the address at which it is reached without nginx."""
        return f"http://{LOOPBACK}:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return the settings of this worker."""
        return environment(TELEGRAM_WEBHOOK_LISTEN=f"{LOOPBACK}:{self.telegram}", **self.settings)

    def command(self) -> list[str]:
        """Return the command of a worker."""
        return [sys.executable, "-m", "bot.run", "worker", "--port", str(self.port), "--interface", LOOPBACK]

    def answers(self) -> bool:
        """Tell whether `/readyz` says so."""
        return self.readiness()[0] == 200

    def readiness(self, seconds: float = 10.0) -> tuple[int, dict[str, Any]]:
        """Return what `/readyz` says, its status and body; 0 and nothing where there is no answer in so many seconds."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=seconds) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}
