"""Settings of the web channel."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.web.settings import load_settings
from bot.errors import ROOT, InputError


def test_nothing_given_is_the_standard() -> None:
    settings = load_settings(None, {})
    assert (settings.allowed_origins, settings.proxies, settings.session_rate) == ((), 0, (10, 30.0))
    assert settings.state == ROOT / "var"


def test_environment_wins_over_credentials() -> None:
    settings = load_settings(
        {"allowed_origins": ["https://a.example"], "proxies": 2, "retention_days": 7, "session_rate": "5/10"},
        {"WEB_ALLOWED_ORIGINS": "https://B.example/, http://localhost:8080", "RETENTION_DAYS": "3", "WEB_STATE": "/x"},
    )
    assert settings.allowed_origins == ("https://b.example", "http://localhost:8080")
    assert (settings.proxies, settings.retention_days, settings.session_rate) == (2, 3, (5, 10.0))
    assert settings.state == Path("/x")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WEB_ALLOWED_ORIGINS", "*"),
        ("WEB_ALLOWED_ORIGINS", "example.org"),
        ("WEB_ALLOWED_ORIGINS", "https://example.org/path"),
        ("WEB_FRAME_ANCESTORS", "https://example.org; script-src *"),
        ("WEB_FRAME_ANCESTORS", "https://example.org;"),
        ("WEB_PROXIES", "one"),
        ("RETENTION_DAYS", "-1"),
        ("WEB_RATE_SESSION", "10"),
        ("WEB_RATE_ADDRESS", "0/0"),
    ],
)
def test_wrong_value_is_told_by_its_name(variable: str, value: str) -> None:
    with pytest.raises(InputError, match=variable):
        load_settings(None, {variable: value})
