"""Understands a message in the light of the talk: parts, readings of each part, one decision about each."""
