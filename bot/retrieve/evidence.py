"""Which sentence of a document answers a question, and does any? For documents without a question bank.

Every sentence gets cheap features (BM25, letters, cosine; of itself, its neighbours and its paragraph); the best of
them get costly ones (alignment of word vectors). Two linear models, fitted once on articles of quite other subjects
(`fitted.json`), rank the sentences and judge whether the best one answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.retrieve.embedder import Encoded, Floats
from bot.retrieve.postings import Postings, grams
from bot.retrieve.words import KINDS, Language, language, word_vectors

FITTED_FILE = Path(__file__).with_name("fitted.json")
# Sentences that get the costly features.
POOL = 24
CHEAP = ("bm25", "bm25_around", "bm25_paragraph", "grams", "grams_paragraph", "cosine", "cosine_around", "cosine_paragraph")
COSTLY = (
    "maxsim",
    "maxsim_plain",
    "maxsim_paragraph",
    "covered",
    "covered_paragraph",
    "covered_around",
    "bigrams",
    "weakest",
    "names_missing",
    "numbers_missing",
    "has_kind",
    "length",
    "reverse",
)
_NO_RUNNER_UP = 3.0

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Evidence:
    """What a document says about one question.

    Attributes:
        scores: One a sentence, shape `(n,)`; the highest is the best.
        answerable: Calibrated probability that the question is answered.
        features: What the judgement rests on, by name.
    """

    scores: Floats
    answerable: float
    features: dict[str, float]


@dataclass(frozen=True)
class Fitted:
    """The fitted numbers.

    Attributes:
        first: Weight of each cheap feature, to choose the pool.
        rank: Weight of each feature, cheap and costly, to order the pool.
        judge: Weight of each feature of the judgement, by name, and `bias`.
    """

    first: tuple[float, ...]
    rank: tuple[float, ...]
    judge: dict[str, float]

    @classmethod
    def load(cls, path: Path = FITTED_FILE) -> Fitted:
        """Read the numbers that were fitted."""
        data = json.loads(path.read_text(encoding="utf-8"))
        return cls(tuple(data["first"]), tuple(data["rank"]), data["judge"])

    def probability(self, features: dict[str, float]) -> float:
        """Return the calibrated probability that a question with these features is answered."""
        odds = self.judge["bias"] + sum(w * features[n] for n, w in self.judge.items() if n != "bias")
        return float(1 / (1 + np.exp(-odds)))


class SentenceIndex:
    """Ranks the sentences of one document for a question, and tells whether any answers it."""

    def __init__(
        self,
        sentences: Sequence[str],
        paragraphs: Sequence[int],
        encode: Callable[[str], Encoded],
        fitted: Fitted,
        code: str = "en",
    ) -> None:
        """Read the document once: words, term weights and vectors.

        Args:
            sentences: In reading order, at least one.
            paragraphs: Number of the paragraph of each.
            encode: Gives a text's embedding and those of its pieces.
            fitted: The fitted numbers.
            code: Language of the document.
        """
        self.fitted = fitted
        self.code = code
        self.paragraph: Integers = np.unique(np.array(paragraphs), return_inverse=True)[1].astype(np.int64)
        n, m = len(sentences), int(self.paragraph.max()) + 1
        self.words = [self.language.words(s) for s in sentences]
        encoded = [encode(s) for s in sentences]
        self.vectors = np.stack([e.vector for e in encoded])
        self.start = np.concatenate([[0], np.cumsum([len(w) for w in self.words])])
        pieces = [word_vectors(w, e.offsets, e.token_vectors) for w, e in zip(self.words, encoded)]
        self.word_vectors = np.concatenate(pieces).astype(np.float16)
        self.first = np.searchsorted(self.paragraph, np.arange(m))
        self.last = np.searchsorted(self.paragraph, np.arange(m), side="right")
        stems = [[w.stem for w in ws if not w.stop] for ws in self.words]
        self.stems = [set(s) for s in stems]
        everything = [[w.stem for w in ws] for ws in self.words]
        self.bigrams = [set(pairwise(s)) for s in everything]
        joined = [[s for i in range(a, b) for s in stems[i]] for a, b in zip(self.first, self.last)]
        self.paragraph_stems = [set(s) for s in joined]
        self.by_sentence, self.by_paragraph = Postings(stems), Postings(joined)
        self.grams_sentence, self.grams_paragraph = Postings([grams(s) for s in stems]), Postings([grams(s) for s in joined])
        sums = np.add.reduceat(self.vectors, self.first, axis=0)
        self.paragraph_vectors = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
        self.before = np.maximum(np.arange(n) - 1, self.first[self.paragraph])
        self.after = np.minimum(np.arange(n) + 1, self.last[self.paragraph] - 1)

    @property
    def language(self) -> Language:
        """Return the lists of the document's language."""
        return language(self.code)

    def search(self, question: str, encoded: Encoded) -> Evidence:
        """Rank all sentences for a question and judge whether it is answered."""
        query = Query(self, question, encoded)
        pool, rows, scores = query.rank()
        features = query.judge(pool, rows, scores)
        return Evidence(scores, self.fitted.probability(features), features)


