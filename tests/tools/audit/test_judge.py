"""What fails, what passes and what is only told, from reports as the tools print them."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from tools.audit.__main__ import tell
from tools.audit.accepted import Accepted
from tools.audit.findings import Answer, AuditError, read_npm, read_pip_audit
from tools.audit.judge import REVIEW_DAYS, judge

TODAY = datetime.date(2026, 11, 25)
WHEEL: dict[str, Any] = {
    "name": "wheel",
    "version": "0.45.1",
    "vulns": [
        {
            "id": "GHSA-8rrh-rw8j-w5fx",
            "fix_versions": ["0.46.2"],
            "aliases": ["CVE-2026-24049"],
            "description": "### Summary\nwheel unpack may change permissions of other files. More on that follows.",
        }
    ],
}
SIX = {"name": "six", "version": "1.17.0", "vulns": []}


def python(*packages: dict[str, Any]) -> Answer:
    return read_pip_audit(json.dumps({"dependencies": packages, "fixes": []}))


def accepted(**other: Any) -> Accepted:
    known: dict[str, Any] = {
        "registry": "PyPI",
        "package": "wheel",
        "version": "0.45.1",
        "ids": ("CVE-2026-24049",),
        "reviewed": TODAY,
        "why": "Nothing here unpacks wheels with it.",
    }
    return Accepted(**{**known, **other})


def test_a_finding_that_nobody_accepted_fails_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    verdict = judge([python(WHEEL, SIX)], [], TODAY)
    [said] = verdict.failures
    for part in ("wheel 0.45.1", "GHSA-8rrh-rw8j-w5fx (CVE-2026-24049)", "fixed in 0.46.2", "accepted_findings.yml"):
        assert part in said
    assert "\n" not in said
    assert verdict.remarks == ["PyPI: packages checked: 2, findings: 1, to mend: 1."]
    assert tell(verdict) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", ["CVE-2026-24049", "GHSA-8rrh-rw8j-w5fx"])
def test_an_accepted_finding_passes_under_any_of_its_names(name: str) -> None:
    verdict = judge([python(WHEEL)], [accepted(ids=(name,))], TODAY)
    assert verdict.failures == []
    assert tell(verdict) == 0


@pytest.mark.parametrize("other", [{"version": "0.45.0"}, {"package": "wheels"}, {"registry": "npm"}, {"ids": ("CVE-2026-1",)}])
def test_what_was_accepted_of_something_else_does_not_count(other: dict[str, Any]) -> None:
    assert len(judge([python(WHEEL)], [accepted(**other)], TODAY).failures) == 1


@pytest.mark.parametrize(("days", "fails"), [(REVIEW_DAYS, False), (REVIEW_DAYS + 1, True)])
def test_an_accepted_finding_has_to_be_reviewed_again(days: int, fails: bool) -> None:
    entry = accepted(reviewed=TODAY - datetime.timedelta(days=days))
    failures = judge([python(WHEEL)], [entry], TODAY).failures
    assert bool(failures) is fails
    if fails:
        assert f"accepted {days} days ago for wheel 0.45.1: CVE-2026-24049; review again" in failures[0]


def test_what_is_no_longer_found_is_told_and_fails_nothing() -> None:
    entry = accepted(ids=("CVE-2026-24049", "CVE-2020-1"), reviewed=TODAY - datetime.timedelta(days=1_000))
    verdict = judge([python(SIX)], [entry], TODAY)
    assert verdict.failures == []
    assert "no longer found in wheel 0.45.1: CVE-2026-24049, CVE-2020-1;" in verdict.remarks[0]
    partly = judge([python(WHEEL)], [accepted(ids=("CVE-2026-24049", "CVE-2020-1"))], TODAY)
    assert "wheel 0.45.1: CVE-2020-1;" in partly.remarks[0]


def test_a_package_that_the_database_does_not_know_is_told_and_not_called_clean() -> None:
    skipped = {"name": "Wheel", "skip_reason": "Dependency not found on PyPI and could not be audited: wheel (0.45.1)"}
    verdict = judge([python(SIX, skipped)], [accepted()], TODAY)
    assert verdict.remarks == ["PyPI: packages checked: 1, findings: 0, to mend: 0.", "PyPI: its database does not know Wheel."]


def test_a_database_that_skips_everything_has_not_answered() -> None:
    answer = python({"name": "six", "skip_reason": "Dependency not found on PyPI and could not be audited: six (1.17.0)"})
    verdict = judge([answer], [accepted()], TODAY)
    assert verdict.failures == []
    assert verdict.remarks == [
        "PyPI: the vulnerability database gave no answer (it knows none of the versions asked for), so nothing was checked there."
    ]
    assert tell(verdict) == 0


def test_a_silent_database_does_not_hide_an_overdue_review() -> None:
    entry = accepted(reviewed=TODAY - datetime.timedelta(days=REVIEW_DAYS + 1))
    verdict = judge([Answer("PyPI", silence="no answer")], [entry], TODAY)
    assert verdict.failures == []
    assert "review again" in verdict.remarks[1]


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    packages = {
        "": {"name": "page", "version": "1.0.0"},
        "node_modules/nanoid": {"version": "3.3.7"},
        "node_modules/postcss": {"version": "8.4.0"},
    }
    path = tmp_path / "package-lock.json"
    path.write_text(json.dumps({"packages": packages}))
    return path


def test_npm_names_the_package_that_has_it_and_not_those_that_depend_on_it(lock: Path) -> None:
    advisory = {
        "source": 1,
        "name": "nanoid",
        "dependency": "nanoid",
        "title": "Predictable results in nanoid generation when given non-integer values",
        "url": "https://github.com/advisories/GHSA-mwcw-c2x4-8c55",
        "severity": "moderate",
        "range": "<3.3.8",
    }
    report = {
        "auditReportVersion": 2,
        "vulnerabilities": {
            "nanoid": {"name": "nanoid", "via": [advisory], "nodes": ["node_modules/nanoid"], "fixAvailable": True},
            "postcss": {"name": "postcss", "via": ["nanoid"], "nodes": ["node_modules/postcss"], "fixAvailable": True},
        },
    }
    verdict = judge([read_npm(json.dumps(report), lock)], [], TODAY)
    [said] = verdict.failures
    assert said.startswith("npm: nanoid 3.3.7 has GHSA-mwcw-c2x4-8c55: Predictable results")
    assert "fixed in a version outside <3.3.8" in said
    entry = accepted(registry="npm", package="nanoid", version="3.3.7", ids=("GHSA-mwcw-c2x4-8c55",))
    assert judge([read_npm(json.dumps(report), lock)], [entry], TODAY).failures == []


def test_a_registry_that_refuses_the_question_is_told_without_its_address(lock: Path) -> None:
    report = {
        "message": "405 Method Not Allowed - POST https://registry.example/-/npm/v1/security/advisories/bulk",
        "statusCode": 405,
        "error": {"summary": "", "detail": ""},
    }
    assert read_npm(json.dumps(report), lock).silence == "405 Method Not Allowed"


def test_an_error_of_our_own_files_is_no_silence(lock: Path) -> None:
    report = {"error": {"code": "ENOLOCK", "summary": "This command requires an existing lockfile.", "detail": ""}}
    with pytest.raises(AuditError, match="existing lockfile"):
        read_npm(json.dumps(report), lock)
