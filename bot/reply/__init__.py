"""Reply: a decision becomes messages by the contract."""

from bot.reply.reply import Library, Reply

__all__ = ["Library", "Reply"]
