"""The file of accepted findings: ours is good, and a mistake in one is named."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import pytest

from bot.errors import InputError
from tools.audit.accepted import load_accepted
from tools.audit.ask import LOCKS, WEB

TODAY = datetime.date(2026, 11, 25)
GOOD = """\
- registry: PyPI
  package: wheel
  version: "0.45.1"
  reviewed: 2026-11-25
  ids: [CVE-2026-24049]
  why: Nothing here unpacks wheels.
"""


def test_every_accepted_finding_is_of_a_version_that_is_locked() -> None:
    pins = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
    locked = {("PyPI", *pin) for lock in LOCKS for pin in pins.findall(lock.read_text(encoding="utf-8"))}
    packages = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    locked |= {("npm", path.rpartition("node_modules/")[2], node["version"]) for path, node in packages.items()}
    entries = load_accepted()
    assert {(e.registry, e.package, e.version) for e in entries} <= locked
    names = [(e.registry, e.package, name) for e in entries for name in e.ids]
    assert len(names) == len(set(names))


def test_an_empty_file_accepts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "accepted.yml"
    path.write_text("# nothing yet\n")
    assert load_accepted(path, TODAY) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"0.45.1"', "0.45", r"entry 1 \(wheel\): `version` must be a text"),
        ("  why: Nothing here unpacks wheels.\n", "", "entry 1 must have exactly ids, package"),
        ("Nothing here unpacks wheels.", '""', "`why` must be a text"),
        ("PyPI", "Debian", "`registry` must be PyPI or npm"),
        ("[CVE-2026-24049]", "CVE-2026-24049", "`ids` must list"),
        ("2026-11-25", "last week", "`reviewed` must be a date"),
        ("2026-11-25", "2027-01-01", "lies in the future"),
        ("- registry: PyPI", "- registry: [", "line 3: is no YAML here"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "accepted.yml"
    path.write_text(GOOD)
    assert load_accepted(path, TODAY)[0].why == "Nothing here unpacks wheels."
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(InputError, match=said):
        load_accepted(path, TODAY)


def test_a_file_that_is_no_list_is_said(tmp_path: Path) -> None:
    path = tmp_path / "accepted.yml"
    path.write_text("registry: PyPI\n")
    with pytest.raises(InputError, match="must be a list"):
        load_accepted(path, TODAY)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is missing"):
        load_accepted(tmp_path / "accepted.yml", TODAY)
