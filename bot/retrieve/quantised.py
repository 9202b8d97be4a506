"""Makes an int8 model out of the packaged one, which keeps its weights in int8 but multiplies in floating point.

The big matrix products are quantised dynamically, which halves the time of a question. The down-projection of each
feed-forward block stays in floating point: its inputs have outliers, and with one scale for all of them the
other values would lose their precision.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
from pathlib import Path

import onnxruntime

_WIDE = 1536
# Part of the file's name: another way of making it needs another name.
_RECIPE = "3"


def quantised(source: Path, folder: Path) -> Path:
    """Return the model in int8, made (in a few seconds) unless the folder has it.

    Args:
        source: The packaged model.
        folder: Where models made here are kept.

    Raises:
        OSError: If the folder cannot be written.
    """
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    made = folder / f"{source.stem}-{digest}-{_RECIPE}.onnx"
    if not made.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            _make(source, Path(scratch)).replace(made)
    return made


def _make(source: Path, scratch: Path) -> Path:
    # Imported here: running the model needs neither.
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    plain, made = scratch / "plain.onnx", scratch / "made.onnx"
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(plain)
    # Else weights that are kept in int8 are unpacked anew at every run.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    # Saves the model with its weights unpacked.
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])
    graph = onnx.load(plain).graph
    shapes = {weights.name: tuple(weights.dims) for weights in graph.initializer}
    products = [n.name for n in graph.node if n.op_type == "MatMul" and shapes.get(n.input[1], (_WIDE,))[0] != _WIDE]
    logging.disable(logging.WARNING)
    try:
        # Logging is off because the quantiser recommends a preprocessing step that has just been done.
        # The range is reduced to 7 bits because sums of 8-bit products saturate on processors without VNNI, which would
        # then give other vectors than those with it.
        quantize_dynamic(
            plain, made, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8, nodes_to_quantize=products
        )
    finally:
        logging.disable(logging.NOTSET)
    return made
