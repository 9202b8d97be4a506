"""Answers questions about a statement in the statement's own words."""
