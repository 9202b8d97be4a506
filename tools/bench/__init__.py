"""Bench: how fast and how heavy the bot is, beside stock Rasa on the same machine in the same run."""
