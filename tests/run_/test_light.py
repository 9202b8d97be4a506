"""Rasa without TensorFlow: only where nothing needs it, and never silently wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import ROOT
from bot.run.light import does_without


@pytest.mark.parametrize(
    ("config", "without"),
    [
        ("pipeline:\n- name: bot.x.Y\npolicies:\n- name: RulePolicy\n", True),
        ("pipeline:\n- name: bot.x.Y\n- name: DIETClassifier\npolicies:\n- name: RulePolicy\n", False),
        ("pipeline:\n- name: bot.x.Y\npolicies:\n- name: TEDPolicy\n", False),
        ("pipeline:\n- name: bot.x.Y\npolicies: null\n", False),
        ("language: en\n", False),
    ],
)
def test_tensorflow_is_left_out_only_where_nothing_needs_it(tmp_path: Path, config: str, without: bool) -> None:
    path = tmp_path / "config.yml"
    path.write_text(config)
    assert does_without(path) is without


@pytest.fixture
def run(slow: None) -> Callable[[str], str]:
    """Run code that imports Rasa, in a process of its own; returns what it printed."""

    def told(code: str) -> str:
        ended = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    return told


def test_rasa_is_imported_without_tensorflow_and_using_it_says_so(run: Callable[[str], str]) -> None:
    out = run(
        "from bot.run import light; light.leave_out()\n"
        "import rasa.core.run, rasa.engine.recipes.default_components\n"
        "light.seal()\n"
        "import boto3, tensorflow as tf\n"
        "for use in (tf.constant, boto3.resource):\n    try:\n        use(1)\n"
        "    except light.LeftOut as error:\n        print(error)\n"
        "from rasa.core.policies.rule_policy import RulePolicy; print(RulePolicy.__name__)\n"
    )
    assert out.count("was left out and is used") == 2
    assert "RulePolicy" in out


def test_the_command_line_is_rasas_own(command: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    assert "3.6.21" in command("bot.run.light", "--version").stdout
