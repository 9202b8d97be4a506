"""Fits the one decision of `bot/understand` on labelled talks."""
