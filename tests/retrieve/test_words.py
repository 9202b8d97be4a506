"""Words: alike where they mean the same, and English only by its data file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.retrieve.embedder import embedder
from bot.retrieve.words import KINDS, Language, Word, fold, language, word_vectors

ENGLISH = language("en")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("country", "countries"),
        ("join", "joined"),
        ("joins", "joining"),
        ("stop", "stopped"),
        ("pass", "passing"),
        ("cooperate", "cooperation"),
        ("albania", "albania's"),
        ("albania", "albania’s"),
        ("seven", "7"),
        ("third", "3rd"),
        ("21st", "21th"),
        ("1,000", "1000"),
    ],
)
def test_words_that_mean_the_same_share_a_stem(one: str, other: str) -> None:
    assert ENGLISH.stem(one) == ENGLISH.stem(other)


@pytest.mark.parametrize(
    ("one", "other"), [("nation", "nature"), ("1949", "1994"), ("third", "three"), ("bus", "bu"), ("ring", "r"), ("7", "17")]
)
def test_other_words_do_not(one: str, other: str) -> None:
    assert ENGLISH.stem(one) != ENGLISH.stem(other)


def test_what_a_word_looks_like() -> None:
    words = {w.folded: w for w in ENGLISH.words("The ship left Durrës in 1999 with two crews, one of 40% NATO men.")}
    assert words["the"].stop
    assert not words["the"].name
    assert words["durres"].name
    assert words["nato"].name
    assert words["1999"].year
    assert words["1999"].number
    assert words["two"].number
    assert not words["two"].stop
    assert words["one"].stop
    assert words["%"].number
    assert not words["40"].year


def test_a_capital_that_only_opens_the_text_is_no_name() -> None:
    assert [w.name for w in ENGLISH.words("Ships left")] == [False, False]
    assert [w.name for w in ENGLISH.words("NATO left")] == [True, False]


def test_places_of_words_are_those_in_the_text() -> None:
    text = "“It’s Durrës’s 2nd pier,” she said – twice."
    assert [text[w.start : w.end] for w in ENGLISH.words(text)] == ["It’s", "Durrës’s", "2nd", "pier", "she", "said", "twice"]


@pytest.mark.parametrize("text", ["", "?!", "…—", "🙂", " \n\t"])
def test_texts_without_words(text: str) -> None:
    assert ENGLISH.words(text) == []
    assert ENGLISH.kind(text) == "other"


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many soldiers serve there?", "number"),
        ("In what year did it join?", "when"),
        ("WHEN DID IT JOIN", "when"),
        ("Whose ship was it?", "who"),
        ("In which country do they serve?", "where"),
        ("Why did it join?", "why"),
        ("How did it join?", "how"),
        ("Which mission is the largest?", "which"),
        ("What is it?", "what"),
        ("Tell me about the ships", "other"),
    ],
)
def test_kind_of_answer_asked_for(question: str, kind: str) -> None:
    assert ENGLISH.kind(question) == kind
    assert kind in KINDS


@pytest.mark.parametrize("word", ["not", "Never", "doesn't", "didn’t", "mustn't"])
def test_negations(word: str) -> None:
    assert ENGLISH.is_negation(ENGLISH.words(f"it {word} sail")[1])


def test_a_language_without_a_file_has_empty_lists() -> None:
    other = Language("xx")
    words = other.words("The 3rd of 1,000 ships didn't sail in 1999")
    assert not any(w.stop or other.is_negation(w) for w in words)
    assert other.kind("When did it sail?") == "other"
    assert [other.stem(w) for w in ("countries", "third", "seven", "1,000", "3rd", "albania's")] == [
        "countries",
        "third",
        "seven",
        "1,000",
        "3rd",
        "albania's",
    ]
    assert [w.folded for w in words if w.year] == ["1999"]


def test_another_language_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "sq").mkdir()
    (tmp_path / "sq" / "read.yml").write_text(
        "stop: [dhe]\nnumbers: [zero, nje, dy]\nkinds: {who: '\\bkush\\b'}\n", encoding="utf-8"
    )
    albanian = Language("sq", tmp_path)
    assert albanian.kind("Kush e tha?") == "who"
    assert albanian.stem("dy") == albanian.stem("2")
    assert [w.stop for w in albanian.words("Ana dhe the")] == [False, True, False]


def test_folding_removes_accents_and_case() -> None:
    assert fold("ËNGJËLL Çamëria") == "engjell cameria"


def test_a_word_takes_the_mean_of_its_pieces() -> None:
    pieces = np.array([[2, 0], [0, 2], [0, -3]], dtype=np.float32)
    word = Word("ab", "ab", 0, 2, False, False, False, False)
    words = [word, replace(word, start=3, end=4), replace(word, start=9, end=12)]
    vectors = word_vectors(words, [(0, 1), (1, 2), (3, 4)], pieces)
    np.testing.assert_allclose(vectors, [[0.5**0.5, 0.5**0.5], [0, -1], [0, 0]], atol=1e-6)


def test_words_past_the_encoders_reach_have_no_vector() -> None:
    text = "ship " * 400
    encoded, words = embedder().encode(text), ENGLISH.words(text)
    lengths = np.linalg.norm(word_vectors(words, encoded.offsets, encoded.token_vectors), axis=1)
    assert lengths[0] == pytest.approx(1, abs=1e-5)
    assert lengths[-1] == 0
