"""Settings of the web channel: from `credentials.yml`, overridden by the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import settings


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
        state: Folder of the conversations and of the secret (`WEB_STATE`).
    """

    allowed_origins: tuple[str, ...]
    frame_ancestors: tuple[str, ...]
    proxies: int
    session_rate: tuple[int, float]
    address_rate: tuple[int, float]
    retention_days: int
    state: Path


_VARIABLES: dict[str, settings.Setting[Any]] = {
    "allowed_origins": settings.WEB_ALLOWED_ORIGINS,
    "frame_ancestors": settings.WEB_FRAME_ANCESTORS,
    "proxies": settings.WEB_PROXIES,
    "session_rate": settings.WEB_RATE_SESSION,
    "address_rate": settings.WEB_RATE_ADDRESS,
    "state": settings.WEB_STATE,
}


def load_settings(credentials: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None) -> WebSettings:
    """Read the settings.

    Args:
        credentials: The channel's part of `credentials.yml`; keys are named
            as the attributes of `WebSettings`.
        environment: Variables that win over it; by default the process's.

    Raises:
        InputError: If a value cannot be used; names the variable.
    """
    given = {key: _typed(value) for key, value in (credentials or {}).items()}
    found = {key: one(environment, given.get(key, "")) for key, one in _VARIABLES.items()}
    return WebSettings(**found, retention_days=settings.RETENTION_DAYS(environment))


def _typed(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
