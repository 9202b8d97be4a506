"""The systemd units: they are valid, run in a tight sandbox, and name commands that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.errors import ROOT

UNITS = ROOT / "deploy" / "systemd"
SERVICES = ["albania-nato-worker@5005.service", "albania-nato-migrate.service"]
# Exposure by `systemd-analyze security`, from 0 to 10.
MOST_EXPOSED = 2.0


@pytest.fixture(scope="session")
def analyze(slow: None) -> str:
    """Where `systemd-analyze` is; without it the test is skipped."""
    found = shutil.which("systemd-analyze")
    if not found:
        pytest.skip("systemd-analyze is not installed: `apt-get install --no-install-recommends systemd`.")
    return found


def ask(analyze: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it on our units, with the system's for what they stand on."""
    given = {"SYSTEMD_UNIT_PATH": f"{UNITS}:", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    return subprocess.run([analyze, *arguments], env=given, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("unit", [*SERVICES, "albania-nato.target"])
def test_a_unit_is_valid(analyze: str, unit: str) -> None:
    done = ask(analyze, "verify", "--man=no", unit)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", ["nginx.service", "postgresql@15-main.service"])
def test_an_engine_of_debian_is_started_again(analyze: str, unit: str) -> None:
    folder = UNITS.parent / "engines"
    if not list(Path("/lib/systemd/system").glob(re.sub(r"@.*\.", "@.", unit))):
        pytest.skip(f"{unit} is not installed")
    given = {"SYSTEMD_UNIT_PATH": f"{folder}:", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([analyze, "verify", "--man=no", unit], env=given, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    name = re.sub(r"@.*\.", "@.", unit)
    assert "Restart=on-failure" in (folder / f"{name}.d" / "restart.conf").read_text()


@pytest.mark.parametrize("unit", SERVICES)
def test_a_service_is_hardly_exposed(analyze: str, unit: str) -> None:
    done = ask(analyze, "security", "--offline=true", "--no-pager", unit)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) < MOST_EXPOSED, done.stdout


def test_a_mistake_in_a_unit_is_found(analyze: str, tmp_path: Path) -> None:
    unit = tmp_path / "albania-nato-wrong.service"
    unit.write_text((UNITS / "albania-nato-migrate.service").read_text().replace("ExecStart=/usr/bin/env", "ExecStart=/nowhere"))
    assert subprocess.run([analyze, "verify", "--man=no", str(unit)], capture_output=True, timeout=60).returncode != 0


def test_units_run_what_there_is() -> None:
    for unit in UNITS.glob("*.service"):
        text = unit.read_text(encoding="utf-8")
        assert "EnvironmentFile=/etc/albania-nato/worker.env" in text
        (module,) = re.findall(r"^ExecStart=.* -m ([\w.]+)", text, re.M)
        assert (ROOT.joinpath(*module.split(".")) / "__main__.py").is_file()


def test_no_unit_holds_a_secret() -> None:
    for file in [p for p in (ROOT / "deploy").rglob("*") if p.is_file() and p.suffix != ".md"]:
        assert not re.search(r"(?i)(password|secret|token)\s*=\s*\S", file.read_text(encoding="utf-8")), file
