"""The model is trained again when something that it learns from changed, and never for a word that the bot says."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.run import build

LEARNT = (
    "data/bank/albania_in_nato/p7s2.yml",
    "data/bank/off_topic.yml",
    "data/generated/documents.json",
    "data/generated/rules.yml",
    "data/generated/talk.yml",
    "data/language/en/understanding.yml",
    "data/language/en/cuts.json",
    "data/talks/train/a01.jsonl",
    "domain.yml",
)
SAID = ("data/language/en/said.yml", "data/language/en/telegram.yml", "data/language/en/web.yml", "data/language/sq/web.yml")


def changed(project: Path, name: str) -> bool:
    """Tell whether the model would be trained after something was added to a file."""
    before = build._fingerprint(build._TRAINED_FROM)
    path = project / name
    assert path.is_file()
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    return build._fingerprint(build._TRAINED_FROM) != before


@pytest.mark.parametrize("name", [*LEARNT, *SAID])
def test_only_what_is_learnt_from_trains(project: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "ROOT", project)
    assert changed(project, name) is (name in LEARNT)
