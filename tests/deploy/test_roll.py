"""The rolling change: one worker after the other, and a stop at the first that does not get ready."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.errors import ROOT
from tools.scale.part import free_ports

Roll = Callable[..., subprocess.CompletedProcess[str]]

# A worker that says which release it is of; one of a release `broken` never gets ready.
WORKER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
release = sys.argv[2]
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if release == "broken" else 200)
        self.end_headers()
        self.wfile.write(release.encode())
    def log_message(self, *_): pass
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

# Does with processes what systemd does with units, as far as the script asks for it, and notes it.
SYSTEMCTL = """#!/bin/sh
echo "$@" >>log
case $1 in
    list-units) for port in $(cat ports); do echo "albania-nato-worker@$port.service loaded active running Worker"; done ;;
    restart)
        port=$(echo "$2" | tr -cd 0-9)
        [ ! -f "$port.pid" ] || kill "$(cat "$port.pid")"
        PYTHON worker.py "$port" "$(basename "$(readlink home/current)")" >/dev/null 2>&1 &
        echo $! >"$port.pid" ;;
    start) [ "$(basename "$(readlink home/current)")" != unmigrated ] ;;
esac
"""


@pytest.fixture
def ports() -> list[int]:
    return free_ports(2)


@pytest.fixture
def machine(slow: None, tmp_path: Path, ports: list[int]) -> Iterator[Path]:
    """A folder with releases `old` (current), `new`, `broken` and `unmigrated`, settings, and a `systemctl` of its own."""
    if not shutil.which("curl"):
        pytest.skip("curl is not installed: `apt-get install --no-install-recommends curl`.")
    (tmp_path / "worker.py").write_text(WORKER)
    (tmp_path / "worker.env").write_text("HOST=127.0.0.1\n")
    (tmp_path / "ports").write_text("\n".join(map(str, ports)))
    (tmp_path / "systemctl").write_text(SYSTEMCTL.replace("PYTHON", sys.executable))
    (tmp_path / "systemctl").chmod(0o755)
    for name in ("old", "new", "broken", "unmigrated"):
        release = tmp_path / "home" / "releases" / name
        (release / "models").mkdir(parents=True)
        (release / "models" / "albania-nato.tar.gz").touch()
        (release / ".venv" / "bin").mkdir(parents=True)
        (release / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / "home" / "current").symlink_to(tmp_path / "home" / "releases" / "old")
    yield tmp_path
    for file in tmp_path.glob("*.pid"):
        os.kill(int(file.read_text()), 15)


@pytest.fixture
def roll(machine: Path) -> Roll:
    def run(*arguments: str, seconds: int = 30) -> subprocess.CompletedProcess[str]:
        given = {
            "PATH": f"{machine}:/usr/bin:/bin",
            "ALBANIA_NATO_HOME": str(machine / "home"),
            "ALBANIA_NATO_SETTINGS": str(machine / "worker.env"),
            "READY_SECONDS": str(seconds),
            "PAUSE_SECONDS": "0",
        }
        command = ["sh", str(ROOT / "deploy" / "roll.sh"), *arguments]
        return subprocess.run(command, cwd=machine, env=given, capture_output=True, text=True, timeout=90)

    return run


def served(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        return str(answer.read().decode())


def restarts(machine: Path) -> list[str]:
    return [line for line in (machine / "log").read_text().splitlines() if line.startswith("restart")]


def test_all_workers_become_new_one_after_the_other(machine: Path, ports: list[int], roll: Roll) -> None:
    assert roll().returncode == 0
    assert [served(port) for port in ports] == ["old", "old"]
    done = roll(str(machine / "home" / "releases" / "new"))
    assert done.returncode == 0, done.stderr
    assert [served(port) for port in ports] == ["new", "new"]
    said = [line.partition("ready after")[0] for line in done.stdout.splitlines()]
    first, second = ports
    assert said == [
        "· tables ...",
        f"· worker {first}: finishes and starts anew ...",
        f"· worker {first}: ",
        f"· worker {second}: finishes and starts anew ...",
        f"· worker {second}: ",
        "All workers of this machine are new.",
    ]


def test_it_stops_at_the_first_that_does_not_get_ready(machine: Path, ports: list[int], roll: Roll) -> None:
    assert roll().returncode == 0
    done = roll(str(machine / "home" / "releases" / "broken"), seconds=2)
    assert done.returncode == 1
    old = machine / "home" / "releases" / "old"
    assert done.stderr == (
        f"roll: worker {ports[0]} is not ready after 2 s, and no other was touched after it: "
        f"journalctl -u albania-nato-worker@{ports[0]} -n 50; back to the version before: sh deploy/roll.sh {old}.\n"
    )
    assert served(ports[1]) == "old"
    # As it says.
    assert roll(str(old)).returncode == 0
    assert [served(port) for port in ports] == ["old", "old"]


def test_no_worker_is_touched_where_the_tables_are_not_made(machine: Path, roll: Roll) -> None:
    done = roll(str(machine / "home" / "releases" / "unmigrated"))
    assert done.returncode == 1
    assert done.stderr.startswith("roll: the tables were not made, and no worker was restarted: journalctl -u ")
    assert restarts(machine) == []


@pytest.mark.parametrize(
    ("lacking", "words"),
    [("models", "has no model; run `make train` in it"), (".venv", "has no environment; run `make setup-scale` in it")],
)
def test_an_unfinished_release_is_refused(machine: Path, roll: Roll, lacking: str, words: str) -> None:
    new = machine / "home" / "releases" / "new"
    (new / lacking).rename(machine / "away")
    done = roll(str(new))
    assert (done.returncode, words in done.stderr) == (1, True)
    assert (machine / "home" / "current").readlink().name == "old"
    assert restarts(machine) == []


def test_a_machine_without_workers_is_told(machine: Path, roll: Roll) -> None:
    (machine / "ports").write_text("")
    done = roll()
    assert done.returncode == 1
    assert done.stderr == "roll: no worker runs here; start one: systemctl enable --now albania-nato-worker@5005.\n"
