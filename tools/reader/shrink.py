"""Write `bot/understand/reader.onnx` from a trained reader, its weights in int8: `python -m tools.reader.shrink [FILE]`.

Weights of matrix products have a scale for each column, embedding tables one for each row; a `DequantizeLinear` in front
of every use turns them back into float32. Making the products themselves int8 is left to `bot/retrieve/quantised.py`, on
the machine that runs them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from bot.errors import ROOT

_LEAST = 10_000
_OPSET = 13


def shrink(source: Path, target: Path) -> None:
    """Write the model with its big weights in int8."""
    model = onnx.load(source)
    graph = model.graph
    tables = {n.input[0] for n in graph.node if n.op_type == "Gather"}
    kept, nodes = [], []
    for weights in graph.initializer:
        values = numpy_helper.to_array(weights)
        if values.dtype != np.float32 or values.ndim != 2 or values.size < _LEAST:
            kept.append(weights)
            continue
        axis = 0 if weights.name in tables else 1
        scale = np.maximum(np.abs(values).max(axis=1 - axis), 1e-9) / 127.0
        small = np.round(values / (scale[:, None] if axis == 0 else scale)).astype(np.int8)
        names = [f"{weights.name}_{end}" for end in ("int8", "scale", "zero")]
        zeros = np.zeros_like(scale, dtype=np.int8)
        kept += [numpy_helper.from_array(a, n) for a, n in zip((small, scale.astype(np.float32), zeros), names)]
        nodes.append(helper.make_node("DequantizeLinear", names, [weights.name], axis=axis))
    del graph.initializer[:]
    graph.initializer.extend(kept)
    everything = [*nodes, *graph.node]
    del graph.node[:]
    graph.node.extend(everything)
    for given in model.opset_import:
        if given.domain == "" and given.version < _OPSET:
            raise SystemExit(f"{source} has operators of version {given.version}; {_OPSET} is needed")
    onnx.checker.check_model(model)
    onnx.save(model, target)


if __name__ == "__main__":
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "models" / "reader" / "plain.onnx"
    made = ROOT / "bot" / "understand" / "reader.onnx"
    shrink(given, made)
    print(f"wrote {made.relative_to(ROOT)}, {made.stat().st_size / 1e6:.1f} MB")
