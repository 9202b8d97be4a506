"""What is read off the words of a part without a model."""

import pytest

from bot.read.document import load_documents
from bot.understand.choice import Choice, choice
from bot.understand.cues import Fit, cues, mention, place
from bot.understand.lexicon import lexicon
from bot.understand.talk import Talk

WORDS = lexicon("en")
DOCUMENT = load_documents()[0]
OFFER = Talk().after("q?", "declined", (), "d/near", ["d/a", "d/b", "d/c"])
TOPICS = Talk().after("", "topics", (), "", [f"d/{n}" for n in range(1, 8)])


@pytest.mark.parametrize(
    ("text", "picked"),
    [
        *((t, "b") for t in ("2", "2.", "#2", "no 2", "number two", "option 2!", "the second", "2nd one please", "B", "b)")),
        *((t, "b") for t in ("the middle one", "ok second one let's see")),
        *((t, "a") for t in ("1", "the first one", "1 i guess", "first, please", "one", "ok the first one then")),
        *((t, "a") for t in ("the 1st, since I was there", "whatever. 1")),
        *((t, "c") for t in ("3)", "the last", "last one please", "the third option", "c")),
        *((t, "near") for t in ("yes", "yes please", "ok tell me", "go on", "sure, show me")),
        *((t, "abc") for t in ("all", "both", "all of them")),
        *((t, "") for t in ("since when?", "no", "the first event", "what happened on the first of April", "why")),
        *((t, "c") for t in ("the last of the three", "last title of your three")),
        *((t, "bc") for t in ("the last two please", "last two")),
        *((t, "ab") for t in ("the first two", "1 and 2")),
        *((t, "a") for t in ("all right, the number one then", "the first offer", "the first title")),
        *((t, "a") for t in ("top one then, whatever, surprise me", "the top of those")),
        *((t, "c") for t in ("ok give us the last of those, seeing as I'm here",)),
        *((t, "b") for t in ("second thingy then, whatever it is, let's see what they spend all of that on",)),
        *((t, "") for t in ("the last war in Europe was when, and the first one too I would like to know",)),
        *((t, "") for t in ("any number of ships", "oh all these choices", "either way, when was it", "all right")),
        ("who is the second in command", ""),
        *((t, "a") for t in ("and now the first", "now the first of yours")),
        *((t, "c") for t in ("Now the third that you proposed, if you have it.", "what about the third you suggested")),
        *(
            (t, "c")
            for t in (
                "third one, budget",
                "third one: the budget! I said it before, didn't I",
                "number three, one of the long ones",
            )
        ),
        *((t, "") for t in ("one last", "one last thing", "ok one last question", "right", "right right")),
    ],
)
def test_choice(text: str, picked: str) -> None:
    wanted = tuple(f"d/{p}" for p in ([picked] if picked == "near" else picked))
    assert choice(text, OFFER, WORDS).picked == wanted


def test_choice_among_seven_and_beyond() -> None:
    assert choice("7", TOPICS, WORDS).picked == ("d/7",)
    assert choice("number 5 please", TOPICS, WORDS).picked == ("d/5",)
    assert choice("fourth one, the budget", OFFER, WORDS).picked == (), "there are three"
    assert choice("8", TOPICS, WORDS) == Choice(unclear=True), "there is no eighth: which one is to be asked"


def test_what_was_told_before_is_chosen_by_its_place() -> None:
    talk = Talk(given=("d/a", "d/b", "d/c"), offered=("d/x", "d/y"))
    assert choice("what was the second thing you said?", talk, WORDS).picked == ("d/b",)
    assert choice("the 1st answer u gave", talk, WORDS).picked == ("d/a",)
    assert choice("the second one", talk, WORDS).picked == ("d/y",)


def test_what_was_offered_is_no_quote_of_before() -> None:
    talk = Talk(given=("d/a", "d/b", "d/c"), offered=("d/x", "d/y"))
    assert choice("the second thing you offered, please show me that if it is not too much trouble", talk, WORDS).picked == (
        "d/y",
    )


def test_choice_without_an_offer_is_none() -> None:
    assert choice("2", Talk(), WORDS) == Choice()
    assert choice("yes", Talk().after("q?", "answered", ["d/a"]), WORDS) == Choice()


@pytest.mark.parametrize("text", ["none of these", "neither", "none"])
def test_all_may_be_refused(text: str) -> None:
    assert choice(text, OFFER, WORDS).refused


