"""Evaluate: our bot and its peers on questions that nobody tuned on."""
