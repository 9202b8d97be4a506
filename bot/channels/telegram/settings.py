"""Settings of the Telegram channel, all from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot import settings


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
        rate: Messages at once and a minute from one person in one chat (`TELEGRAM_RATE`).
        retention_days: Days after which a conversation is deleted (`RETENTION_DAYS`).
    """

    token: str = field(repr=False)
    api_url: str
    webhook_url: str = field(repr=False)
    listen: tuple[str, int]
    secret: str = field(repr=False)
    take_over: bool
    public_url: str
    state: Path
    poll_seconds: int
    rate: tuple[int, float]
    retention_days: int


def load_settings(environment: Mapping[str, str] | None = None) -> TelegramSettings:
    """Read the settings.

    Args:
        environment: Variables; by default the process's.

    Raises:
        InputError: If a value cannot be used; names the variable and never
            shows a secret.
    """
    return TelegramSettings(
        token=settings.TELEGRAM_BOT_TOKEN(environment),
        api_url=settings.TELEGRAM_API_URL(environment),
        webhook_url=settings.TELEGRAM_WEBHOOK_URL(environment),
        listen=settings.TELEGRAM_WEBHOOK_LISTEN(environment),
        secret=settings.TELEGRAM_WEBHOOK_SECRET(environment),
        take_over=settings.TELEGRAM_TAKE_OVER(environment),
        public_url=settings.PUBLIC_URL(environment),
        state=settings.TELEGRAM_STATE(environment),
        poll_seconds=settings.TELEGRAM_POLL_SECONDS(environment),
        rate=settings.TELEGRAM_RATE(environment),
        retention_days=settings.RETENTION_DAYS(environment),
    )
