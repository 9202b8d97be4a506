"""Of the ways to take a message, the evidence of reading them chooses one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.understand.arrangement import EVIDENCE, Arranger, Heard, arrangements, ways, whole
from bot.understand.cues import Cues
from bot.understand.cuts import MOST_DOUBTFUL
from bot.understand.decision import Decided
from bot.understand.lexicon import lexicon
from bot.understand.parts import Part
from bot.understand.talk import Talk

WORDS = lexicon("en")
READ = {
    "unsure": lambda key: Decided("declined", "", (), (key,), 0.4, False, 0.5, 0.3),
    "answered": lambda key: Decided("answered", "", (key,), (key,), 0.97, False, 0.97, 0.95),
    "declined": lambda key: Decided("declined", "", (), (key,), 0.03, False, 0.97, 0.03),
    "thanks": lambda key: Decided("move", "thanks", (), (key,), 0.03, False, 0.97, 0.03),
}


def heard(pieces: list[list[Part]], read: dict[str, tuple[str, str]], asides: tuple[str, ...] = ()) -> list[list[Heard]]:
    """Return pieces as read by the words that stand in them, and as uncertain where none does; some are likely to ask nothing."""

    def one(part: Part) -> Heard:
        outcome, key = next((found for word, found in read.items() if word in part.text), ("unsure", "d/p9"))
        return Heard(part, READ[outcome](key), Cues(), 0.9 if part.text in asides else 0.05)

    return [[one(part) for part in stretch] for stretch in pieces]


def arranged(message: str, read: dict[str, tuple[str, str]], talk: Talk | None = None, asides: tuple[str, ...] = ()) -> list[str]:
    """Return the questions of a message as arranged with the shipped weights."""
    among = arrangements(ways(message, WORDS), lambda pieces: heard(pieces, read, asides), WORDS)
    return [h.part.text for h in Arranger.load()(among, talk or Talk()).questions]


def test_two_sure_answers_are_two_questions() -> None:
    read = {"and what": ("answered", "d/p1"), "join": ("answered", "d/p1"), "sea": ("answered", "d/p7")}
    assert arranged("when did it join, what does it do at sea", read) == ["when did it join", "what does it do at sea"]


def test_what_no_statement_answers_keeps_its_place_beside_what_one_does() -> None:
    read = {"join, how": ("declined", "d/p1"), "join": ("answered", "d/p1"), "how many": ("declined", "d/p1")}
    assert arranged("when did it join, how many ships has it", read) == ["when did it join", "how many ships has it"]


def test_two_halves_of_one_question_stay_together() -> None:
    message = "Do Swedish soldiers also serve beside the Albanians?"
    assert arranged(message, {message: ("declined", "d/p4")}) == [message]


def test_an_echo_of_the_last_quote_is_no_question() -> None:
    talk = Talk(asked="since when", outcome="answered", about=("d/p7",))
    read = {"How many": ("declined", "d/p7"), "In 2016": ("answered", "d/p7")}
    (question,) = arranged("In 2016. How many ships?", read, talk, asides=("In 2016.",))
    assert question.endswith("How many ships?")


def test_a_remark_of_several_sentences_is_read_as_one() -> None:
    talk = Talk(asked="where are they", outcome="answered", about=("d/p4",))
    read = {"right. Thousands": ("thanks", "d/p4"), "Thousands": ("unsure", "d/p4")}
    assert arranged("So he was right. Thousands of troops!", read, talk) == ["So he was right. Thousands of troops!"]


def test_what_is_told_in_the_words_of_a_passage_is_no_question() -> None:
    told, asked = "My uncle was with the soldiers in Kosovo.", "How many ships are at sea?"
    read = {f"{told} {asked}": ("declined", "d/p7"), "Kosovo": ("answered", "d/p4"), "sea": ("declined", "d/p7")}
    assert told in arranged(f"{told} {asked}", read)
    (question,) = arranged(f"{told} {asked}", read, asides=(told,))
    assert question.endswith(asked)


def test_thanks_stand_beside_no_question() -> None:
    assert arranged("thanks! when did it join?", {"join": ("answered", "d/p1"), "thanks": ("thanks", "d/p1")})[-1].endswith(
        "when did it join?"
    )


def test_ways_are_bounded_and_begin_uncut() -> None:
    found = ways("when, where, why, who, how, with whom, since when, until when, for what", WORDS)
    assert len(found) <= 2**MOST_DOUBTFUL
    assert len(found[0].pieces) == 1


def test_no_two_arrangements_have_the_same_questions() -> None:
    found = arrangements(ways("when did it join? where is it? thanks", WORDS), lambda pieces: heard(pieces, {}), WORDS)
    texts = [tuple(h.part.text for h in one.questions) for one in found]
    assert len(texts) == len(set(texts)) > 1


def test_a_known_message_is_taken_as_it_stands() -> None:
    assert len(whole("when did it join and where is it", WORDS)) == 1


def test_saved_is_loaded_and_other_evidence_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "arrangement.json"
    Arranger.load().save(path)
    Arranger.load(path)
    path.write_text(json.dumps(dict.fromkeys(EVIDENCE[1:], 0.0)))
    with pytest.raises(ValueError, match="make decision"):
        Arranger.load(path)
