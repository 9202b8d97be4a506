"""Reply: a decision becomes messages by the contract."""

from bot.reply.reply import Library, PartReply, Reply

__all__ = ["Library", "PartReply", "Reply"]
