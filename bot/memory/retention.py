"""How long what people said is kept."""

from __future__ import annotations

import os
from collections.abc import Mapping

from bot.errors import InputError

_DAYS = 30
_MOST_DAYS = 36_500


def retention_days(environment: Mapping[str, str] = os.environ) -> int:
    """Return the days after which what was said is deleted (`RETENTION_DAYS`, 30).

    Raises:
        InputError: If it is no whole number from 1 to 36,500.
    """
    given = environment.get("RETENTION_DAYS", "").strip() or str(_DAYS)
    if not given.isdecimal() or not 1 <= int(given) <= _MOST_DAYS:
        raise InputError("RETENTION_DAYS", f"`{given}` is not a whole number from 1 to {_MOST_DAYS:,}.")
    return int(given)
