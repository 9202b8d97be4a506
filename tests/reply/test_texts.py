"""Every phrase can be said: its braces are filled, in every language that has a file."""

import re
import string
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot.errors import ROOT, InputError
from bot.language import SAID, languages, load, own
from bot.read.document import Document, Passage, load_documents
from bot.reply import Library, Option
from bot.texts import load_texts

# Files of a channel are tested there.
SPOKEN = languages(SAID)
WORDS = {
    "quote": {"quote"},
    "where": {"paragraph", "sentence", "statement", "byline"},
    "too_long": {"characters"},
    "partly_lead": {"part"},
    "no_such_place": {"paragraphs"},
    "overview": {"title", "byline", "paragraphs", "sentences", "language"},
    "overview_paragraph": {"paragraph", "titles"},
}
ALWAYS = {"title", "issuer", "date", "byline"}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", SPOKEN)
def test_phrases_ask_only_for_words_that_they_get(language: str) -> None:
    texts = load_texts(language)
    for key, phrase in texts.phrases.items():
        for variant in phrase if isinstance(phrase, list) else [phrase]:
            assert variant.strip(), key
            assert fields(variant) <= WORDS.get(key, ALWAYS), key
    assert fields(texts.disclosure) == {"title", "byline", "retention_days"}
    for intent, variants in texts.small_talk.items():
        assert variants, intent
        assert all(v.strip() and fields(v) <= ALWAYS | {"example"} for v in variants), intent
    for relative in texts.relative_dates:
        assert fields(relative.note) <= {"match", "date", "year", *relative.pattern.groupindex}, relative.note


@pytest.mark.parametrize("language", SPOKEN)
def test_every_phrase_that_the_code_says_is_there(language: str) -> None:
    code = "".join(p.read_text(encoding="utf-8") for folder in ("actions", "bot/reply") for p in (ROOT / folder).glob("*.py"))
    said = {key for key in load_texts("en").phrases if f'"{key}"' in code}
    assert {"declined", "clarify", "error", "topics", "nearest_lead"} <= said <= set(load_texts(language).phrases)


def test_variants_take_turns() -> None:
    texts = load_texts("en")
    count = len(texts.phrases["declined"])
    assert len({texts.say("declined", turn) for turn in range(count)}) == count
    assert texts.say("declined", count) == texts.say("declined", 0)


def test_a_language_without_a_file_gets_the_default() -> None:
    assert load_texts("xx").phrases == load_texts("en").phrases


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda raw: raw.pop("phrases"), "phrases"),
        (lambda raw: raw["relative_dates"].append({"pattern": "(", "note": "n"}), "regular expression"),
        (lambda raw: raw.update(relative_dates=3), "lacks"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, spoil: object, says: str) -> None:
    raw = load(own("en", SAID))
    spoil(raw)  # type: ignore[operator]
    own("en", SAID, tmp_path).parent.mkdir()
    own("en", SAID, tmp_path).write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(InputError, match=rf"en/said\.yml.*{says}"):
        load_texts("en", tmp_path)


@pytest.mark.parametrize(
    ("quote", "notes"),
    [
        ("It joined 13 years ago.", 1),
        ("It joined 13 YEARS AGO, and this year it helps.", 2),
        ("It happened in these 73 years.", 1),
        ("It joined in 2009.", 0),
        ("Todayish is no word.", 0),
    ],
)
def test_relative_dates_are_noted(quote: str, notes: int) -> None:
    document = load_documents()[0]
    found = load_texts("en").date_notes(quote, document)
    assert len(found) == notes
    assert all("2022" in n and not re.search(r"[{}]", n) for n in found)
    assert load_texts("en").date_notes(quote, replace(document, date="", date_text="")) == []


def test_every_passage_with_a_relative_date_is_noted() -> None:
    library = Library(load_documents())
    noted = [p.id for p in library.first.quotable if library.answered([f"{library.first.name}/{p.id}"]).reply.notes]
    assert noted == ["p1s1", "p1s2", "p2s2", "p3s1", "p3s3", "p4s1", "p6s3"]


def tiny(date: str) -> Document:
    passages = (Passage("p1s1", 1, 1, 0, 9, intent="ask_one", title="One", ask="One?"), Passage("p1s2", 1, 2, 10, 15, "fragment"))
    return Document("tiny", "All fine. Both", "A title", "An issuer", "en", date, date, passages)


@pytest.mark.parametrize(("date", "shown"), [("2022", "An issuer, 2022"), ("", "An issuer")])
def test_a_quote_says_where_it_stands(date: str, shown: str) -> None:
    said = Library([tiny(date)]).answered(["tiny/p1s1"])
    assert said.texts == (f"“All fine.”\n— paragraph 1, sentence 1 · {shown}",)


def test_a_fragment_can_be_neither_quoted_nor_offered() -> None:
    library = Library([tiny("2022")])
    assert library.get("tiny/p1s2") is None
    assert library.options(["tiny/p1s2", "tiny/p1s1", "tiny/p1s1", "no/where"]) == (Option("tiny/p1s1", "One", "One?"),)


@pytest.mark.parametrize("date", ["2022", ""])
@pytest.mark.parametrize("key", ["tiny/p1s1", None])
def test_a_source_reads_well_with_and_without_a_date(date: str, key: str | None) -> None:
    library = Library([tiny(date)])
    for said in (library.source(key).reply.lead, library.disclosure(30)):
        assert "An issuer" in said
        assert (date in said) and not re.search(r"[,(] ?[:.,)]|  ", said), said
