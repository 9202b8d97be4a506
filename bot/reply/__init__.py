"""Reply: a decision becomes messages by the contract."""

from bot.reply.contract import Citation, Option, Part, PartOutcome, Reply, Source
from bot.reply.reply import Library, PartReply, Utterance

__all__ = ["Citation", "Library", "Option", "Part", "PartOutcome", "PartReply", "Reply", "Source", "Utterance"]
