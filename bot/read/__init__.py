"""Read: a seed becomes a document of numbered paragraphs and passages.

What is needed while the bot runs stands here and is light; reading seeds
(`bot.read.seeds`) needs spaCy and is for `make generate`.
"""

from bot.read.document import Document, Passage, load_documents

__all__ = ["Document", "Passage", "load_documents"]
