"""The one decision: fitted weights, thresholds, several sentences."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bot.understand.decision import FITTED_FILE, Decision, Thresholds, decided, fit
from bot.understand.hypotheses import WIDTH, Hypotheses

AT = Thresholds(answer=0.6, closest=0.4, beside=0.6, certain=0.6)


@pytest.mark.parametrize(
    ("chances", "outcome", "answers", "move"),
    [
        ({"d/p1": 0.8, "not_said": 0.2}, "answered", ("d/p1",), ""),
        ({"d/p1": 0.5, "not_said": 0.5}, "closest", (), ""),
        ({"d/p1": 0.2, "not_said": 0.8}, "declined", (), ""),
        ({"d/p1": 0.4, "d/p2": 0.35, "d/p3": 0.1, "not_said": 0.15}, "answered", ("d/p1", "d/p2"), ""),
        ({"d/p1": 0.8, "d/p2": 0.1, "not_said": 0.1}, "answered", ("d/p1",), ""),
        ({"d/p1": 0.2, "clarify": 0.7, "not_said": 0.1}, "clarify", (), ""),
        ({"d/p1": 0.3, "not_said": 0.1, "thanks": 0.4, "goodbye": 0.2}, "move", (), "thanks"),
        ({"not_said": 0.1, "off_topic": 0.9}, "declined", (), ""),
    ],
)
def test_outcomes(chances: dict[str, float], outcome: str, answers: tuple[str, ...], move: str) -> None:
    got = decided({"clarify": 0.0, "off_topic": 0.0, **chances}, AT)
    assert (got.outcome, got.answers, got.move) == (outcome, answers, move)


def test_what_is_foreign_is_told_from_what_is_not_said() -> None:
    assert decided({"d/p1": 0.1, "not_said": 0.1, "off_topic": 0.8}, AT).foreign
    assert not decided({"d/p1": 0.1, "not_said": 0.8, "off_topic": 0.1}, AT).foreign


def test_weights_find_the_evidence_that_counts() -> None:
    chance = np.random.default_rng(0)
    examples, accepted = [], []
    for _ in range(200):
        rows = chance.normal(size=(4, WIDTH)).astype(np.float32)
        right = int(rows[:, 7].argmax())
        examples.append(Hypotheses(("a", "b", "c", "d"), rows))
        accepted.append(frozenset({"abcd"[right]}))
    weights = fit(examples, accepted, ridge=1e-3)
    assert int(np.abs(weights).argmax()) == 7
    decision = Decision(weights, AT)
    hits = []
    for example, right in zip(examples, accepted):
        chances = decision.chances(example)
        hits.append(max(chances, key=lambda name: chances[name]) in right)
    assert np.mean(hits) > 0.9


def test_the_nearest_to_what_is_not_said_is_chosen_by_weights_of_its_own() -> None:
    rows = np.zeros((3, WIDTH), dtype=np.float32)
    rows[0, 0], rows[1, 1], rows[2, 2] = 1.0, 1.0, 1.0
    weights, nearest = (np.zeros(WIDTH, dtype=np.float32) for _ in range(2))
    weights[[0, 2]], nearest[1] = (1.0, 5.0), 1.0
    evidence = Hypotheses(("d/likely", "d/near", "not_said"), rows)
    assert Decision(weights, AT, nearest)(evidence).ranked == ("d/near", "d/likely")
    assert Decision(weights, AT)(evidence).ranked == ("d/likely", "d/near")


def test_saved_is_loaded_and_other_evidence_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "decision.json"
    Decision(np.ones(WIDTH, dtype=np.float32), AT).save(path)
    assert Decision.load(path).thresholds == AT
    for other in ({"weights": [1.0], "nearest": [1.0]}, {"weights": [1.0] * WIDTH}):
        path.write_text(json.dumps({"thresholds": vars(AT), **other}))
        with pytest.raises(ValueError, match="make decision"):
            Decision.load(path)


def test_the_committed_decision_fits_the_code() -> None:
    assert len(Decision.load(FITTED_FILE).weights) == WIDTH