@pytest.mark.parametrize(
    ("text", "passages"),
    [
        ("Paragraph 7, sentence 2", ["p7s2"]),
        ("sentence 2 of paragraph 7", ["p7s2"]),
        ("the second sentence of the seventh paragraph", ["p7s2"]),
        ("p7s2", ["p7s2"]),
        ("7.2", ["p7s2"]),
        ("show me paragraph 1", ["p1s1", "p1s2"]),
        ("the last paragraph", ["p7s1", "p7s2", "p7s3"]),
        ("what does the 2nd paragraph say", ["p2s1", "p2s2", "p2s3"]),
        ("paragraph 99", []),
        ("paragraph 1 sentence 9", []),
        ("§ 3", ["p3s1", "p3s2", "p3s3"]),
    ],
)
def test_place(text: str, passages: list[str]) -> None:
    found = place(text, Talk(), DOCUMENT, WORDS)
    assert found is not None
    assert [k.split("/")[1] for k in found] == passages


@pytest.mark.parametrize(
    "text",
    [
        "how many paragraphs are there",
        "7 years",
        "since 2016",
        "the first event",
        "who drew the line in the sand",
        "is that not in your seven paragraphs either",
        "say it in 2 sentences",
    ],
)
def test_no_place(text: str) -> None:
    assert place(text, Talk(), DOCUMENT, WORDS) is None


@pytest.mark.parametrize(
    ("text", "passages"),
    [
        ("is Bulgaria mentioned in the statement", ["p4s1"]),
        ("is the Islamic State mentioned?", ["p4s3"]),
        ("does it mention cyber attacks", ["p2s3"]),
        ("Is the word anachronism in the text?", ["p6s2"]),
        ("is cyber mentioned", ["p2s3"]),
        ("does the text name China?", []),
        ("is France mentioned anywhere", []),
    ],
)
def test_mention(text: str, passages: list[str]) -> None:
    found = mention(text, [DOCUMENT], WORDS)
    assert found is not None
    assert [k.split("/")[1] for k in found] == passages


@pytest.mark.parametrize("text", ["is it mentioned", "does it say anything about the budget", "when did Albania join NATO"])
def test_no_mention(text: str) -> None:
    assert mention(text, [DOCUMENT], WORDS) is None


@pytest.mark.parametrize(
    "text", ["how many times is NATO mentioned", "how often is Albania mentioned", "How many threats are named?"]
)
def test_counting(text: str) -> None:
    assert cues(text, Talk(), [DOCUMENT], WORDS).counts


@pytest.mark.parametrize("text", ["阿尔巴尼亚什么时候加入北约？", "谢谢", "คุณชื่ออะไร", "Когда?", "アルバニア", "알바니아"])
def test_scripts_that_are_not_read(text: str) -> None:
    assert cues(text, Talk(), [DOCUMENT], WORDS).foreign_script


def fits(text: str, passage: str) -> tuple[float, ...]:
    return tuple(vars(Fit(DOCUMENT, WORDS)(text, f"{DOCUMENT.name}/{passage}")).values())


@pytest.mark.parametrize(
    ("text", "passage", "against"),
    [
        ("Where are Albanian soldiers deployed?", "p4s1", (0, 0, 0, 0)),
        ("Where are Russian soldiers deployed?", "p4s1", (1, 0, 0, 0)),
        ("Where are Chinese soldiers deployed?", "p4s1", (0, 1, 0, 0)),
        ("are there albanian soldiers in latvia?", "p4s1", (0, 0, 0, 0)),
        ("are there albanian soldiers in france?", "p4s1", (0, 1, 0, 0)),
        ("Where are Albanian soldiers not deployed?", "p4s1", (0, 0, 0, 1)),
        ("Which countries don't have Albanian soldiers", "p4s1", (0, 0, 0, 1)),
        ("why not?", "p4s1", (0, 0, 0, 0)),
        ("what happened on 1 May 2009", "p1s1", (0, 0, 1, 0)),
        ("what happened on April 1, 2009", "p1s1", (0, 0, 0, 0)),
        ("what happened in April 2010", "p1s1", (0, 0, 1, 0)),
    ],
)
def test_what_speaks_against_a_passage(text: str, passage: str, against: tuple[float, ...]) -> None:
    assert fits(text, passage)[:4] == against


def test_what_a_passage_cannot_tell() -> None:
    assert fits("how many soldiers?", "p4s1")[4:] == (1, 0)
    assert fits("how many years?", "p6s3")[4:] == (0, 0)
    assert fits("since when are they there?", "p4s1")[4:] == (0, 1)
    assert fits("since when are they there?", "p7s2")[4:] == (0, 0)
