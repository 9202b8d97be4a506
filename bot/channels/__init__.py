"""Channels: REST, web and Telegram, through one gateway."""
