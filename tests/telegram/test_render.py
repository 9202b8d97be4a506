"""Replies as Telegram messages: what people see, and what the server would refuse."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.telegram.render import MAX_UNITS, Reader, Run, plain_text, render_reply, render_words, split, utf16_units
from bot.channels.telegram.texts import load_telegram_texts, telegram_languages
from tests.telegram.markup import parse_html, units

TEXTS = load_telegram_texts()
QUOTE = "A clear example is Albania’s participation since 2016 in the NATO operation in the Aegean Sea."
CITATION = {"document": "albania_in_nato", "passage": "p7s2", "paragraph": 7, "sentence": 2, "quote": QUOTE}
OPTION = {"id": "albania_in_nato/p7s2", "title": "The Aegean operation", "question": "Since when is Albania there?"}


def custom(**more: Any) -> dict[str, Any]:
    base = {"outcome": "answered", "citations": [], "options": [], "lead": "", "notes": [], "nearest": None, "nearest_lead": ""}
    return {**base, **more}


def render(messages: list[dict[str, Any]], **more: Any) -> list[dict[str, Any]]:
    return render_reply(messages, TEXTS, lambda option, question: "q:1", **more)


def seen(parts: list[dict[str, Any]]) -> str:
    return "\n".join(parse_html(p["text"])[0] for p in parts)


def test_answer_has_quote_place_and_note() -> None:
    (part,) = render([{"text": "plain"}, {"custom": custom(citations=[CITATION], notes=["Said in 2022."])}])
    text, entities = parse_html(part["text"])
    assert text == f"{QUOTE}\nParagraph 7, sentence 2\n\nSaid in 2022."
    assert [e["type"] for e in entities] == ["blockquote", "italic"]
    assert entities[0]["length"] == units(QUOTE)


@pytest.mark.parametrize(
    ("document", "address"),
    [("albania_in_nato", "https://x.org/reader#p7s2"), ("other one", "https://x.org/reader/other%20one#p7s2")],
)
def test_link_names_documents_other_than_the_first(document: str, address: str) -> None:
    citation = {**CITATION, "document": document}
    (part,) = render([{"custom": custom(citations=[citation])}], reader=Reader("https://x.org", "albania_in_nato"))
    links = [e["url"] for e in parse_html(part["text"])[1] if e["type"] == "text_link"]
    assert links == [address]


def test_first_contact_is_said_before_a_doubtful_answer_too() -> None:
    doubtful = custom(outcome="closest", nearest=CITATION, nearest_lead="I am not certain:")
    messages = [
        {"text": "I am a bot."},
        {"text": "I am not certain:"},
        {"text": f"“{QUOTE}”\n— paragraph 7"},
        {"custom": doubtful},
    ]
    assert seen(render(messages)).split("\n\n")[:2] == ["I am a bot.", "I am not certain:"]


def test_first_contact_is_said_before_two_refusals_too() -> None:
    refused = custom(outcome="declined", lead="On “a”: no.\nOn “b”: no.")
    messages = [{"text": "I am a bot."}, {"text": "On “a”: no."}, {"text": "On “b”: no."}, {"custom": refused}]
    assert seen(render(messages)).startswith("I am a bot.")


def test_no_public_address_no_link() -> None:
    assert "<a " not in render([{"custom": custom(citations=[CITATION])}])[0]["text"]


def test_declined_shows_the_nearest_apart_and_leads_to_the_buttons() -> None:
    reply = custom(lead="It does not say that.", nearest=CITATION, nearest_lead="What it does say:", options=[OPTION])
    (part,) = render([{"custom": reply}], options_lead="You could ask:")
    assert seen([part]).split("\n\n") == [
        "It does not say that.",
        "What it does say:",
        f"{QUOTE}\nParagraph 7, sentence 2",
        "You could ask:",
    ]
    assert part["reply_markup"] == {"inline_keyboard": [[{"text": "The Aegean operation", "callback_data": "q:1"}]]}


def test_reply_without_contract_shows_its_texts() -> None:
    assert seen(render([{"text": "One"}, {"text": "Two"}])) == "One\n\nTwo"


def test_nothing_said_renders_nothing() -> None:
    assert render([]) == []
    assert render([{"custom": custom()}], chosen="A question?") == []


def test_what_was_said_before_the_reply_is_kept() -> None:
    messages = [{"text": "I am a bot."}, {"text": f"“{QUOTE}”\n— paragraph 7"}, {"custom": custom(citations=[CITATION])}]
    assert seen(render(messages)).startswith("I am a bot.\n\nA clear example")
    assert seen(render(messages, before="Other words.")).startswith("Other words.\n\nA clear example")


def test_lead_is_not_said_twice() -> None:
    messages = [{"text": "Hello!"}, {"custom": custom(outcome="smalltalk", lead="Hello!")}]
    assert seen(render(messages)) == "Hello!"


def test_chosen_option_is_shown() -> None:
    (part,) = render([{"custom": custom(citations=[CITATION])}], chosen="Since when is <Albania> there?")
    text, entities = parse_html(part["text"])
    assert text.startswith("You asked: Since when is <Albania> there?\n\n")
    assert entities[0]["type"] == "bold"


@pytest.mark.parametrize(
    "nasty", ["<script>alert(1)</script>", "a & b &lt; c", "</blockquote><b>", '"><a href="x">', "&#x3C;b&#x3E;", "<b", "&amp"]
)
def test_everything_is_escaped(nasty: str) -> None:
    citation = {**CITATION, "quote": nasty}
    parts = render([{"custom": custom(lead=nasty, citations=[citation], notes=[nasty])}], chosen=nasty)
    text, entities = parse_html(parts[0]["text"])
    assert text.count(nasty) == 4
    assert [e["type"] for e in entities] == ["bold", "blockquote", "italic"]
    assert plain_text(parts[0]["text"]) == text


def test_address_cannot_break_out_of_its_attribute() -> None:
    (part,) = render(
        [{"custom": custom(citations=[{**CITATION, "passage": '"><b>'}])}], reader=Reader("https://x.org/?a=1&b", "d")
    )
    assert [e["type"] for e in parse_html(part["text"])[1]] == ["blockquote", "text_link"]


@pytest.mark.parametrize("filler", ["word ", "ü", "🙂", "👩‍👩‍👧 ", "a&<", "Sentence. ", "e\u0301"])
@pytest.mark.parametrize("length", [4095, 4096, 4097, 9000])
def test_split_keeps_the_limit_and_every_character(filler: str, length: int) -> None:
    long = (filler * length)[:length].strip()
    parts = render([{"custom": custom(citations=[{**CITATION, "quote": long}], lead="Lead")}])
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
    parts = render([{"custom": custom(lead="word " * 2000, options=[OPTION])}])
    assert len(parts) > 1
    assert ["reply_markup" in p for p in parts] == [False] * (len(parts) - 1) + [True]


def test_long_button_titles_are_clipped_not_their_questions() -> None:
    asked: list[str] = []
    render_reply(
        [{"custom": custom(lead="x", options=[{"id": "a", "title": "t" * 300, "question": "q" * 300}])}],
        TEXTS,
        lambda option, question: asked.append(question) or "q:1",  # type: ignore[func-returns-value]
    )
    assert asked == ["q" * 300]


def test_texts_say_what_code_asks_for() -> None:
    words = {"username": "b", "question": "q", "paragraph": 1, "sentence": 2, "retention_days": 30, "limit": 1, "seconds": 2}
    for language in telegram_languages():
        texts = load_telegram_texts(language)
        assert set(texts.phrases) == set(TEXTS.phrases)
        assert set(texts.said) <= set(texts.commands)
        for key in texts.phrases:
            assert texts.say(key, **words).strip()
            assert render_words(texts.say(key, **words))
