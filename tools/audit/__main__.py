"""`python -m tools.audit`: what `make audit` and CI call; fails on a vulnerability that nobody accepted."""

from __future__ import annotations

import datetime
import sys

from bot.errors import InputError
from tools.audit.accepted import load_accepted
from tools.audit.ask import ask_npm, ask_pypi
from tools.audit.findings import AuditError
from tools.audit.judge import Verdict, judge


def main() -> int:
    """Ask, judge and tell; returns the exit status."""
    today = datetime.date.today()
    try:
        accepted = load_accepted(today=today)
        verdict = judge([ask_pypi(), ask_npm()], accepted, today)
    except (AuditError, InputError) as error:
        print(f"audit: {error}", file=sys.stderr)
        return 1
    return tell(verdict)


def tell(verdict: Verdict) -> int:
    """Print a verdict; returns the exit status."""
    for remark in verdict.remarks:
        print(f"audit: {remark}", flush=True)
    for failure in verdict.failures:
        print(f"audit: {failure}", file=sys.stderr)
    return 1 if verdict.failures else 0


if __name__ == "__main__":
    sys.exit(main())
