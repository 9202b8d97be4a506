"""What the model is made from is in its fingerprint: Rasa's cache would hand out an older model otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.nlu.passage_classifier import PassageClassifier
from bot.understand import cuts


def test_other_cuts_train_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = PassageClassifier.fingerprint_addon({})
    other = tmp_path / "cuts.en.json"
    other.write_text('{"threshold": 0.0, "weights": {}}')
    monkeypatch.setattr(cuts, "path", lambda code: other)
    assert PassageClassifier.fingerprint_addon({}) != before
