"""One worker of several, on PostgreSQL: looks whether it can run, and becomes the server."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from bot.errors import ROOT
from bot.memory.store import StoreError
from bot.run.build import RunError, environment, model_path
from bot.run.process import is_free
from bot.settings import DATABASE_URL, ENDPOINTS, RABBITMQ_URL, REDIS_URL, WEB_SECRET

_ENDPOINTS = "endpoints.scale.yml"


def become(port: int, interface: str) -> NoReturn:
    """Replace this process by a server: a supervisor sees its end and its signals directly.

    Raises:
        RunError: If something is missing; says what to do.
    """
    for setting in (DATABASE_URL, WEB_SECRET):
        if not setting():
            raise RunError(f"{setting.name} is not set; all workers need the same one. See deploy/README.md.")
    # Values that cannot be used are told now, not in the log of the server.
    REDIS_URL(), RABBITMQ_URL()
    if not model_path().is_file():
        raise RunError(f"{model_path().relative_to(ROOT)} is missing; `make train` makes it, or copy that of another machine.")
    _check_tables()
    if not is_free(port, interface):
        raise RunError(f"port {port} is taken. Stop what listens there, or choose another with --port.")
    given = environment(ENDPOINTS=str(ENDPOINTS(otherwise=_ENDPOINTS)))
    command = [sys.executable, "-m", "bot.run.server", "--port", str(port), "--interface", interface]
    os.chdir(ROOT)
    os.execve(sys.executable, command, given)


def _check_tables() -> None:
    try:
        from bot.memory import schema

        found, needed = schema.present(DATABASE_URL()), schema.newest()
    except ModuleNotFoundError as error:
        raise RunError(f"{error.name} is not installed; run `make setup-scale`.") from error
    except StoreError as error:
        raise RunError(str(error)) from error
    if found < needed:
        raise RunError(
            f"the tables have version {found or 'none'} and {needed} is needed; run `python -m bot.memory migrate` once."
        )
