"""Settings of the Telegram channel, all from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bot.channels.telegram.api import API_URL
from bot.errors import ROOT, InputError
from bot.memory.retention import retention_days

_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
_YES = {"1", "yes", "true", "on"}


@dataclass(frozen=True)
class TelegramSettings:
    """What a maintainer may set.

    Attributes:
        token: The bot's token (`TELEGRAM_BOT_TOKEN`); empty: no Telegram.
        api_url: Another Bot API server (`TELEGRAM_API_URL`).
        webhook_url: Public https address that Telegram posts updates to
            (`TELEGRAM_WEBHOOK_URL`); empty: long polling.
        listen: Host and port on which those posts are received
            (`TELEGRAM_WEBHOOK_LISTEN`).
        secret: What those posts must carry (`TELEGRAM_WEBHOOK_SECRET`); by
            default one derived from the token.
        take_over: Replace a webhook that somebody else has set
            (`TELEGRAM_TAKE_OVER`).
        public_url: Where people reach the reader (`PUBLIC_URL`).
        state: The channel's file (`TELEGRAM_STATE`).
        poll_seconds: How long one poll may wait (`TELEGRAM_POLL_SECONDS`).
        retention_days: Days after which a conversation is deleted (`RETENTION_DAYS`).
    """

    token: str = field(default="", repr=False)
    api_url: str = API_URL
    webhook_url: str = field(default="", repr=False)
    listen: tuple[str, int] = ("127.0.0.1", 8443)
    secret: str = field(default="", repr=False)
    take_over: bool = False
    public_url: str = ""
    state: Path = ROOT / "var" / "telegram.db"
    poll_seconds: int = 50
    retention_days: int = 30


def load_settings(environment: Mapping[str, str] | None = None) -> TelegramSettings:
    """Read the settings.

    Args:
        environment: Variables; by default the process's.

    Returns:
        The settings, checked.

    Raises:
        InputError: If a value cannot be used; names the variable and never
            shows a secret.
    """
    env = os.environ if environment is None else environment

    def value(name: str) -> str:
        return env.get(name, "").strip()

    secret = value("TELEGRAM_WEBHOOK_SECRET")
    if secret and not _SECRET.fullmatch(secret):
        raise InputError("TELEGRAM_WEBHOOK_SECRET", "must be 16 to 256 letters, digits, - and _.")
    return TelegramSettings(
        token=value("TELEGRAM_BOT_TOKEN"),
        api_url=_address(value("TELEGRAM_API_URL") or API_URL, "TELEGRAM_API_URL"),
        webhook_url=_address(value("TELEGRAM_WEBHOOK_URL"), "TELEGRAM_WEBHOOK_URL"),
        listen=_listen(value("TELEGRAM_WEBHOOK_LISTEN") or "127.0.0.1:8443"),
        secret=secret,
        take_over=value("TELEGRAM_TAKE_OVER").lower() in _YES,
        public_url=_address(value("PUBLIC_URL"), "PUBLIC_URL"),
        state=Path(value("TELEGRAM_STATE") or ROOT / "var" / "telegram.db"),
        poll_seconds=_number(value("TELEGRAM_POLL_SECONDS") or "50", "TELEGRAM_POLL_SECONDS", 50),
        retention_days=retention_days(env),
    )


def _address(url: str, name: str) -> str:
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if not fine:
        raise InputError(name, "must be a full address that begins with https://.")
    return url.rstrip("/")


def _listen(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        raise InputError("TELEGRAM_WEBHOOK_LISTEN", f"`{text}` is not host:port, such as `127.0.0.1:8443`.")
    return host.strip("[]") or "127.0.0.1", int(port)


def _number(text: str, name: str, most: int) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise InputError(name, f"`{text}` is not a whole number from 1 to {most}.")
    return int(text)
