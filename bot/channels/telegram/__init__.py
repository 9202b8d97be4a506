"""Telegram: updates in, replies out, on a thread of its own."""

from bot.channels.telegram.channel import TelegramChannel

__all__ = ["TelegramChannel"]
