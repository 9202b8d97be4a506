"""Retrieve: which passage answers a question, or that none does."""
