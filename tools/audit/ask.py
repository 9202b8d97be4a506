"""Runs pip-audit and `npm audit` over what is locked."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.errors import ROOT
from tools.audit.findings import NPM, PYPI, Answer, AuditError, read_npm, read_pip_audit

REQUIREMENTS = ROOT / "requirements"
LOCKS = tuple(REQUIREMENTS / f"{name}.txt" for name in ("run", "add", "dev", "uv"))
WEB = ROOT / "bot" / "web"
# The second holds the same advisories and is asked where the first is silent.
DATABASES = (("-s", "pypi"), ("-s", "osv"))

_HOME = ROOT / "var" / "audit"
_TOOL = REQUIREMENTS / "audit.txt"
_SECONDS = 120
_NO_ANSWER = re.compile(r"(ConnectionError|Timeout|ServiceError|HTTPError|SSLError|Could not connect|MaxRetryError)")


def ask_pypi(locks: Sequence[Path] = LOCKS, databases: Sequence[tuple[str, ...]] = DATABASES) -> Answer:
    """Ask about the locked Python packages.

    Args:
        locks: Files with versions and hashes.
        databases: pip-audit's options for each database, in the order in which they are asked.

    Raises:
        AuditError: If pip-audit cannot be installed, or refuses a lock.
    """
    tool = install_pip_audit()
    silences = []
    for database in databases:
        # One package first: a database that does not answer is not asked two hundred times.
        answer = _ask(tool, (REQUIREMENTS / "uv.txt",), database)
        answer = answer if answer.silence else _ask(tool, locks, database)
        if not answer.silence:
            return answer
        silences.append(f"{database[1]}: {answer.silence}")
    return Answer(PYPI, silence="; ".join(silences))


def ask_npm(folder: Path = WEB) -> Answer:
    """Ask about the locked packages of the page.

    Raises:
        AuditError: If npm cannot read its own files.
    """
    npm = shutil.which("npm")
    if npm is None:
        return Answer(NPM, silence="npm is not installed")
    command = [npm, "audit", "--json", "--package-lock-only", "--fetch-retries=1", "--fetch-timeout=20000"]
    done = _run(command, folder)
    if done is None:
        return Answer(NPM, silence=f"no answer in {_SECONDS} s")
    if not done.stdout.strip():
        raise AuditError(f"`npm audit` failed: {_last_line(done.stderr)}")
    return read_npm(done.stdout, folder / "package-lock.json")


def install_pip_audit(home: Path = _HOME, lock: Path = _TOOL) -> Path:
    """Install pip-audit beside the bot's environment, whose packages do not suit it.

    Returns:
        The Python that has it.

    Raises:
        AuditError: If that fails.
    """
    python, stamp = home / "bin" / "python", home / "installed"
    if stamp.is_file() and stamp.read_bytes() == lock.read_bytes():
        return python
    uv = str(Path(sys.executable).with_name("uv"))
    for command in (
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home)],
        [uv, "pip", "install", "--quiet", "--python", str(python), "--no-deps", "--require-hashes", "-r", str(lock)],
    ):
        done = _run(command)
        if done is None or done.returncode:
            raise AuditError(f"pip-audit could not be installed: {_last_line(done.stderr) if done else 'it took too long'}")
    stamp.write_bytes(lock.read_bytes())
    return python


def _ask(tool: Path, locks: Sequence[Path], database: tuple[str, ...]) -> Answer:
    files = [part for lock in locks for part in ("-r", str(lock))]
    options = ["--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    done = _run([str(tool), "-m", "pip_audit", *files, *options, *database])
    if done is None:
        return Answer(PYPI, silence=f"no answer in {_SECONDS} s")
    # It ends with 1 when it found something, and also when it failed.
    if done.stdout.strip():
        return read_pip_audit(done.stdout)
    if _NO_ANSWER.search(done.stderr):
        return Answer(PYPI, silence="no answer")
    raise AuditError(f"pip-audit failed: {_last_line(done.stderr)}")


def _run(command: Sequence[str], folder: Path = ROOT) -> subprocess.CompletedProcess[str] | None:
    """Run a command; `None` if it took too long."""
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    try:
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it said nothing"])[-1][:300]
