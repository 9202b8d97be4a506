"""Keeps the vectors of bank and talks, so that a first training starts warm."""
