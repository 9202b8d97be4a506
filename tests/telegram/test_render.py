"""Replies as Telegram messages: what people see, and what the server would refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.channels.telegram.render import MAX_UNITS, Reader, Run, plain_text, render_reply, render_words, split, utf16_units
from bot.channels.telegram.texts import load_telegram_texts, telegram_languages
from bot.reply import Citation, Option, Reply
from tests.telegram.markup import parse_html, units

TEXTS = load_telegram_texts()
QUOTE = "A clear example is Albania’s participation since 2016 in the NATO operation in the Aegean Sea."
CITATION = Citation("albania_in_nato", "p7s2", 7, 2, 4321, 4415, QUOTE)
ANSWER = Reply("answered", (CITATION,))
OPTION = Option("albania_in_nato/p7s2", "The Aegean operation", "Since when is Albania there?")


def render(reply: Reply, **more: Any) -> list[dict[str, Any]]:
    return render_reply(reply, TEXTS, lambda option, question: "q:1", **more)


def seen(parts: list[dict[str, Any]]) -> str:
    return "\n".join(parse_html(p["text"])[0] for p in parts)


def test_answer_has_quote_place_and_note() -> None:
    (part,) = render(replace(ANSWER, notes=("Said in 2022.",)))
    text, entities = parse_html(part["text"])
    assert text == f"{QUOTE}\nParagraph 7, sentence 2\n\nSaid in 2022."
    assert [e["type"] for e in entities] == ["blockquote", "italic"]
    assert entities[0]["length"] == units(QUOTE)


@pytest.mark.parametrize(
    ("document", "address"),
    [("albania_in_nato", "https://x.org/reader#p7s2"), ("other one", "https://x.org/reader/other%20one#p7s2")],
)
def test_link_names_documents_other_than_the_first(document: str, address: str) -> None:
    citation = replace(CITATION, document=document)
    (part,) = render(Reply("answered", (citation,)), reader=Reader("https://x.org", "albania_in_nato"))
    links = [e["url"] for e in parse_html(part["text"])[1] if e["type"] == "text_link"]
    assert links == [address]


@pytest.mark.parametrize(
    "reply",
    [
        ANSWER,
        Reply("closest", nearest=CITATION, nearest_lead="I am not certain:"),
        Reply("declined", lead="On “a”: no.\nOn “b”: no."),
        Reply("smalltalk", lead="I am a bot."),
    ],
)
def test_the_disclosure_is_said_before_every_reply(reply: Reply) -> None:
    later = seen(render(reply))
    assert seen(render(replace(reply, disclosure="I am a bot."))) == f"I am a bot.\n\n{later}"


def test_no_public_address_no_link() -> None:
    assert "<a " not in render(ANSWER)[0]["text"]


def test_declined_shows_the_nearest_apart_and_leads_to_the_buttons() -> None:
    reply = Reply("declined", lead="It does not say that.", nearest=CITATION, nearest_lead="What it does say:", options=(OPTION,))
    (part,) = render(reply, options_lead="You could ask:")
    assert seen([part]).split("\n\n") == [
        "It does not say that.",
        "What it does say:",
        f"{QUOTE}\nParagraph 7, sentence 2",
        "You could ask:",
    ]
    assert part["reply_markup"] == {"inline_keyboard": [[{"text": "The Aegean operation", "callback_data": "q:1"}]]}


def test_nothing_said_renders_nothing() -> None:
    assert render(Reply("answered", disclosure="I am a bot."), chosen="A question?") == []


def test_chosen_option_is_shown() -> None:
    (part,) = render(ANSWER, chosen="Since when is <Albania> there?")
    text, entities = parse_html(part["text"])
    assert text.startswith("You asked: Since when is <Albania> there?\n\n")
    assert entities[0]["type"] == "bold"


@pytest.mark.parametrize(
    "nasty", ["<script>alert(1)</script>", "a & b &lt; c", "</blockquote><b>", '"><a href="x">', "&#x3C;b&#x3E;", "<b", "&amp"]
)
def test_everything_is_escaped(nasty: str) -> None:
    citation = replace(CITATION, quote=nasty)
    parts = render(Reply("answered", (citation,), lead=nasty, notes=(nasty,), disclosure=nasty), chosen=nasty)
    text, entities = parse_html(parts[0]["text"])
    assert text.count(nasty) == 5
    assert [e["type"] for e in entities] == ["bold", "blockquote", "italic"]
    assert plain_text(parts[0]["text"]) == text


def test_address_cannot_break_out_of_its_attribute() -> None:
    reply = Reply("answered", (replace(CITATION, passage='"><b>'),))
    (part,) = render(reply, reader=Reader("https://x.org/?a=1&b", "d"))
    assert [e["type"] for e in parse_html(part["text"])[1]] == ["blockquote", "text_link"]


@pytest.mark.parametrize("filler", ["word ", "ü", "🙂", "👩‍👩‍👧 ", "a&<", "Sentence. ", "e\u0301"])
@pytest.mark.parametrize("length", [4095, 4096, 4097, 9000])
def test_split_keeps_the_limit_and_every_character(filler: str, length: int) -> None:
    long = (filler * length)[:length].strip()
    parts = render(Reply("answered", (replace(CITATION, quote=long),), lead="Lead"))
    whole = ""
    for part in parts:
        text, entities = parse_html(part["text"])
        assert 0 < units(text) <= MAX_UNITS
        raw = text.encode("utf-16-le")
        for e in entities:
            if e["type"] == "blockquote":
                whole += raw[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
    assert "".join(whole.split()) == "".join(long.split())


def test_split_moves_an_entity_rather_than_cutting_it() -> None:
    portions = split([Run("x" * 4000), Run("\n\n"), Run("q" * 200, "blockquote"), Run("\nplace")])
    assert [[r.text for r in p] for p in portions] == [["x" * 4000], ["q" * 200, "\nplace"]]


def test_split_keeps_what_belongs_to_one_character_together() -> None:
    family = "👩‍👩‍👧"
    for portion in split([Run("x" + family * 700)]):
        assert portion[0].text.count("👩") % 2 == 0
        assert utf16_units(portion[0].text) <= MAX_UNITS


def test_buttons_come_with_the_last_part() -> None:
    parts = render(Reply("topics", lead="word " * 2000, options=(OPTION,)))
    assert len(parts) > 1
    assert ["reply_markup" in p for p in parts] == [False] * (len(parts) - 1) + [True]


def test_long_button_titles_are_clipped_not_their_questions() -> None:
    asked: list[str] = []
    render_reply(
        Reply("topics", lead="x", options=(Option("a", "t" * 300, "q" * 300),)),
        TEXTS,
        lambda option, question: asked.append(question) or "q:1",  # type: ignore[func-returns-value]
    )
    assert asked == ["q" * 300]


def test_texts_say_what_code_asks_for() -> None:
    words = {"username": "b", "question": "q", "paragraph": 1, "sentence": 2, "retention_days": 30, "limit": 1, "seconds": 2}
    for language in telegram_languages():
        texts = load_telegram_texts(language)
        assert set(texts.phrases) == set(TEXTS.phrases)
        # Two that people try with any bot are understood without standing in the menu.
        assert set(texts.said) - {"stop", "cancel"} <= set(texts.commands)
        for key in texts.phrases:
            assert texts.say(key, **words).strip()
            assert render_words(texts.say(key, **words))
