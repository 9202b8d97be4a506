"""Every setting: its environment variable, default, what it may be and what it does.

`make settings` prints them with their present values; `docs/configuration.md` is written from this table
(`python -m bot.settings --write`). Nothing else reads the environment.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from bot.errors import ROOT, InputError

T = TypeVar("T")
DOCUMENT = ROOT / "docs" / "configuration.md"
_ORIGIN = re.compile(r"https?://[^/\s*?#]+")
_SOURCE = re.compile(r"(?:https?://)?[\w.*:\[\]-]+|'self'|'none'")
_RATE = re.compile(r"([1-9]\d{0,5})\s*/\s*([1-9]\d{0,6})")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
_FEWEST_SECRET = 32
_SETTINGS: list[Setting[Any]] = []


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One variable of the environment.

    Attributes:
        name: Of the variable.
        default: What it is when it is not set or empty, as it would be typed.
        parse: Makes the value; raises a `ValueError` that says what it may be.
        help: What it does, for the table.
        group: The heading that it stands under.
        secret: Whether its value is never shown.
    """

    name: str
    default: str
    parse: Callable[[str], T]
    help: str
    group: str
    secret: bool = False

    def __post_init__(self) -> None:
        """Put it into the table."""
        _SETTINGS.append(self)

    def __call__(self, environment: Mapping[str, str] | None = None, otherwise: str = "") -> T:
        """Return its value.

        Args:
            environment: Variables; by default the process's.
            otherwise: What it is when it is not set or empty, instead of the default.

        Raises:
            InputError: If it cannot be used; names the variable and never shows a secret.
        """
        env = os.environ if environment is None else environment
        try:
            return self.parse(env.get(self.name, "").strip() or otherwise or self.default)
        except ValueError as error:
            raise InputError(self.name, str(error)) from error


def settings() -> tuple[Setting[Any], ...]:
    """Return all settings, in the order of the table."""
    return tuple(_SETTINGS)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"\d{1,6}", text) or not least <= int(text) <= most:
            raise ValueError(f"`{text}` is not a whole number from {least} to {most:,}.")
        return int(text)

    return parse


def _flag(text: str) -> bool:
    return text.lower() in ("1", "yes", "true", "on")


def _file(text: str) -> Path:
    return ROOT / text


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        fine = not text or (parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0)
    except ValueError:
        fine = False
    if not fine:
        raise ValueError("must be a full address that begins with https://.")
    return text.rstrip("/")


