"""Fits where questions of one message part (`bot/understand/cuts.py`)."""
