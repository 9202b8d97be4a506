"""A cache of vectors that ships with the project: a first training encodes only what is new in the bank and the talks.

The cache key is a digest of the text. Vectors are stored in int8, each with its scale, for one model; with another model the
cache is not used. `make vectors` writes the files anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.errors import ROOT

Vectors = npt.NDArray[np.float32]
FOLDER = ROOT / "data" / "vectors"
_STEPS = 127.0
# Vectors turned into float32 at once: all of them would take as much memory again as the result.
_BLOCK = 2048


class Warm:
    """The vectors of one model.

    Args:
        name: Of the file in `folder`.
        model: The model's file; vectors of another one are not used.
        folder: Where the files are kept.
    """

    def __init__(self, name: str, model: Path, folder: Path = FOLDER) -> None:
        """Find the file; it is read when vectors are first wanted."""
        self._file = folder / f"{name}.npz"
        self._model = model
        self._kept: dict[bytes, int] = {}
        self._loaded = False
        self._small = np.zeros((0, 0), dtype=np.int8)
        self._scales = np.zeros(0, dtype=np.float32)
        # Set before `fill`, for `save`; else the vectors would outlive their use.
        self.keeping = False
        self._used: dict[bytes, Vectors] = {}

    def fill(self, texts: Sequence[str], make: Callable[[list[int]], Vectors]) -> Vectors:
        """Return one vector a text, shape `(n, d)`: from the cache, or from `make`, called with the indices missing there."""
        self._load()
        keys = [hashlib.sha256(t.encode()).digest()[:12] for t in texts]
        missing = [row for row, key in enumerate(keys) if key not in self._kept]
        made = make(missing) if missing else np.zeros((0, self._small.shape[1]), dtype=np.float32)
        out = np.zeros((len(texts), made.shape[1] or self._small.shape[1]), dtype=np.float32)
        out[missing] = made
        found = [row for row, key in enumerate(keys) if key in self._kept]
        for rows in (found[i : i + _BLOCK] for i in range(0, len(found), _BLOCK)):
            places = [self._kept[keys[row]] for row in rows]
            out[rows] = self._small[places] * self._scales[places, None]
        if self.keeping:
            self._used.update(zip(keys, out))
        return out

    def save(self) -> int:
        """Write the vectors that were wanted while `keeping`, and return how many."""
        vectors = np.stack(list(self._used.values()))
        scales = np.abs(vectors).max(axis=1) / _STEPS
        small = np.round(vectors / np.maximum(scales[:, None], 1e-9)).astype(np.int8)
        keys = np.frombuffer(b"".join(self._used), dtype=np.uint8).reshape(len(small), -1)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(self._file, keys=keys, small=small, scales=scales.astype(np.float32), model=np.array(_digest(self._model)))
        return len(small)

    def _load(self) -> None:
        if self._loaded or not self._file.is_file():
            return
        self._loaded = True
        with np.load(self._file) as data:
            if str(data["model"]) == _digest(self._model):
                self._small, self._scales = data["small"], data["scales"]
                self._kept = {bytes(key): row for row, key in enumerate(data["keys"])}


def _digest(model: Path) -> str:
    return hashlib.sha256(model.read_bytes()).hexdigest()