def _engine(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        try:
            parts = urlsplit(text)
            fine = not text or (parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0)
        except ValueError:
            fine = False
        if not fine:
            raise ValueError(f"must be an address that begins with {schemes[0]}://.")
        return text

    return parse


def _listen(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ValueError(f"`{text}` is not host:port, such as `127.0.0.1:8443`.")
    return host.strip("[]") or "127.0.0.1", int(port)


def _list_of(pattern: re.Pattern[str]) -> Callable[[str], tuple[str, ...]]:
    def parse(text: str) -> tuple[str, ...]:
        found = tuple(item.rstrip("/") for item in re.split(r"[\s,]+", text) if item)
        for item in found:
            if not pattern.fullmatch(item):
                raise ValueError(
                    f"`{item}` cannot be used here; give full origins such as `https://example.org`, set apart by spaces."
                )
        return found

    return parse


def _origins(text: str) -> tuple[str, ...]:
    return _list_of(_ORIGIN)(text.lower())


def _rate(text: str) -> tuple[int, float]:
    match = _RATE.fullmatch(text)
    if not match:
        raise ValueError(f"`{text}` is not messages at once and a minute, such as `10/30`.")
    return int(match[1]), float(match[2])


def _web_secret(text: str) -> str:
    if text and len(text) < _FEWEST_SECRET:
        raise ValueError(f"too short; give at least {_FEWEST_SECRET} random characters, or leave it out.")
    return text


def _webhook_secret(text: str) -> str:
    if text and not _SECRET.fullmatch(text):
        raise ValueError("must be 16 to 256 letters, digits, - and _.")
    return text


_RUN, _KEPT, _SCALE, _WEB, _TELEGRAM = "Running", "What is kept", "Several machines", "The page and its widget", "Telegram"

PORT = Setting("PORT", "5005", str, "Port of the bot.", _RUN)
HOST = Setting("HOST", "127.0.0.1", str, "Address that the bot listens on; `0.0.0.0` for all.", _RUN)
PUBLIC_URL = Setting("PUBLIC_URL", "", _address, "Where people reach the page: links to the statement lead there.", _RUN)
ENDPOINTS = Setting("ENDPOINTS", "endpoints.yml", _file, "Rasa's file of endpoints, in the project.", _RUN)
LOG_TEXTS = Setting("LOG_TEXTS", "", _flag, "`1` puts what people write into the logs.", _RUN)
# Named after the page, which was the first to have it.
WEB_ANSWER_SECONDS = Setting("WEB_ANSWER_SECONDS", "20", _whole(1, 600), "Longest wait for an answer, on every channel.", _RUN)
METRICS_TOKEN = Setting(
    "METRICS_TOKEN", "", str, "Bearer that lets other machines read `/metrics`; without one only this machine may.", _RUN, True
)
RETENTION_DAYS = Setting("RETENTION_DAYS", "30", _whole(1, 36_500), "Days after which what was said is deleted.", _KEPT)
TRACKER_DB = Setting("TRACKER_DB", "", str, "Another SQLite file for the conversations.", _KEPT)
WEB_STATE = Setting("WEB_STATE", "var", _file, "Folder of the page's conversations and of its key.", _KEPT)
TELEGRAM_STATE = Setting("TELEGRAM_STATE", "var/telegram.db", _file, "File of the Telegram channel.", _KEPT)
DATABASE_URL = Setting(
    "DATABASE_URL",
    "",
    _engine("postgresql", "postgres"),
    "PostgreSQL that keeps everything, in place of files; with `ENDPOINTS=endpoints.scale.yml`.",
    _SCALE,
    True,
)
DATABASE_CONNECTIONS = Setting(
    "DATABASE_CONNECTIONS", "12", _whole(2, 500), "Most connections of a worker to it; Telegram has one more.", _SCALE
)
REDIS_URL = Setting(
    "REDIS_URL",
    "",
    _engine("redis", "rediss"),
    "Redis that counts rates for all workers; without it each counts its own.",
    _SCALE,
    True,
)
RABBITMQ_URL = Setting(
    "RABBITMQ_URL", "", _engine("amqp", "amqps"), "RabbitMQ that gets the events of conversations.", _SCALE, True
)
RABBITMQ_QUEUE = Setting("RABBITMQ_QUEUE", "rasa_core_events", str, "Its queue for them.", _SCALE)
WEB_ALLOWED_ORIGINS = Setting(
    "WEB_ALLOWED_ORIGINS", "", _origins, "Origins of other sites that may embed the widget, set apart by spaces.", _WEB
)
WEB_FRAME_ANCESTORS = Setting(
    "WEB_FRAME_ANCESTORS", "", _list_of(_SOURCE), "Sites that may show the page in a frame (CSP sources).", _WEB
)
WEB_PROXIES = Setting(
    "WEB_PROXIES", "0", _whole(0, 99), "Reverse proxies in front; with 0 `X-Forwarded-For` is not believed.", _WEB
)
WEB_RATE_SESSION = Setting("WEB_RATE_SESSION", "10/30", _rate, "Messages at once and a minute in one conversation.", _WEB)
WEB_RATE_ADDRESS = Setting("WEB_RATE_ADDRESS", "40/120", _rate, "The same from one address; over REST too.", _WEB)
WEB_SECRET = Setting(
    "WEB_SECRET", "", _web_secret, "Key that signs sessions; without it each installation makes its own.", _WEB, True
)
TELEGRAM_BOT_TOKEN = Setting(
    "TELEGRAM_BOT_TOKEN", "", str, "Token that @BotFather gave; without it the channel is silent.", _TELEGRAM, True
)
TELEGRAM_API_URL = Setting("TELEGRAM_API_URL", "https://api.telegram.org", _address, "Another Bot API server.", _TELEGRAM)
TELEGRAM_WEBHOOK_URL = Setting(
    "TELEGRAM_WEBHOOK_URL",
    "",
    _address,
    "Public address that updates are posted to; without it: polling.",
    _TELEGRAM,
    True,
)
TELEGRAM_WEBHOOK_LISTEN = Setting(
    "TELEGRAM_WEBHOOK_LISTEN", "127.0.0.1:8443", _listen, "Host and port where those posts arrive.", _TELEGRAM
)
TELEGRAM_WEBHOOK_SECRET = Setting(
    "TELEGRAM_WEBHOOK_SECRET", "", _webhook_secret, "What they must carry; by default made from the token.", _TELEGRAM, True
)
TELEGRAM_TAKE_OVER = Setting("TELEGRAM_TAKE_OVER", "", _flag, "`yes` replaces a webhook that another program has set.", _TELEGRAM)
TELEGRAM_RATE = Setting("TELEGRAM_RATE", "10/30", _rate, "Messages at once and a minute from one person in one chat.", _TELEGRAM)
TELEGRAM_POLL_SECONDS = Setting("TELEGRAM_POLL_SECONDS", "50", _whole(1, 50), "How long one poll may wait.", _TELEGRAM)


def document() -> str:
    """Return `docs/configuration.md`."""
    lines = [
        "# Configuration",
        "",
        "All settings are environment variables; `make settings` prints them with their present values. Values that cannot be",
        "used are named at the start, in one sentence. Written from `bot/settings.py` by `python -m bot.settings --write`.",
    ]
    group = ""
    for one in settings():
        if one.group != group:
            group = one.group
            lines += ["", f"## {group}", "", "| variable | default | what it does |", "| --- | --- | --- |"]
        lines.append(f"| `{one.name}` | {f'`{one.default}`' if one.default else '–'} | {one.help} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print the table with the present values, or write the document."""
    arguments = argparse.ArgumentParser(prog="python -m bot.settings", description="The settings of the bot.")
    arguments.add_argument("--write", action="store_true", help=f"write {DOCUMENT.relative_to(ROOT)}")
    if arguments.parse_args().write:
        DOCUMENT.write_text(document(), encoding="utf-8")
        print(f"wrote {DOCUMENT.relative_to(ROOT)}")
        return 0
    wrong = 0
    for one in settings():
        given = os.environ.get(one.name, "").strip()
        try:
            one()
            shown = "(set, not shown)" if one.secret and given else given or one.default or "–"
        except InputError as error:
            wrong, shown = 1, f"cannot be used: {error}"
        print(f"{one.name:<24} {shown}\n{'':<24} {one.help}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
