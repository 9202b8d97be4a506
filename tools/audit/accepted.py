"""The findings that were looked into and accepted: `requirements/accepted_findings.yml`."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ROOT, InputError
from tools.audit.findings import NPM, PYPI

ACCEPTED = ROOT / "requirements" / "accepted_findings.yml"
_FIELDS = {"registry", "package", "version", "ids", "reviewed", "why"}


@dataclass(frozen=True)
class Accepted:
    """Vulnerabilities of one version of a package that this bot does not expose.

    Attributes:
        registry: `PyPI` or `npm`.
        package: Its name.
        version: The version that was looked into; another one has to be looked into anew.
        ids: Names of the vulnerabilities.
        reviewed: The day on which somebody last made sure of `why`.
        why: Why nobody can make use of them here.
    """

    registry: str
    package: str
    version: str
    ids: tuple[str, ...]
    reviewed: datetime.date
    why: str


def load_accepted(path: Path = ACCEPTED, today: datetime.date | None = None) -> list[Accepted]:
    """Read the accepted findings.

    Raises:
        InputError: If an entry is wrong; says which and what mends it.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except FileNotFoundError:
        raise InputError(path, "is missing; it lists the accepted findings and may be empty.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(path, "is no YAML here.", mark.line + 1 if mark else None) from None
    if not isinstance(raw, list):
        raise InputError(path, "must be a list of entries that begin with `- `.")
    return [_entry(path, number, entry, today or datetime.date.today()) for number, entry in enumerate(raw, 1)]


def _entry(path: Path, number: int, raw: Any, today: datetime.date) -> Accepted:
    if not isinstance(raw, dict) or set(raw) != _FIELDS:
        raise InputError(path, f"entry {number} must have exactly {', '.join(sorted(_FIELDS))}.")
    name = f"entry {number} ({raw['package']})"
    for field in ("package", "version", "why"):
        if not isinstance(raw[field], str) or not raw[field].strip():
            raise InputError(path, f"{name}: `{field}` must be a text; put it in quotes.")
    if raw["registry"] not in (PYPI, NPM):
        raise InputError(path, f"{name}: `registry` must be {PYPI} or {NPM}.")
    ids = raw["ids"]
    if not isinstance(ids, list) or not ids or not all(isinstance(i, str) for i in ids):
        raise InputError(path, f"{name}: `ids` must list the names of the findings, such as CVE-2025-47273.")
    # A date with a time is a date to Python too.
    if type(raw["reviewed"]) is not datetime.date:
        raise InputError(path, f"{name}: `reviewed` must be a date such as 2026-11-25.")
    if raw["reviewed"] > today + datetime.timedelta(days=1):
        raise InputError(path, f"{name}: `reviewed` lies in the future.")
    return Accepted(raw["registry"], raw["package"], raw["version"], tuple(ids), raw["reviewed"], " ".join(raw["why"].split()))
