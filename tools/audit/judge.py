"""Holds what the databases found against what was accepted."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tools.audit.accepted import Accepted
from tools.audit.findings import Answer, Finding

REVIEW_DAYS = 180
_FILE = "requirements/accepted_findings.yml"


@dataclass
class Verdict:
    """What to tell, a sentence each.

    Attributes:
        failures: What has to be mended.
        remarks: What is good to know.
    """

    failures: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def judge(answers: Sequence[Answer], accepted: Sequence[Accepted], today: datetime.date) -> Verdict:
    """Judge every answer.

    A finding that nobody accepted fails, and so does one whose review is older
    than `REVIEW_DAYS`. Where a database is silent nothing fails, and that is told.
    """
    verdict = Verdict()
    for answer in answers:
        entries = [entry for entry in accepted if entry.registry == answer.registry]
        if answer.silence:
            _tell_silence(answer, entries, today, verdict)
        else:
            _judge_answer(answer, entries, today, verdict)
    return verdict


def _tell_silence(answer: Answer, entries: Sequence[Accepted], today: datetime.date, verdict: Verdict) -> None:
    verdict.remarks.append(
        f"{answer.registry}: the vulnerability database gave no answer ({answer.silence}), so nothing was checked there."
    )
    for entry in entries:
        if _age(entry, today) > REVIEW_DAYS:
            verdict.remarks.append(_review_again(entry, ", ".join(entry.ids), today))


def _judge_answer(answer: Answer, entries: Sequence[Accepted], today: datetime.date, verdict: Verdict) -> None:
    used: set[tuple[Accepted, str]] = set()
    failures: list[str] = []
    for finding in answer.findings:
        by = [(entry, name) for entry in entries if _is_of(entry, finding) for name in entry.ids if name in finding.ids]
        used.update(by)
        if not by:
            failures.append(_not_accepted(finding))
    overdue = {entry for entry, _ in used if _age(entry, today) > REVIEW_DAYS}
    for entry in entries:
        names = [name for name in entry.ids if (entry, name) in used]
        if entry in overdue:
            failures.append(_review_again(entry, ", ".join(names), today))
        if _same(entry.package, answer.unknown):
            continue
        gone = [name for name in entry.ids if name not in names]
        if gone:
            verdict.remarks.append(
                f"{answer.registry}: no longer found in {entry.package} {entry.version}: {', '.join(gone)}; "
                f"to be taken out of {_FILE}."
            )
    verdict.remarks.append(
        f"{answer.registry}: packages checked: {answer.asked - len(answer.unknown)}, findings: {len(answer.findings)}, "
        f"to mend: {len(failures)}."
    )
    if answer.unknown:
        verdict.remarks.append(f"{answer.registry}: its database does not know {', '.join(answer.unknown)}.")
    verdict.failures.extend(failures)


def _is_of(entry: Accepted, finding: Finding) -> bool:
    return entry.version == finding.version and _same(entry.package, [finding.package])


def _same(package: str, names: Sequence[str]) -> bool:
    """Tell whether a package is among names that may be spelt with other signs between the words."""
    return _plain(package) in {_plain(name) for name in names}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _age(entry: Accepted, today: datetime.date) -> int:
    return (today - entry.reviewed).days


def _not_accepted(finding: Finding) -> str:
    others = f" ({', '.join(finding.ids[1:])})" if finding.ids[1:] else ""
    fixed = f"fixed in {finding.fixed}" if finding.fixed else "no version fixes it yet"
    title = f": {finding.title.rstrip('.')}" if finding.title else ""
    return (
        f"{finding.registry}: {finding.package} {finding.version} has {finding.ids[0]}{others}{title}; {fixed}. "
        f"Raise the version, or say in {_FILE} why it cannot be reached here."
    )


def _review_again(entry: Accepted, names: str, today: datetime.date) -> str:
    return (
        f"{entry.registry}: accepted {_age(entry, today)} days ago for {entry.package} {entry.version}: {names}; "
        f"review again and date anew in {_FILE}."
    )
