"""Messages are taken apart where people put questions together, and freed of what frames them."""

import pytest

from bot.understand.cuts import MOST_DOUBTFUL, cuts
from bot.understand.lexicon import lexicon
from bot.understand.parts import asking, bare, prepared, split, uncorrected

WORDS = lexicon("en")


def _parts(message: str, questions: int = 1) -> list[str]:
    """Return the pieces of a message that holds so many questions."""
    text = prepared(message, WORDS)
    gaps = cuts("en").likeliest(text, WORDS, questions - 1)
    return [p.text for stretch in split(text, [g.start for g in gaps], WORDS) for p in stretch]


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("Hello! When did Albania join?", ["Hello! When did Albania join?"]),
        ("I read a lot. My son too. Where do soldiers serve", ["I read a lot.", "My son too.", "Where do soldiers serve"]),
        ("name them! which powers", ["name them! which powers"]),
        ("what about the U.S. army?", ["what about the U.S. army?"]),
        ("on April 1, 2009, in Tirana", ["on April 1, 2009, in Tirana"]),
    ],
)
def test_sentences(message: str, parts: list[str]) -> None:
    assert _parts(message) == parts


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("When did it join?Where are the soldiers?", ["When did it join?", "Where are the soldiers?"]),
        ("when did it join\nwhere are the soldiers", ["when did it join", "where are the soldiers"]),
        ("- When did it join\n- Where are they", ["When did it join", "Where are they"]),
        ("1. threats\n2. budget", ["threats", "budget"]),
        ("When did it join / where are the soldiers", ["When did it join", "where are the soldiers"]),
        ("• When did it join • Where are they", ["When did it join", "Where are they"]),
        ("When did it join and what does it do at sea?", ["When did it join", "what does it do at sea?"]),
        ("When did it join, and since when is it at sea?", ["When did it join", "since when is it at sea?"]),
        ("when did albania join nato where are its soldiers", ["when did albania join nato", "where are its soldiers"]),
        ("How many were stopped, and by whom?", ["How many were stopped", "by whom?"]),
        ("Where are the troops and until when", ["Where are the troops", "until when"]),
        ("How many are there, and in which country are they?", ["How many are there", "in which country are they?"]),
        ("date of joining + size of the navy", ["date of joining", "size of the navy"]),
        ("budget? allies?", ["budget?", "allies?"]),
        ("1) when it joined 2) where its troops are", ["when it joined", "where its troops are"]),
    ],
)
def test_questions_part_where_they_are_likeliest_to(message: str, parts: list[str]) -> None:
    assert _parts(message, len(parts)) == parts


@pytest.mark.parametrize(
    "message",
    [
        "How many NATO bases are there in Albania?",
        "what kind of ships did Albania send to the sea",
        "Since which year is Albania in it?",
        "can you tell me when they joined",
        "What hybrid and cyber attacks came with it?",
        "what about the U.S. army?",
        "Albania joined in 2010, right?",
        "so they are in the EU, isn't it",
    ],
)
def test_one_question_is_not_in_doubt(message: str) -> None:
    assert not cuts("en").likeliest(message, WORDS, 9, least=-1.0)


def test_of_many_gaps_the_most_doubtful_are_read() -> None:
    message = "when, where, why, who, how, with whom, since when, until when"
    gaps = cuts("en").doubtful(message, WORDS)
    assert len(gaps) == MOST_DOUBTFUL and gaps == sorted(gaps)


@pytest.mark.parametrize(
    "message",
    [
        "when did it join\n\nthanks\nAna",
        "when did it join many thanks",
        "when did it join cheers",
        "when did it join thanks in advance",
        "when did it join best wishes Anna",
        "when did it join por favor",
        "Good morning, when did it join",
        "when did it join, one line",
        "when did it join? - one sentence.",
        "when did it join? yes or no",
        "when did it join in one line please",
        "briefly: when did it join",
        "hi, need 1 line on when did it join",
        "Dear Sir or Madam,\nwhen did it join\nKind regards,\nAnna Berg",
    ],
)
def test_greetings_wishes_and_names_are_left_aside(message: str) -> None:
    assert [bare(p).lower() for p in _parts(message)][-1] == "when did it join"


@pytest.mark.parametrize(
    "message", ["thanks", "hello", "good morning", "cheers mate", "bye", "why", "please", "2", "one line", "give me one sentence"]
)
def test_what_is_nothing_but_a_frame_stays(message: str) -> None:
    assert _parts(message) == [message]


def test_a_sign_belongs_to_the_word_behind_it() -> None:
    assert _parts("ok and money? % of gdp", 2) == ["ok and money?", "% of gdp"]
    assert _parts('where are they? "Kosovo" too?') == ['where are they? "Kosovo" too?']


@pytest.mark.parametrize(
    ("text", "read"),
    [("since when ??", "since when?"), ("So 2010...", "So 2010"), ("is it 'new'?", "is it 'new'?"), ("?!", "?!"), ("no. ", "no")],
)
def test_of_the_marks_at_the_ends_only_a_question_mark_tells(text: str, read: str) -> None:
    assert asking(text) == read


@pytest.mark.parametrize("code", ["(c28-4)", "[ref. 22/11-B]", "(case 4a-77)", "[#5531-x2]"])
def test_codes_in_brackets_are_no_part_of_a_question(code: str) -> None:
    assert _parts(f"when did it join? {code}") == ["when did it join?"]
    assert _parts(code) == [code]


@pytest.mark.parametrize("kept", ["(p4s1)", "(F-16)", "(2008-2009)", "(COVID-19)", "(2nd)", "(Kosovo)"])
def test_what_stands_in_brackets_may_be_asked_for(kept: str) -> None:
    assert _parts(f"what is said there {kept}") == [f"what is said there {kept}"]


@pytest.mark.parametrize("spoken", ["question mark", "exclamation mark", "full stop"])
def test_spoken_marks_are_marks(spoken: str) -> None:
    assert bare(_parts(f"when did it join {spoken}")[0]) == "when did it join"


@pytest.mark.parametrize(
    ("message", "meant"),
    [("No, I meant the budget", "the budget"), ("i mean troops", "troops"), ("I meant", "I meant"), ("the budget", "the budget")],
)
def test_uncorrected(message: str, meant: str) -> None:
    assert uncorrected(message, WORDS) == meant
