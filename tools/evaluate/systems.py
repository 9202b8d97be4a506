"""The systems on the scoreboard: each answers a question with a passage or with none."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import bm25s
import numpy as np
import numpy.typing as npt
import yaml

from bot.errors import ROOT
from bot.read.document import Document
from bot.retrieve.embedder import embedder
from bot.run.build import VAR, RunError, environment, say, tail
from bot.understand.listener import Listener, Understanding
from bot.understand.talk import Talk
from bot.understand.teach import FOLLOW_UP
from tools.evaluate.labelled import LabelledQuestion

Scores = npt.NDArray[np.float64]
Scorer = Callable[[str], Scores]


@dataclass(frozen=True)
class Verdict:
    """What a system says to a question.

    Attributes:
        outcome: `answered`, `clarify` or `declined`.
        passage: Its best passage, quoted or not.
        score: How sure it is that this passage answers; any scale.
    """

    outcome: str
    passage: str
    score: float


class System(Protocol):
    """Something that answers questions."""

    name: str

    def verdict(self, question: str) -> Verdict:
        """Answer one question."""
        ...


class Ours:
    """The bot's own way, as the Rasa component and the action take it."""

    name = "this bot"

    def __init__(self, listener: Listener, talk: Talk | None = None) -> None:
        """Wrap a trained listener, in a talk that has not begun or in another one."""
        self._listener = listener
        self._talk = talk or Talk()

    def verdict(self, question: str) -> Verdict:
        """Take the message apart, read its parts and decide."""
        return verdict_of(self._listener(question, self._talk))


def verdict_of(understood: Understanding) -> Verdict:
    """Return what a message comes to: its best part."""
    order = ("answered", "closest", "clarify", "declined", "move")
    best = min(understood.parts, key=lambda p: order.index(p.outcome))
    passage = (best.answers or best.ranked or ("/",))[0].partition("/")[2]
    return Verdict(best.move or best.outcome, passage, 0.0 if best.move else best.answerable)


class Thresholded:
    """A retriever with a threshold chosen on the calibration questions."""

    def __init__(self, name: str, passages: Sequence[str], score: Scorer) -> None:
        """Take a function from a question to one score a passage."""
        self.name = name
        self._passages = passages
        self._score = score
        self._threshold = 0.0

    def fit(self, questions: Sequence[LabelledQuestion]) -> Thresholded:
        """Choose the threshold that gets most questions right."""
        verdicts = [self.verdict(q.text) for q in questions]
        scores = np.array([v.score for v in verdicts])
        wanted = np.array([q.kind == "answerable" for q in questions])
        right = np.array([v.passage in q.passages for v, q in zip(verdicts, questions)])
        grid = np.unique(scores)
        self._threshold = float(max(grid, key=lambda t: np.where(wanted, right & (scores >= t), scores < t).mean()))
        return self

    def verdict(self, question: str) -> Verdict:
        """Answer with the best passage if its score reaches the threshold."""
        scores = self._score(question)
        best = int(scores.argmax())
        score = float(scores[best])
        return Verdict("answered" if score >= self._threshold else "declined", self._passages[best], score)


def lexical_and_cosine(sentences: Sequence[str]) -> tuple[Scorer, Scorer]:
    """Return BM25 and MiniLM's cosine over sentences, each a function from a question to one score a sentence."""
    index = bm25s.BM25()
    index.index(bm25s.tokenize(list(sentences), stopwords="en", show_progress=False), show_progress=False)
    vectors = np.stack([embedder().encode(s).vector for s in sentences])

    def lexical(question: str) -> Scores:
        tokens = bm25s.tokenize([question], stopwords="en", show_progress=False, return_ids=False)[0]
        return np.asarray(index.get_scores(tokens), dtype=float) if tokens else np.zeros(len(sentences))

    def cosine(question: str) -> Scores:
        return np.asarray(vectors @ embedder().encode(question).vector, dtype=float)

    return lexical, cosine


def retrievers(document: Document) -> list[Thresholded]:
    """Return BM25, MiniLM cosine and both over a document's sentences."""
    passages = [p.id for p in document.quotable]
    lexical, cosine = lexical_and_cosine([document.quote(p) for p in document.quotable])
    return [
        Thresholded("BM25", passages, lexical),
        Thresholded("MiniLM cosine", passages, cosine),
        Thresholded("MiniLM + BM25", passages, lambda q: np.asarray(cosine(q) + lexical(q) / 10.0)),
    ]


