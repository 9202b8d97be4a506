"""`python -m bot.memory migrate`: make or change the tables in the PostgreSQL of `DATABASE_URL`."""

from __future__ import annotations

import argparse
import sys

from bot.errors import InputError
from bot.memory.store import StoreError
from bot.settings import DATABASE_URL


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m bot.memory", description=__doc__)
    parser.add_argument("command", choices=("migrate", "version"))
    options = parser.parse_args(arguments)
    try:
        url = DATABASE_URL()
        if not url:
            raise StoreError("DATABASE_URL is not set; SQLite files are made by the bot itself.")
        # Only where PostgreSQL is used: its packages are those of `make setup-scale`.
        from bot.memory import schema

        done = schema.migrate(url) if options.command == "migrate" else schema.present(url)
    except ModuleNotFoundError as error:
        print(f"{error.name} is not installed; run `make setup-scale`.", file=sys.stderr)
        return 1
    except (InputError, StoreError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"the tables have version {done or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
