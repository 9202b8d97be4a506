"""Brings the tables in PostgreSQL up to date, and tells whether they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.memory.store import StoreError

# Two machines that migrate at once: the second waits for the first.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('albania-nato-bot migrate'))"


def migrate(url: str) -> str:
    """Bring the tables up to date, in one transaction; return the version they have now.

    Raises:
        StoreError: If the database cannot be reached or changed.
    """
    config = _config()
    with _connection(url) as connection:
        connection.execute(sa.text(_LOCK))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return newest()


def present(url: str) -> str:
    """Return the version of the tables; empty if there are none; raises `StoreError`."""
    with _connection(url) as connection:
        return MigrationContext.configure(connection, opts={"version_table_schema": "public"}).get_current_revision() or ""


def newest() -> str:
    """Return the version that this program needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


@contextmanager
def _connection(url: str) -> Iterator[sa.engine.Connection]:
    engine = sa.create_engine(url.replace("postgres://", "postgresql://", 1), connect_args={"connect_timeout": 5})
    try:
        with engine.begin() as connection:
            yield connection
    except sa.exc.DBAPIError as error:
        raise StoreError(f"PostgreSQL: {str(error.orig).strip().splitlines()[0]}") from error
    finally:
        engine.dispose()
