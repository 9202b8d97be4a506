"""The tables in PostgreSQL, version by version, for alembic: `python -m bot.memory migrate`."""
