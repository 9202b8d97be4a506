"""The plain Rasa commands and the README's commands work from the root."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import ROOT
from bot.run.build import RunError, environment
from bot.run.process import BotProcess, is_free

Command = Callable[..., subprocess.CompletedProcess[str]]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=600)


def test_rasa_data_validate_finds_nothing(command: Command) -> None:
    done = command("rasa", "data", "validate", "--fail-on-warnings")
    assert done.returncode == 0, done.stderr[-2000:]


def test_rasa_test_core_passes_our_stories(model: None, command: Command, tmp_path: Path) -> None:
    given = ["test", "core", "--stories", "tests/stories", "--model", "models/albania-nato.tar.gz", "--out", str(tmp_path)]
    done = command("rasa", *given, "--fail-on-prediction-errors")
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads((tmp_path / "story_report.json").read_text())
    assert report["conversation_accuracy"]["correct"] == report["conversation_accuracy"]["total"] > 0


def test_make_help_lists_what_the_readme_names() -> None:
    named = set(re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text()))
    listed = set(re.findall(r"^  make ([a-z-]+) ", run("make", "help").stdout, re.MULTILINE))
    assert named <= listed | {"help"}, named - listed


def test_the_readme_names_only_paths_that_exist() -> None:
    for path in re.findall(
        r"`((?:bot|data|seeds|tests|tools|actions|requirements|docs)/[\w/.]*)`", (ROOT / "README.md").read_text()
    ):
        # NAME stands for the reader's own statement.
        path = path.replace("NAME", "albania_in_nato")
        assert (ROOT / path).exists(), path


def test_a_taken_port_is_said_in_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(RunError, match=f"port {port} is taken.*PORT="):
            BotProcess(port)
        done = run(sys.executable, "-m", "bot.run", "serve", "--port", str(port))
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert f"port {port} is taken" in done.stderr


@pytest.mark.parametrize("port", ["abc", "70000", "0"])
def test_a_wrong_port_is_said_in_a_sentence(port: str) -> None:
    done = run(sys.executable, "-m", "bot.run", "serve", "--port", port)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "PORT" in done.stderr


def test_no_lock_file_carries_an_address() -> None:
    for path in [*(ROOT / "requirements").glob("*"), ROOT / "bot" / "web" / "package-lock.json"]:
        text = path.read_text()
        assert "://" not in text if path.suffix != ".json" else '"resolved"' not in text, path.name