class Query:
    """One question put to one document."""

    def __init__(self, index: SentenceIndex, question: str, encoded: Encoded) -> None:
        """Weigh the question's words."""
        self.index = index
        self.words = index.language.words(question)
        self.vector = encoded.vector
        self.vectors = word_vectors(self.words, encoded.offsets, encoded.token_vectors)
        self.content = [i for i, w in enumerate(self.words) if not w.stop] or list(range(len(self.words)))
        self.stems = [self.words[i].stem for i in self.content]
        self.kind = index.language.kind(question)
        idf = np.array([index.by_sentence.idf(s) for s in self.stems], dtype=np.float32)
        self.share = idf / max(float(idf.sum()), 1e-6)

    def cheap(self) -> Floats:
        """Return the cheap features, one row a sentence."""
        x = self.index
        pieces = grams(self.stems)
        bm25 = x.by_sentence.score(dict(zip(self.stems, self.share.tolist())))
        bm25_paragraph = x.by_paragraph.score_shares(self.stems)[x.paragraph]
        letters, letters_paragraph = x.grams_sentence.score_shares(pieces), x.grams_paragraph.score_shares(pieces)[x.paragraph]
        cosine, cosine_paragraph = x.vectors @ self.vector, (x.paragraph_vectors @ self.vector)[x.paragraph]
        columns = [
            bm25,
            self._around(bm25),
            bm25_paragraph,
            letters,
            letters_paragraph,
            cosine,
            self._around(cosine),
            cosine_paragraph,
        ]
        return np.asarray(np.stack(columns, axis=1), dtype=np.float32)

    def costly(self, pool: Integers) -> Floats:
        """Return the costly features of the sentences in the pool, one row each."""
        x, share, content = self.index, self.share, self.content
        sizes = np.array([x.start[i + 1] - x.start[i] for i in pool])
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(int)
        rows = np.concatenate([np.arange(x.start[i], x.start[i + 1]) for i in pool])
        similar = x.word_vectors[rows].astype(np.float32) @ self.vectors.T
        best = np.maximum.reduceat(similar, starts, axis=0)
        reverse = np.add.reduceat(similar[:, content].max(axis=1), starts) / sizes
        inside = self._inside([x.stems[i] for i in pool])
        inside_paragraph = self._inside([x.paragraph_stems[x.paragraph[i]] for i in pool])
        near = self._inside([x.stems[i] | x.stems[x.before[i]] | x.stems[x.after[i]] for i in pool])
        aligned = np.maximum(best[:, content], inside)
        pairs = [(a.stem, b.stem) for a, b in pairwise(self.words) if not (a.stop and b.stop)]
        bigrams = np.array([sum(p in x.bigrams[i] for p in pairs) / max(1, len(pairs)) for i in pool])
        same = x.paragraph[pool][:, None] == x.paragraph[pool][None, :]
        best_paragraph = np.where(same[:, :, None], aligned[None], -1).max(axis=1)
        name = np.array([self.words[i].name for i in content])
        number = np.array([self.words[i].number for i in content])
        columns = [
            aligned @ share,
            best.mean(axis=1),
            best_paragraph @ share,
            inside @ share,
            inside_paragraph @ share,
            near @ share,
            bigrams,
            aligned.min(axis=1),
            (1 - inside_paragraph)[:, name].sum(axis=1),
            (1 - inside_paragraph)[:, number].sum(axis=1),
            np.array([self._has_kind(int(i)) for i in pool]),
            np.log(sizes),
            reverse,
        ]
        return np.asarray(np.stack(columns, axis=1), dtype=np.float32)

    def rank(self) -> tuple[Integers, Floats, Floats]:
        """Return the pool, best first, its features, and the scores of all sentences."""
        fitted = self.index.fitted
        cheap = self.cheap()
        scores = cheap @ np.array(fitted.first, dtype=np.float32)
        # A sentence without a word (a lone sign) cannot be aligned with anything.
        usable = np.flatnonzero(np.diff(self.index.start) > 0)
        if not self.words or not len(usable):
            best = np.array([int(scores.argmax())])
            return best, np.zeros((1, len(CHEAP) + len(COSTLY)), dtype=np.float32), scores
        size = min(POOL, len(usable))
        pool = usable[np.argpartition(-scores[usable], size - 1)[:size]]
        rows = np.concatenate([cheap[pool], self.costly(pool)], axis=1)
        better = rows @ np.array(fitted.rank, dtype=np.float32)
        scores = scores - scores.max() + better.min() - 1
        scores[pool] = better
        order = np.argsort(-better)
        return pool[order], rows[order], scores

    def judge(self, pool: Integers, rows: Floats, scores: Floats) -> dict[str, float]:
        """Return what tells whether the best sentence, with its paragraph, answers."""
        x, top = self.index, int(pool[0])
        page = int(x.paragraph[top])
        out = {f"top_{n}": float(v) for n, v in zip(CHEAP + COSTLY, rows[0])}
        best = scores[pool]
        others = best[x.paragraph[pool] != page]
        content = [self.words[i] for i in self.content]
        in_top = np.array([w.stem in x.stems[top] for w in content], dtype=bool)
        in_page = np.array([w.stem in x.paragraph_stems[page] for w in content], dtype=bool)
        in_document = np.array([w.stem in x.by_sentence.rows for w in content], dtype=bool)
        name = np.array([w.name for w in content], dtype=bool)
        number = np.array([w.number for w in content], dtype=bool)
        aligned = np.zeros(1, dtype=np.float32)
        if content and x.words[top]:
            similar = self.vectors[self.content] @ x.word_vectors[x.start[top] : x.start[top + 1]].astype(np.float32).T
            aligned = np.sort(np.maximum(similar.max(axis=1), in_top))
        negated = any(x.language.is_negation(w) for w in self.words)
        out |= {
            "score": float(best[0]),
            "gap": float(best[0] - others[0]) if len(others) else _NO_RUNNER_UP,
            "gap_next": float(best[0] - best[1]) if len(pool) > 1 else _NO_RUNNER_UP,
            "align_second": float(aligned[min(1, len(aligned) - 1)]),
            "align_mean": float(aligned.mean()),
            "absent_share": float(self.share[~in_document].sum()),
            "absent_names": float((~in_document & name).sum()),
            "absent_numbers": float((~in_document & number).sum()),
            "elsewhere_share": float(self.share[in_document & ~in_page].sum()),
            "elsewhere_names": float((in_document & ~in_page & name).sum()),
            "nearby_names": float((in_page & ~in_top & name).sum()),
            "missing": float((~in_page).sum()),
            "complete": float(in_page.all()),
            "refused": float(negated),
            "refused_alone": float(negated and not any(w.folded in x.language.negations for w in x.words[top])),
            "question_length": float(np.log(1 + len(self.words))),
            "content_length": float(np.log(1 + len(content))),
        }
        return out | {f"kind_{kind}": float(self.kind == kind) for kind in KINDS}

    def _around(self, column: Floats) -> Floats:
        return np.asarray((column[self.index.before] + column[self.index.after]) / 2)

    def _inside(self, bags: list[set[str]]) -> Floats:
        return np.array([[s in bag for s in self.stems] for bag in bags], dtype=np.float32)

    def _has_kind(self, sentence: int) -> float:
        """Return 1 if a sentence holds something of the asked kind that the question does not name, 0.5 where unclear."""
        mine = {w.stem for w in self.words}
        fresh = [w for w in self.index.words[sentence] if w.stem not in mine]
        spoken = self.index.language
        if self.kind == "number":
            return float(any(w.number for w in fresh))
        if self.kind == "when":
            return float(any(w.year or w.folded in spoken.months or w.number for w in fresh))
        if self.kind in ("who", "where"):
            return float(any(w.name for w in fresh))
        if self.kind == "why":
            return float(any(w.folded in spoken.reasons for w in fresh))
        return 0.5
