"""Held-out questions are frozen, and none of them stands in the bank, nearly or quite."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.bank import load_bank, load_off_topic
from bot.bank.bank import normalised
from bot.errors import ROOT
from bot.retrieve.embedder import Floats, embedder
from tools.evaluate.labelled import load_labelled
from tools.evaluate.measure import measure
from tools.evaluate.model import load_listener
from tools.evaluate.systems import Ours

HELD_OUT = ROOT / "tests" / "held_out"
NEAR = 0.97


def texts(path: Path) -> list[str]:
    return [q.text for q in load_labelled(path)]


def test_held_out_files_are_as_they_were_frozen() -> None:
    for line in (HELD_OUT / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((ROOT / "tests" / name).read_bytes()).hexdigest() == digest, name


def test_there_are_enough_of_each_kind_by_three_authors() -> None:
    files = sorted(HELD_OUT.rglob("*.tsv"))
    kinds = [q.kind for f in files for q in load_labelled(f)]
    assert len(files) >= 3
    assert kinds.count("answerable") >= 150
    assert kinds.count("near_miss") >= 80
    assert kinds.count("off_topic") >= 40
    assert len(kinds) >= 300


def test_the_bot_gets_held_out_questions_right(model: None) -> None:
    ours = Ours(load_listener())
    questions = [q for f in sorted(HELD_OUT.rglob("*.tsv")) for q in load_labelled(f)]
    figures = {name: value for name, (value, _, _) in measure(ours, questions).figures.items()}
    # Below the aims by what chance does to some hundred questions; the figures themselves are in docs/scoreboard.md.
    assert figures["all right"] >= 0.94, figures
    assert figures["right sentence"] >= 0.92, figures
    assert figures["near miss declined"] >= 0.92, figures
    assert figures["off topic declined"] >= 0.97, figures


def known_texts() -> list[str]:
    bank = load_bank(ROOT / "data" / "bank" / "albania_in_nato")
    known = [q.text for q in bank.questions] + [q.text for q in load_off_topic()]
    return known + texts(ROOT / "data" / "calibration" / "albania_in_nato.tsv")


def held_texts() -> list[str]:
    return [t for f in sorted(HELD_OUT.rglob("*.tsv")) for t in texts(f)]


def test_no_held_out_question_stands_in_the_bank() -> None:
    assert not {normalised(t) for t in known_texts()} & {normalised(t) for t in held_texts()}


@pytest.fixture
def vectors(slow: None) -> Callable[[list[str]], Floats]:
    """Encodes texts, those of the bank with the vectors that ship with the project."""
    return encoded


def encoded(texts: list[str]) -> Floats:
    """Return vectors of unit length: those that ship with the project are rounded."""
    vectors = embedder().vectors(texts) @ np.eye(384, dtype=np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def test_no_held_out_question_nearly_stands_in_the_bank(vectors: Callable[[list[str]], Floats]) -> None:
    held = held_texts()
    cosines = vectors(held) @ vectors(known_texts()).T
    near = [held[i] for i in np.flatnonzero(cosines.max(axis=1) >= NEAR)]
    assert not near
