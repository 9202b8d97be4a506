"""The page and the widget: their API, their files, and what is kept of a conversation."""

from bot.channels.web.channel import WebChannel

__all__ = ["WebChannel"]
