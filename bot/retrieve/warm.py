"""A cache of vectors that ships with the project: a first training encodes only what is new in the bank and the talks.

The cache key is a digest of the text. Vectors are stored for one model; with another model the cache is not used.
`make vectors` writes the files anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.errors import ROOT

Vectors = npt.NDArray[np.float32]
FOLDER = ROOT / "data" / "vectors"
_STEPS = 127.0
# Vectors turned into float32 at once: all of them would take four times the memory.
_BLOCK = 8192


@dataclass(frozen=True)
class Small:
    """Vectors in int8, each with its scale: those made anew are the same as those from the cache.

    Attributes:
        values: Shape `(n, d)`.
        scales: What a value is to be multiplied by, shape `(n,)`.
    """

    values: npt.NDArray[np.int8]
    scales: Vectors

    @classmethod
    def of(cls, vectors: Vectors) -> Small:
        """Round vectors of shape `(n, d)`."""
        scales = np.abs(vectors).max(axis=1, initial=0.0) / _STEPS
        return cls(np.round(vectors / np.maximum(scales[:, None], 1e-9)).astype(np.int8), scales.astype(np.float32))

    def __matmul__(self, weights: Vectors) -> Vectors:
        """Return the products with weights of shape `(d, k)`: shape `(n, k)`."""
        out = np.empty((len(self.values), weights.shape[1]), dtype=np.float32)
        for rows in self._blocks():
            out[rows] = self.values[rows].astype(np.float32) @ weights
        out *= self.scales[:, None]
        return out

    def summed(self, weights: Vectors) -> Vectors:
        """Return the sums of the vectors, weighed in `k` ways by shape `(n, k)`: shape `(d, k)`."""
        out = np.zeros((self.values.shape[1], weights.shape[1]), dtype=np.float32)
        for rows in self._blocks():
            out += self.values[rows].astype(np.float32).T @ (weights[rows] * self.scales[rows, None])
        return out

    def _blocks(self) -> Iterator[slice]:
        return (slice(i, i + _BLOCK) for i in range(0, len(self.values), _BLOCK))


class Warm:
    """The vectors of one model.

    Args:
        name: Of the file in `folder`.
        model: The model's file; vectors of another one are not used.
        folder: Where the files are kept.
    """

    def __init__(self, name: str, model: Path, folder: Path = FOLDER) -> None:
        """Find the file; it is read when vectors are wanted."""
        self._file = folder / f"{name}.npz"
        self._model = model
        # Set before `fill`, for `save`; else the vectors would outlive their use.
        self.keeping = False
        self._used: dict[bytes, tuple[npt.NDArray[np.int8], float]] = {}

    def fill(self, texts: Sequence[str], make: Callable[[list[int]], Vectors]) -> Small:
        """Return one vector a text: from the cache, or from `make`, called with the indices missing there."""
        cached, places = self._load()
        keys = [hashlib.sha256(t.encode()).digest()[:12] for t in texts]
        missing = [row for row, key in enumerate(keys) if key not in places]
        made = Small.of(make(missing)) if missing else cached
        out = Small(np.zeros((len(texts), made.values.shape[1]), dtype=np.int8), np.zeros(len(texts), dtype=np.float32))
        found = [row for row, key in enumerate(keys) if key in places]
        for target, source, taken in ((missing, made, slice(None)), (found, cached, [places[keys[row]] for row in found])):
            if target:
                out.values[target], out.scales[target] = source.values[taken], source.scales[taken]
        if self.keeping:
            self._used.update(zip(keys, zip(out.values, out.scales.tolist())))
        return out

    def save(self) -> int:
        """Write the vectors that were wanted while `keeping`, and return how many."""
        small, scales = (np.array(column) for column in zip(*self._used.values()))
        keys = np.frombuffer(b"".join(self._used), dtype=np.uint8).reshape(len(small), -1)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        model = np.array(_digest(self._model))
        np.savez_compressed(self._file, keys=keys, small=small, scales=scales.astype(np.float32), model=model)
        return len(small)

    def _load(self) -> tuple[Small, dict[bytes, int]]:
        """Return the cache and the row of each key; read each time, as it is wanted once in a training."""
        if self._file.is_file():
            with np.load(self._file) as data:
                if str(data["model"]) == _digest(self._model):
                    return Small(data["small"], data["scales"]), {bytes(key): row for row, key in enumerate(data["keys"])}
        return Small.of(np.zeros((0, 0), dtype=np.float32)), {}


def _digest(model: Path) -> str:
    return hashlib.sha256(model.read_bytes()).hexdigest()
