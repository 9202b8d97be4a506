"""Read: a seed becomes a document of numbered paragraphs and passages."""

from bot.read.document import Document, Passage, load_documents
from bot.read.seeds import read_seed, read_seeds

__all__ = ["Document", "Passage", "load_documents", "read_seed", "read_seeds"]
