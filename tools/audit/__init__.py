"""Asks the registries' vulnerability databases about what the locks name, and judges what they answer."""
