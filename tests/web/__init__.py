"""The web channel: its calls, its pages and the widget in a real browser."""
