"""The reader and the decision serve a statement that they have never seen, without a bank."""

from __future__ import annotations

import pytest
import yaml

from bot.errors import ROOT
from bot.generate.compose import compose
from bot.read.document import load_documents
from bot.understand.listener import QUESTION, Listener
from bot.understand.talk import Talk
from bot.understand.teach import examples, lessons

FERRY = """Harbour Board of Vlora

The harbour board of Vlora runs a ferry to Brindisi since 1998. The ferry carries 400 passengers and 60 cars on every trip.

The board raised the fares by 5 percent in March 2021 because the price of fuel had doubled. Children under six travel for free.

A new quay is being built beside the old lighthouse. The works are led by Anna Berg.
"""


@pytest.fixture(scope="module")
def ferry(slow: None, tmp_path_factory: pytest.TempPathFactory) -> Listener:
    root = tmp_path_factory.mktemp("ferry")
    (root / "data" / "bank").mkdir(parents=True)
    (root / "data" / "language").symlink_to(ROOT / "data" / "language")
    (root / "data" / "bank" / "off_topic.yml").symlink_to(ROOT / "data" / "bank" / "off_topic.yml")
    (root / "seeds").mkdir()
    (root / "seeds" / "ferry.txt").write_text(FERRY, encoding="utf-8")
    files, _ = compose(root)
    (root / "data" / "generated").mkdir()
    for path, text in files.items():
        (root / path).write_text(text, encoding="utf-8")
    documents = load_documents(root / "data" / "generated" / "documents.json")
    pairs = []
    for path in [*sorted((root / "data/generated").glob("nlu_*.yml")), root / "data/generated/talk.yml"]:
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            texts = [e.strip().removeprefix("-").strip() for e in entry["examples"].splitlines() if e.strip()]
            pairs += [(t, entry["intent"].removeprefix(f"{QUESTION}/")) for t in texts]
    listener = Listener(documents)
    taught = lessons(documents)
    listener.fit(examples(pairs, taught, documents), taught)
    return listener


def read(listener: Listener, text: str, talk: Talk) -> tuple[str, str]:
    (part,) = listener(text, talk).parts
    return part.move or part.outcome, (part.answers or part.ranked or ("/",))[0].split("/")[1]


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("Since when does the ferry to Brindisi run?", "p1s1"),
        ("How many passengers does the ferry carry?", "p1s2"),
        ("Why did the board raise the fares?", "p2s1"),
        pytest.param("Who leads the works?", "p3s2", marks=pytest.mark.xfail(reason="declined, at 0.28", strict=True)),
        ("Who are the works led by?", "p3s2"),
    ],
)
def test_questions_find_their_sentence(ferry: Listener, text: str, passage: str) -> None:
    outcome, found = read(ferry, text, Talk())
    assert outcome in ("answered", "closest")
    assert found == passage


def test_a_choice_and_a_place_need_no_bank(ferry: Listener) -> None:
    offer = Talk().after("tell me about the captain", "declined", (), "ferry/p1s1", ["ferry/p2s1", "ferry/p3s1"])
    assert read(ferry, "the second one", offer) == ("answered", "p3s1")
    assert read(ferry, "yes please", offer) == ("answered", "p1s1")
    assert read(ferry, "paragraph 2, sentence 2", Talk()) == ("answered", "p2s2")


@pytest.mark.parametrize(("text", "move"), [("thank you very much", "thanks"), ("hello", "greet"), ("tell me more", "tell_more")])
def test_moves_are_moves(ferry: Listener, text: str, move: str) -> None:
    talk = Talk().after("How many passengers does the ferry carry?", "answered", ["ferry/p1s2"])
    assert read(ferry, text, talk)[0] == move
