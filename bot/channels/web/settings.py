"""Settings of the web channel: from `credentials.yml`, overridden by the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import ROOT, InputError
from bot.memory.retention import retention_days

_ORIGIN = re.compile(r"https?://[^/\s*?#]+")
_SOURCE = re.compile(r"(?:https?://)?[\w.*:\[\]-]+|'self'|'none'")


@dataclass(frozen=True)
class WebSettings:
    """What a maintainer may set.

    Attributes:
        allowed_origins: Origins (`https://example.org`) whose pages may use
            the widget, besides the server's own (`WEB_ALLOWED_ORIGINS`).
        frame_ancestors: Sources that may frame the pages, besides the server's
            own (`WEB_FRAME_ANCESTORS`).
        proxies: Reverse proxies in front, each adding to `X-Forwarded-For`;
            0 means that the header is not believed (`WEB_PROXIES`).
        session_rate: Messages at once and a minute, for one conversation
            (`WEB_RATE_SESSION`, as `10/30`).
        address_rate: The same for one address (`WEB_RATE_ADDRESS`).
        retention_days: Days after which a conversation is deleted
            (`RETENTION_DAYS`).
        answer_seconds: Longest wait for an answer (`WEB_ANSWER_SECONDS`).
        state: Folder of the conversations and of the secret (`WEB_STATE`).
    """

    allowed_origins: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()
    proxies: int = 0
    session_rate: tuple[int, float] = (10, 30.0)
    address_rate: tuple[int, float] = (40, 120.0)
    retention_days: int = 30
    answer_seconds: float = 20.0
    state: Path = ROOT / "var"


def load_settings(credentials: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None) -> WebSettings:
    """Read the settings.

    Args:
        credentials: The channel's part of `credentials.yml`; keys are named
            as the attributes of `WebSettings`.
        environment: Variables that win over it; by default the process's.

    Returns:
        The settings, checked.

    Raises:
        InputError: If a value cannot be used; names the variable.
    """
    given = dict(credentials or {})
    env = os.environ if environment is None else environment

    def value(key: str, variable: str) -> Any:
        return env.get(variable) or given.get(key)

    standard = WebSettings()
    return WebSettings(
        allowed_origins=tuple(
            o.rstrip("/").lower() for o in _list(value("allowed_origins", "WEB_ALLOWED_ORIGINS"), _ORIGIN, "WEB_ALLOWED_ORIGINS")
        ),
        frame_ancestors=_list(value("frame_ancestors", "WEB_FRAME_ANCESTORS"), _SOURCE, "WEB_FRAME_ANCESTORS"),
        proxies=_number(value("proxies", "WEB_PROXIES"), standard.proxies, "WEB_PROXIES"),
        session_rate=_rate(value("session_rate", "WEB_RATE_SESSION"), standard.session_rate, "WEB_RATE_SESSION"),
        address_rate=_rate(value("address_rate", "WEB_RATE_ADDRESS"), standard.address_rate, "WEB_RATE_ADDRESS"),
        retention_days=retention_days(env),
        answer_seconds=float(max(1, _number(value("answer_seconds", "WEB_ANSWER_SECONDS"), 20, "WEB_ANSWER_SECONDS"))),
        state=Path(value("state", "WEB_STATE") or standard.state),
    )


def _list(value: Any, pattern: re.Pattern[str], name: str) -> tuple[str, ...]:
    items = value if isinstance(value, list) else re.split(r"[\s,]+", str(value or ""))
    found = tuple(str(i).strip().rstrip("/") for i in items if str(i).strip())
    for item in found:
        if not pattern.fullmatch(item):
            raise InputError(
                name, f"`{item}` cannot be used here; give full origins such as `https://example.org`, set apart by spaces."
            )
    return found


def _number(value: Any, standard: int, name: str) -> int:
    if value is None:
        return standard
    if not re.fullmatch(r"\d{1,6}", str(value).strip()):
        raise InputError(name, f"`{value}` is not a whole number.")
    return int(str(value))


def _rate(value: Any, standard: tuple[int, float], name: str) -> tuple[int, float]:
    if value is None:
        return standard
    match = re.fullmatch(r"\s*([1-9]\d{0,5})\s*/\s*([1-9]\d{0,6})\s*", str(value))
    if not match:
        raise InputError(name, f"`{value}` is not messages at once and a minute, such as `10/30`.")
    return int(match[1]), float(match[2])
