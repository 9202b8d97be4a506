"""Every setting is in the table, documented, and refuses what it cannot use."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from bot.errors import ROOT, InputError
from bot.settings import DOCUMENT, RETENTION_DAYS, document, settings

# They hand the environment on to processes that they start, or look whose process has it; none looks at a setting in it.
_PASS_ON = {"bot/run/build.py", "tools/audit/ask.py", "tools/bench/systems.py", "tools/scale/part.py"}


def test_the_document_is_that_of_the_table() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run `python -m bot.settings --write`"


def test_nothing_else_reads_the_environment() -> None:
    found = {
        str(path.relative_to(ROOT))
        for folder in ("bot", "actions", "tools")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"environ\b(?!ment)|getenv", path.read_text(encoding="utf-8"))
    }
    assert found - _PASS_ON <= {"bot/settings.py"}
    for name in _PASS_ON:
        assert not re.search(r"environ(\.get\(|\[)", (ROOT / name).read_text(encoding="utf-8")), name


def test_every_default_can_be_used() -> None:
    for one in settings():
        one({})


@pytest.mark.parametrize("given", ["0", "-1", "x", "99999999", "1.5"])
def test_a_value_that_cannot_be_used_is_refused_by_name(given: str) -> None:
    with pytest.raises(InputError, match="RETENTION_DAYS"):
        RETENTION_DAYS({"RETENTION_DAYS": given})


def test_the_command_shows_values_but_no_secret_and_fails_on_a_wrong_one() -> None:
    def run(**more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot.settings"]
        return subprocess.run(command, cwd=ROOT, env={"PATH": "/usr/bin", **more}, capture_output=True, text=True, check=False)

    fine = run(RETENTION_DAYS="7", METRICS_TOKEN="very-secret-token")
    assert fine.returncode == 0 and re.search(r"RETENTION_DAYS +7", fine.stdout)
    assert "very-secret-token" not in fine.stdout
    wrong = run(RETENTION_DAYS="soon")
    assert wrong.returncode == 1 and "cannot be used" in wrong.stdout
