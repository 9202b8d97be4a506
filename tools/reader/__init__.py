"""Trains the context reader outside the bot's own environment; see README.md beside this file."""
