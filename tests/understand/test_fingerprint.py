"""What the model is made from is in its fingerprint: Rasa's cache would hand out an older model otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.rasa import component
from bot.rasa.component import PassageClassifier
from bot.understand import cuts


def test_other_cuts_train_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = PassageClassifier.fingerprint_addon({})
    other = tmp_path / "cuts.en.json"
    other.write_text('{"threshold": 0.0, "weights": {}}')
    monkeypatch.setattr(cuts, "path", lambda code: other)
    assert PassageClassifier.fingerprint_addon({}) != before


def test_another_line_or_name_in_a_bank_trains_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(component, "BANKS", tmp_path)
    file = tmp_path / "one" / "p1s1.yml"
    file.parent.mkdir()
    seen = set()
    for text in ("a", "b"):
        file.write_text(text)
        seen.add(PassageClassifier.fingerprint_addon({}))
    file.rename(file.with_name("p1s2.yml"))
    assert len(seen | {PassageClassifier.fingerprint_addon({})}) == 3
