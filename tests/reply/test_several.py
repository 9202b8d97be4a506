"""With several statements the bot says so, and every quote names its own; which file comes first decides nothing."""

from __future__ import annotations

import re

import pytest

from bot.channels.telegram.render import Reader, plain_text, render_reply
from bot.channels.telegram.texts import load_telegram_texts
from bot.channels.web.channel import suggestions
from bot.read.document import Document, Passage
from bot.reply import Library
from bot.understand.cues import cues
from bot.understand.lexicon import lexicon
from bot.understand.talk import Talk


def statement(name: str, title: str, issuer: str = "The council") -> Document:
    text = "All is fine.\nIt was built this year."
    passages = (
        Passage("p1s1", 1, 1, 0, 12, intent=f"ask_{name}_1", title=f"One of {name}", ask=f"What is fine in {name}?"),
        Passage("p2s1", 2, 1, 13, 36, intent=f"ask_{name}_2", title=f"Two of {name}", ask=f"When was {name} built?"),
    )
    return Document(name, text, title, issuer, "en", "2021", "2021", passages)


BRIDGE, FERRY = statement("bridge", "The bridge"), statement("ferry", "The ferry")
ONE, BOTH = Library([BRIDGE]), Library([BRIDGE, FERRY])


@pytest.mark.parametrize("key", ["declined_off_topic", "source_general"])
def test_all_statements_are_named_where_none_is_meant(key: str) -> None:
    said = BOTH.say("declined", key).reply
    assert "2 statements" in said.lead
    assert "“The bridge” and “The ferry”" in said.lead
    assert said.source is None


def test_greeting_and_disclosure_say_how_many_there_are() -> None:
    for said in (BOTH.small_talk("greet").reply.lead, BOTH.disclosure(30), BOTH.source(None).reply.lead):
        assert "2 statements" in said
        assert "“The bridge” and “The ferry”" in said
    assert "one statement" in ONE.disclosure(30)


def test_nothing_that_is_said_of_several_speaks_of_one() -> None:
    both = [BOTH.small_talk(move).reply.lead for move in BOTH.texts.small_talk] + [BOTH.disclosure(30)]
    assert [text for text in both if re.search(r"\b(?:one|the|official) statement\b(?!s)", text)] == []
    assert [text for text in both if re.search(r"[{}\[\]]", text)] == []


@pytest.mark.parametrize("document", [BRIDGE, FERRY])
def test_every_quote_names_its_statement(document: Document) -> None:
    key = f"{document.name}/p1s1"
    said = BOTH.answered([key])
    assert f"paragraph 1, sentence 1 of “{document.title}”" in said.texts[0]
    assert said.reply.source is not None
    assert said.reply.source.document == document.name
    assert f"of “{document.title}”" not in Library([document]).answered([key]).texts[0]
    titles = {d.name: d.title for d in BOTH.documents}
    sent = render_reply(said.reply, load_telegram_texts(), lambda option, question: "q:1", Reader(titles=titles))
    assert f"{document.title} · Paragraph 1" in plain_text(sent[0]["text"])


def test_offers_take_the_statements_in_turn() -> None:
    assert BOTH.topics() == ["bridge/p1s1", "ferry/p1s1", "bridge/p2s1", "ferry/p2s1"]
    assert [o.id for o in suggestions([BRIDGE, FERRY], 3)] == ["bridge/p1s1", "ferry/p1s1", "bridge/p2s1"]
    assert [o.id for o in suggestions([BRIDGE])] == ["bridge/p1s1", "bridge/p2s1"]


def test_an_overview_of_nothing_in_particular_tells_of_all() -> None:
    lead = BOTH.overview().reply.lead
    assert "“The bridge”" in lead
    assert "“The ferry”" in lead
    assert "The bridge" not in BOTH.overview(FERRY).reply.lead


def test_a_place_is_one_of_the_statement_that_is_spoken_of_or_of_any() -> None:
    words, documents = lexicon("en"), BOTH.documents
    assert cues("paragraph 2", Talk(), documents, words).placed == ("bridge/p2s1", "ferry/p2s1")
    assert cues("paragraph 2", Talk(about=("ferry/p1s1",)), documents, words).placed == ("ferry/p2s1",)
    assert cues("what is fine?", Talk(), documents, words).placed is None


def test_an_issuer_that_they_do_not_share_is_not_named() -> None:
    other = Library([BRIDGE, statement("ferry", "The ferry", "The harbour board")])
    assert "The council" in BOTH.small_talk("ask_person").reply.lead
    assert "The council" not in other.small_talk("ask_person").reply.lead
