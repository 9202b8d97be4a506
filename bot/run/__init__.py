"""Run: one command that generates, trains and starts everything as one unit."""