class StockRasa:
    """A stock Rasa pipeline trained on the same examples; classes that no passage answers decline."""

    def __init__(self, name: str, pipeline: list[dict[str, Any]], documents: Sequence[Document], retrieval: bool) -> None:
        """Train the pipeline, or take the model that the same data gave before.

        Args:
            name: On the scoreboard.
            pipeline: Of config.yml.
            documents: Whose intents are passages.
            retrieval: Whether passages are responses of one retrieval intent,
                picked by Rasa's ResponseSelector.
        """
        self.name = name
        self._passage = {p.intent: p.id for d in documents for p in d.quotable}
        self._retrieval = retrieval
        from rasa.core.agent import Agent  # Imported here: it takes seconds, and the quick scoreboard does without.

        self._agent = Agent.load(str(self._train(pipeline)))
        self._loop = asyncio.new_event_loop()

    def verdict(self, question: str) -> Verdict:
        """Parse the question; `not_said`, `off_topic` and the fallback decline."""
        parsed = self._loop.run_until_complete(self._agent.parse_message(question))
        intent, score = parsed["intent"]["name"] or "", float(parsed["intent"]["confidence"])
        if self._retrieval:
            selected = parsed["response_selector"]["faq"]["response"]
            passage = self._passage.get(str(selected["intent_response_key"]).removeprefix("faq/"), "")
            return Verdict("answered" if intent == "faq" else "declined", passage, score * float(selected["confidence"]))
        ranked = [r for r in parsed["intent_ranking"] if r["name"] in self._passage]
        passage = self._passage[ranked[0]["name"]] if ranked else ""
        return Verdict(
            "answered" if intent in self._passage else "declined", passage, float(ranked[0]["confidence"]) if ranked else 0.0
        )

    def _train(self, pipeline: list[dict[str, Any]]) -> Path:
        examples = [yaml.safe_load(f.read_text(encoding="utf-8"))["nlu"] for f in _nlu_files()]
        nlu, responses = [], {}
        for entry in (e for entries in examples for e in entries):
            intent = entry["intent"].removeprefix("question/")
            if intent == FOLLOW_UP:
                # Their verdict hangs on the conversation, which no peer looks at.
                continue
            if self._retrieval and intent in self._passage:
                responses[f"utter_faq/{intent}"] = [{"text": intent}]
                intent = f"faq/{intent}"
            nlu.append({"intent": intent, "examples": entry["examples"]})
        names = sorted({e["intent"].split("/")[0] for e in nlu})
        config = {"recipe": "default.v1", "assistant_id": "peer", "language": "en", "pipeline": pipeline, "policies": []}
        files = {
            "config.yml": config,
            "data/nlu.yml": {"version": "3.1", "nlu": nlu},
            "domain.yml": {"version": "3.1", "intents": names, "responses": responses},
        }
        key = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:16]
        folder = VAR / "evaluate" / key
        model = folder / "models" / "peer.tar.gz"
        if not model.is_file():
            for name, content in files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(
                    yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10_000), encoding="utf-8"
                )
            say(f"training the peer “{self.name}” (several minutes, kept for next time) ...")
            with (folder / "train.log").open("wb") as log:
                command = [sys.executable, "-m", "rasa", "train", "nlu", "--fixed-model-name", "peer"]
                done = subprocess.run(command, cwd=folder, env=environment(), stdout=log, stderr=subprocess.STDOUT, check=False)
            if done.returncode:
                raise RunError(f"the peer “{self.name}” was not trained; the end of its log:\n{tail(folder / 'train.log')}")
        return model


def stock_pipelines(epochs: int, selector_epochs: int) -> dict[str, tuple[list[dict[str, Any]], bool]]:
    """Return the stock pipelines: `rasa init`'s with DIET, and its ResponseSelector."""

    def pipeline(count: int) -> list[dict[str, Any]]:
        return [
            {"name": "WhitespaceTokenizer"},
            {"name": "RegexFeaturizer"},
            {"name": "LexicalSyntacticFeaturizer"},
            {"name": "CountVectorsFeaturizer"},
            {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
            {"name": "DIETClassifier", "epochs": count, "constrain_similarities": True, "random_seed": 7},
        ]

    fallback = {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1}
    selector = {
        "name": "ResponseSelector",
        "retrieval_intent": "faq",
        "epochs": selector_epochs,
        "constrain_similarities": True,
        "random_seed": 7,
    }
    return {
        f"stock Rasa, DIET ({epochs} epochs)": ([*pipeline(epochs), fallback], False),
        f"stock Rasa, ResponseSelector ({selector_epochs} epochs)": ([*pipeline(selector_epochs), selector, fallback], True),
    }


def _nlu_files() -> list[Path]:
    # Questions only: moves of conversation are not what is compared.
    return sorted((ROOT / "data" / "generated").glob("nlu_*.yml"))
