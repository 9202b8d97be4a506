"""What pip-audit and `npm audit` report, in one form for both."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PYPI = "PyPI"
NPM = "npm"


class AuditError(Exception):
    """A tool or a file of ours is wrong, so that nothing can be said; the sentence says what."""


@dataclass(frozen=True)
class Finding:
    """A known vulnerability of a package that we lock.

    Attributes:
        registry: `PyPI` or `npm`.
        package: Its name.
        version: The locked version.
        ids: Every name the vulnerability goes by; the database's own comes first.
        title: What it is, in a line.
        fixed: Versions without it, in words; empty if there are none yet.
    """

    registry: str
    package: str
    version: str
    ids: tuple[str, ...]
    title: str
    fixed: str


@dataclass(frozen=True)
class Answer:
    """What one registry's database said.

    Attributes:
        registry: `PyPI` or `npm`.
        asked: How many packages it was asked about.
        findings: What it found.
        unknown: Packages that it does not know and so said nothing about.
        silence: Why it said nothing at all; empty if it answered.
    """

    registry: str
    asked: int = 0
    findings: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()
    silence: str = ""


def read_pip_audit(report: str) -> Answer:
    """Read the JSON that pip-audit prints.

    It reports a package that the database does not know as skipped, and finds
    nothing if it skipped all of them: that is no answer.
    """
    packages = json.loads(report)["dependencies"]
    unknown = tuple(package["name"] for package in packages if "skip_reason" in package)
    if len(unknown) == len(packages):
        return Answer(PYPI, silence="it knows none of the versions asked for")
    findings = [
        Finding(
            registry=PYPI,
            package=package["name"],
            version=package["version"],
            ids=(found["id"], *found.get("aliases", ())),
            title=_line(found.get("description") or ""),
            fixed=" or ".join(found["fix_versions"]),
        )
        for package in packages
        for found in package.get("vulns", ())
    ]
    return Answer(PYPI, len(packages), tuple(findings), unknown)


def read_npm(report: str, lock: Path) -> Answer:
    """Read the JSON that `npm audit` prints.

    Args:
        report: As printed.
        lock: `package-lock.json`, which the versions are taken from.

    Raises:
        AuditError: If npm could not read its own files.
    """
    said: dict[str, Any] = json.loads(report)
    if "vulnerabilities" not in said:
        # An error with a code is about our files, one without about the registry.
        if said.get("error", {}).get("code"):
            raise AuditError(f"`npm audit` failed: {said['error'].get('summary', '')}")
        return Answer(NPM, silence=_without_addresses(str(said.get("message", "no reason given"))))
    packages: dict[str, Any] = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    locked = {path: node for path, node in packages.items() if path}
    findings: dict[tuple[str, str, str], Finding] = {}
    for package in said["vulnerabilities"].values():
        versions = {locked[node]["version"] for node in package["nodes"] if node in locked}
        for advisory in package["via"]:
            # A name alone says that the package depends on one that has a vulnerability; that one is listed too.
            if isinstance(advisory, str):
                continue
            name = str(advisory["url"]).rstrip("/").rpartition("/")[2]
            for version in sorted(versions):
                findings[package["name"], version, name] = Finding(
                    NPM, package["name"], version, (name,), _line(advisory["title"]), f"a version outside {advisory['range']}"
                )
    return Answer(NPM, len(locked), tuple(findings.values()))


def _line(text: str) -> str:
    """Return the first sentence or line of a description that may be pages long."""
    first = re.split(r"(?<=[.!?])\s|\n|#", text.strip().lstrip("# "), maxsplit=1)[0].strip()
    return first if len(first) <= 160 else first[:159] + "…"


def _without_addresses(text: str) -> str:
    return re.sub(r"https?://\S+", "the registry", re.sub(r" - [A-Z]+ https?://\S+", "", text))
