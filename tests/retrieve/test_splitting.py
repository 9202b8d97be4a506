"""Messages are taken apart where people put questions together."""

import pytest

from bot.retrieve.splitting import clauses, sentences, uncorrected
from bot.texts import load_texts

TEXTS = load_texts("en")


@pytest.mark.parametrize(
    ("message", "asking"),
    [
        ("Hello! When did Albania join?", ["When did Albania join?"]),
        ("I read a lot. My son too. Where do soldiers serve", ["Where do soldiers serve"]),
        ("When? Where?\nWho is it", ["When?", "Where?", "Who is it"]),
        ("Thanks. Bye.", []),
    ],
)
def test_sentences_that_ask(message: str, asking: list[str]) -> None:
    assert [p.text for p in sentences(message, TEXTS) if p.asks] == asking


@pytest.mark.parametrize(
    ("message", "pieces"),
    [
        ("When did it join and what does it do at sea?", 2),
        ("What hybrid and cyber attacks came with it?", 1),
        ("Who is it and why", 1),
        ("When did it join, and since when is it at sea, and where do soldiers serve?", 3),
    ],
)
def test_clauses(message: str, pieces: int) -> None:
    assert len(clauses(message, TEXTS)) == pieces


@pytest.mark.parametrize(
    ("message", "meant"),
    [("No, I meant the budget", "the budget"), ("i mean troops", "troops"), ("I meant", "I meant"), ("the budget", "the budget")],
)
def test_uncorrected(message: str, meant: str) -> None:
    assert uncorrected(message, TEXTS) == meant
