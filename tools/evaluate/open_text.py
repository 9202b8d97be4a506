"""Retrieval without a question bank, fitted and measured on question-answering articles.

    python -m tools.evaluate.open_text FOLDER --held-back a,b,c,d [--fit]

FOLDER holds articles as JSON: `{"title", "paragraphs": [{"text", "questions": [{"q", "answerable", "answers"}]}]}`.
Each is one document; a question is right if the best sentence stands in its paragraph. Articles that are not held
back are measured each by numbers fitted on the others; with `--fit` the numbers fitted on all of them become
`bot/retrieve/fitted.json`. Articles held back are measured by the numbers in that file.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bot.errors import InputError
from bot.read.language import pipeline
from bot.read.sentences import split_sentences
from bot.retrieve.embedder import Encoded, embedder
from bot.retrieve.evidence import CHEAP, COSTLY, FITTED_FILE, POOL, Fitted, Query, SentenceIndex
from bot.retrieve.words import fold
from tools.evaluate.systems import lexical_and_cosine

# Weights that choose the pool; set by hand, the fitted ones order it.
_FIRST = (1.0, 0.3, 1.0, 0.5, 0.5, 2.0, 1.0, 2.0)
_RANK_PENALTY = 1e-2
_JUDGE_STRENGTH = 0.03
PEERS = ("BM25", "MiniLM", "both")

Numbers = npt.NDArray[np.float64]
# Share of right paragraphs, and AUROC of the judgement.
Figures = tuple[float, float]


@dataclass(frozen=True)
class Article:
    """An article, read.

    Attributes:
        name: Of its file.
        sentences: In reading order.
        paragraphs: Number of the paragraph of each sentence.
        questions: Text, paragraph, whether it is answerable, and its answers.
    """

    name: str
    sentences: list[str]
    paragraphs: list[int]
    questions: list[tuple[str, int, bool, list[str]]]

    @property
    def answerable(self) -> npt.NDArray[np.bool_]:
        """Return which questions have an answer."""
        return np.array([q[2] for q in self.questions])


def read_article(path: Path) -> Article:
    """Read an article.

    Raises:
        InputError: If the file is not one.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        texts = [p["text"] for p in data["paragraphs"]]
        questions = [
            (q["q"], i, bool(q["answerable"]), q["answers"]) for i, p in enumerate(data["paragraphs"]) for q in p["questions"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(path, f"is no article with questions: {error}.") from error
    pairs = [(t[a:b], i) for i, t in enumerate(texts) for a, b in split_sentences(pipeline("en")(t))]
    return Article(path.stem, [s for s, _ in pairs], [i for _, i in pairs], questions)


@dataclass(frozen=True)
class Study:
    """An article made ready to be fitted on.

    Attributes:
        article: The article.
        index: Its index; the ranker in it changes while fitting.
        encoded: One a question.
        pools: One an answerable question, as `fit_rank` takes them.
    """

    article: Article
    index: SentenceIndex
    encoded: list[Encoded]
    pools: list[tuple[Numbers, Numbers, Numbers]]


def index_of(article: Article, fitted: Fitted) -> SentenceIndex:
    """Index an article."""
    return SentenceIndex(article.sentences, article.paragraphs, embedder().encode, fitted)


def fit_rank(items: Sequence[tuple[Numbers, Numbers, Numbers]]) -> Numbers:
    """Fit the ranker: a softmax over the pool, half for the right paragraph, half for the sentence with the answer.

    Args:
        items: One a question: features of the pool, which of it stands in the
            right paragraph, which holds the answer.
    """
    usable = [i for i in items if i[1].any() and len(i[1]) == POOL]
    rows, page, answer = (np.stack([i[k] for i in usable]).astype(float) for k in range(3))
    answer = np.where(answer.any(axis=1, keepdims=True), answer, page)
    flat = rows.reshape(-1, rows.shape[2])
    spread = flat.std(axis=0) + 1e-6
    z = (rows - flat.mean(axis=0)) / spread

    def loss(w: Numbers) -> tuple[float, Numbers]:
        s = z @ w
        p = np.exp(s - s.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        value, slope = _RANK_PENALTY * float(w @ w), np.zeros_like(p)
        for target in (page, answer):
            hit = (p * target).sum(axis=1, keepdims=True) + 1e-12
            value -= 0.5 * float(np.log(hit).mean())
            slope += 0.5 * (p - p * target / hit) / len(p)
        return value, np.einsum("nkd,nk->d", z, slope) + 2 * _RANK_PENALTY * w

    return np.asarray(minimize(loss, np.zeros(z.shape[2]), jac=True, method="L-BFGS-B").x / spread)


def fit_judge(rows: Numbers, answerable: npt.NDArray[np.bool_]) -> Numbers:
    """Fit the judgement; returns weights in the features' own units, the bias last."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    model = LogisticRegression(C=_JUDGE_STRENGTH, max_iter=2000).fit((rows - mean) / spread, answerable)
    weights = model.coef_[0] / spread
    return np.append(weights, model.intercept_[0] - weights @ mean)


def study(article: Article) -> Study:
    """Index an article and encode its questions."""
    index = index_of(article, Fitted(_FIRST, (1.0,) * (len(CHEAP) + len(COSTLY)), {"bias": 0.0}))
    encoded = [embedder().encode(text) for text, *_ in article.questions]
    pools = []
    for (text, number, answerable, answers), vectors in zip(article.questions, encoded):
        if answerable:
            pool, rows, _ = Query(index, text, vectors).rank()
            page = np.array([article.paragraphs[i] == number for i in pool], dtype=float)
            holds = np.array([any(fold(a) in fold(article.sentences[i]) for a in answers) for i in pool], dtype=float)
            pools.append((rows.astype(float), page, page * holds))
    return Study(article, index, encoded, pools)


def judged(studied: Study, rank: Numbers) -> list[dict[str, float]]:
    """Return the features of the judgement for each question, under a ranker."""
    studied.index.fitted = Fitted(_FIRST, tuple(rank.tolist()), {"bias": 0.0})
    return [studied.index.search(q[0], e).features for q, e in zip(studied.article.questions, studied.encoded)]


def fit(studies: Sequence[Study]) -> tuple[Numbers, dict[str, float]]:
    """Fit the ranker and, on what it ranks first, the judgement; returns the weights of both."""
    rank = fit_rank([p for s in studies for p in s.pools])
    features = [f for s in studies for f in judged(s, rank)]
    rows = np.array([list(f.values()) for f in features])
    weights = fit_judge(rows, np.concatenate([s.article.answerable for s in studies]))
    return rank, dict(zip([*features[0], "bias"], weights.tolist()))


def cross_validate(studies: Sequence[Study]) -> dict[str, Figures]:
    """Return the figures of each article under a ranker and a judgement fitted on the others alone."""
    figures = {}
    for own in studies:
        rank, judge = fit([s for s in studies if s is not own])
        chosen = Fitted(_FIRST, tuple(rank.tolist()), judge)
        right = [bool(page[int(np.argmax(rows @ rank))]) for rows, page, _ in own.pools]
        chances = [chosen.probability(f) for f in judged(own, rank)]
        figures[own.article.name] = (float(np.mean(right)), float(roc_auc_score(own.article.answerable, chances)))
    return figures


def write(rank: Numbers, judge: Mapping[str, float], path: Path = FITTED_FILE) -> None:
    """Write fitted weights, rounded to what matters."""
    data = {
        "about": "Weights of bot/retrieve/evidence.py, by `python -m tools.evaluate.open_text --fit`; see docs/open_text.md.",
        "first": _FIRST,
        "rank": [round(w, 5) for w in rank.tolist()],
        "judge": {name: round(w, 5) for name, w in judge.items()},
    }
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def measure(article: Article, fitted: Fitted) -> tuple[Figures, float]:
    """Return right paragraph and AUROC on an article, and the median milliseconds of a question, its embedding included."""
    index = index_of(article, fitted)
    hits, scores, seconds = [], [], []
    for text, page, answerable, _ in article.questions:
        started = time.perf_counter()
        evidence = index.search(text, embedder().encode(text))
        seconds.append(time.perf_counter() - started)
        scores.append(evidence.answerable)
        if answerable:
            hits.append(article.paragraphs[int(evidence.scores.argmax())] == page)
    return (float(np.mean(hits)), float(roc_auc_score(article.answerable, scores))), float(np.median(seconds) * 1000)


def measure_peers(article: Article) -> dict[str, Figures]:
    """Return the same figures of BM25, of MiniLM's best sentence and of both."""
    lexical, cosine = lexical_and_cosine(article.sentences)
    figures: dict[str, Figures] = {}
    rows = [(lexical(q[0]), cosine(q[0])) for q in article.questions]
    for name in PEERS:
        hits, scores = [], []
        for (words, meaning), (_, page, answerable, _) in zip(rows, article.questions):
            score = {"BM25": words, "MiniLM": meaning, "both": meaning + 0.5 * words / max(float(words.max()), 1e-6)}[name]
            scores.append(float(score.max()))
            if answerable:
                hits.append(article.paragraphs[int(score.argmax())] == page)
        figures[name] = (float(np.mean(hits)), float(roc_auc_score(article.answerable, scores)))
    return figures


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.evaluate.open_text", description=__doc__.splitlines()[0] if __doc__ else None
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--held-back", default="force,huguenot,imperialism,scottish_parliament", help="articles never fitted on")
    parser.add_argument("--fit", action="store_true", help="fit anew on the others and write the numbers")
    options = parser.parse_args(arguments)
    held_back = set(options.held_back.split(","))
    try:
        articles = [read_article(p) for p in sorted(options.folder.glob("*.json"))]
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    fitting, testing = [a for a in articles if a.name not in held_back], [a for a in articles if a.name in held_back]
    if not articles or (options.fit and len(fitting) < 2):
        print(f"{options.folder} holds too few articles (*.json).", file=sys.stderr)
        return 1
    studies = [study(a) for a in fitting]
    if len(studies) > 1:
        print(_table("fitted on the others", cross_validate(studies), {a.name: measure_peers(a) for a in fitting}))
    if options.fit:
        write(*fit(studies))
    fitted = Fitted.load()
    if testing:
        measured = {a.name: measure(a, fitted) for a in testing}
        print(_table("never fitted on", {n: f for n, (f, _) in measured.items()}, {a.name: measure_peers(a) for a in testing}))
        print(f"\nmedian of a question: {np.mean([ms for _, ms in measured.values()]):.1f} ms")
    return 0


def _table(title: str, ours: Mapping[str, Figures], peers: Mapping[str, Mapping[str, Figures]]) -> str:
    lines = [f"\n| {title}: right paragraph / AUROC | ours | {' | '.join(PEERS)} |", "| --- |" + " --- |" * (1 + len(PEERS))]
    for name, figures in ours.items():
        cells = [figures, *(peers[name][p] for p in PEERS)]
        lines.append(f"| {name} | {' | '.join(f'{a:.3f} / {b:.3f}' for a, b in cells)} |")
    means = np.mean([[ours[n], *(peers[n][p] for p in PEERS)] for n in ours], axis=0)
    lines.append(f"| **mean** | {' | '.join(f'{a:.3f} / {b:.3f}' for a, b in means)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
