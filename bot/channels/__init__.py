"""Channels: web and Telegram, behind one guard."""
