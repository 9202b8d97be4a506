"""The contract is read as it was written, refuses what it does not have, and its readers in other languages agree."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

from actions.memory import after
from bot.channels.collector import Collector
from bot.errors import ROOT
from bot.read.document import load_documents
from bot.reply import Citation, Library, Option, Part, PartReply, Reply, Source
from bot.reply.contract import Outcome
from bot.reply.written import TYPES, json_schema, written
from bot.understand.talk import Talk

LIBRARY = Library(load_documents())
KEYS = [f"{LIBRARY.first.name}/{p.id}" for p in LIBRARY.first.quotable]
CITATION = Citation("d", "p7s2", 7, 2, 0, 5, "quote")
FULL = Reply(
    "answered",
    (CITATION,),
    (Part("a?", "answered", (CITATION,)), Part("b?", "declined", (), CITATION)),
    (Option("d/p1s1", "title", "question?"),),
    "lead",
    ("note",),
    CITATION,
    "nearest lead",
    Source("d", "title", "issuer", "date"),
    "I am a bot.",
)
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


@pytest.mark.parametrize("reply", [FULL, *(Reply(o) for o in get_args(Outcome))])
def test_a_reply_goes_through_json_and_comes_back(reply: Reply) -> None:
    data = json.loads(json.dumps(reply.as_json()))
    assert data == reply.as_json(), "plain JSON data: lists, no tuples"
    assert list(data) == [f.name for f in fields(Reply)]
    assert Reply.from_json(data) == reply
    VALIDATOR.validate(data)


def test_what_older_versions_stored_is_read() -> None:
    assert Reply.from_json({"outcome": "smalltalk", "lead": "Hello!", "parts": []}) == Reply("smalltalk", lead="Hello!")


@pytest.mark.parametrize(
    ("spoilt", "names"),
    [
        ({"outcome": "perhaps"}, "Reply.outcome"),
        ({"outcome": ["answered"]}, "Reply.outcome"),
        ({"surprise": 1}, "Reply: .*surprise"),
        ({"lead": None}, "Reply.lead"),
        ({"lead": 1}, "Reply.lead"),
        ({"citations": None}, "Reply.citations"),
        ({"citations": ["p1s1"]}, r"Reply.citations\[0\]"),
        ({"citations": [{"document": "d"}]}, r"Reply.citations\[0\]: .*passage"),
        ({"nearest": {**CITATION.as_json(), "start": True}}, "Reply.nearest.start"),
        ({"parts": [{"text": "a?", "outcome": "topics"}]}, r"Reply.parts\[0\].outcome"),
        ({"notes": "one"}, "Reply.notes"),
        ({"source": {}}, "Reply.source: .*document, issuer"),
    ],
)
def test_what_is_no_reply_is_refused_by_name(spoilt: dict[str, Any], names: str) -> None:
    with pytest.raises(ValueError, match=names):
        Reply.from_json({**FULL.as_json(), **spoilt})
    assert not VALIDATOR.is_valid({**FULL.as_json(), **spoilt})


@pytest.mark.parametrize("data", [{}, [], None, "answered"])
def test_what_is_no_object_with_an_outcome_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match="Reply"):
        Reply.from_json(data)


def test_what_is_written_from_the_contract_is_up_to_date() -> None:
    for path, text in written().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale; run `python -m bot.reply` and commit it."


def test_the_widget_declares_no_type_of_the_contract_by_itself() -> None:
    declared = set(re.findall(r"export interface (\w+)", TYPES.read_text(encoding="utf-8")))
    assert declared == {"Citation", "Option", "Source", "Part", "Reply"}
    for path in TYPES.parent.glob("*.ts"):
        source = path.read_text(encoding="utf-8")
        assert path == TYPES or not declared & set(re.findall(r"(?:interface|type) (\w+)\s*[{=]", source)), path.name
        imports = re.findall(r"import type {([^}]*)} from '(?!\./reply')[^']*'", source)
        assert not declared & {n.strip() for names in imports for n in names.split(",")}, f"{path.name} takes them elsewhere"


def test_all_small_talk_has_the_whole_contract() -> None:
    assert LIBRARY.texts.small_talk
    for move in LIBRARY.texts.small_talk:
        said = LIBRARY.small_talk(move)
        assert said.reply == Reply("smalltalk", lead=said.texts[0])


def test_the_page_shows_an_example_of_each_outcome() -> None:
    page = Path(ROOT / "docs" / "reply.md").read_text(encoding="utf-8")
    shown = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]
    replies = [Reply.from_json(data) for data in shown]
    assert {r.outcome for r in replies} == set(get_args(Outcome))
    for data, reply in zip(shown, replies):
        assert data == reply.as_json(), f"the example of {reply.outcome} lacks a key"
        cited = [*reply.citations, *(c for p in reply.parts for c in p.citations), *filter(None, [reply.nearest])]
        for c in cited:
            document, passage = LIBRARY.get(c.key) or pytest.fail(c.key)
            assert c == Citation.of(document, passage)
        for option in reply.options:
            assert option == Option.of(*(LIBRARY.get(option.id) or pytest.fail(option.id)))
        assert reply.source in (None, Source.of(LIBRARY.first))


def test_texts_for_plain_channels_and_the_contract_say_the_same() -> None:
    parts = [PartReply("a?", "answered", (KEYS[0],)), PartReply("b?", "declined"), PartReply("c?", "closest", (), KEYS[3])]
    said = LIBRARY.parts(parts, "Lead.", KEYS[5:7])
    reply, texts = said.reply, said.texts
    assert (reply.outcome, [p.outcome for p in reply.parts]) == ("answered", ["answered", "declined", "closest"])
    assert reply.lead.split("\n") == [t for t in texts if t == "Lead." or "“b?”" in t or "“c?”" in t]
    assert reply.nearest and reply.nearest.key == KEYS[3] and reply.nearest_lead in texts
    assert [o.id for o in reply.options] == KEYS[5:7]
    assert texts[-len(reply.notes) :] == reply.notes
    assert reply.source == Source.of(LIBRARY.first)


@pytest.mark.parametrize("other", ["answered", "closest", "declined"])
def test_plain_channels_get_no_quote_twice(other: Any) -> None:
    quoted = (KEYS[3],) if other == "answered" else ()
    beside = PartReply("b?", other, quoted, "" if quoted else KEYS[3])
    for parts in ([PartReply("a?", "declined", (), KEYS[3]), beside], [beside, PartReply("a?", "declined", (), KEYS[3])]):
        texts = LIBRARY.parts(parts).texts
        assert texts.count(LIBRARY.quoted(*LIBRARY.get(KEYS[3]) or pytest.fail(KEYS[3]))) == 1
        assert sum("“a?”" in t for t in texts) == 1


def test_a_reply_is_remembered_by_its_keys() -> None:
    talk = after(Talk(), "a?", replace(FULL, outcome="declined", citations=()))
    assert (talk.asked, talk.outcome, talk.nearest, talk.offered) == ("a?", "declined", "d/p7s2", ("d/p1s1",))
    assert after(Talk(), "a?", FULL).given == ("d/p7s2",)


def collected(*messages: dict[str, Any]) -> Collector:
    async def send(collector: Collector) -> None:
        for message in messages:
            await collector.send_response("someone", dict(message))

    collector = Collector()
    asyncio.run(send(collector))
    return collector


def test_the_disclosure_becomes_part_of_the_reply_that_follows() -> None:
    collector = collected({"text": "I am a bot.", "disclosure": True}, {"text": "Hello!", "custom": {"outcome": "smalltalk"}})
    assert [m["text"] for m in collector.messages[:2]] == ["I am a bot.", "Hello!"], "plain channels show it as before"
    assert collector.messages[2]["custom"] == Reply("smalltalk", disclosure="I am a bot.").as_json()
    assert collector.reply() == Reply("smalltalk", disclosure="I am a bot.")


def test_a_text_that_only_reads_like_the_disclosure_is_none() -> None:
    assert collected({"text": "I am a bot."}, {"custom": {"outcome": "error"}}).reply() == Reply("error")


def test_without_a_contract_the_texts_are_the_reply() -> None:
    assert collected({"text": "One"}, {"text": "Two"}).reply() == Reply("error", lead="One\n\nTwo")
    assert collected().reply() is None
