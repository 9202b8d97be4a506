"""Whatever a statement's text holds, Rasa loads what is generated and says the quote as it stands."""

import shutil
from pathlib import Path

import pytest
import yaml
from rasa.shared.nlu.training_data.loading import load_data

from bot.generate.__main__ import main
from bot.read.document import Document, load_documents
from bot.reply import Library, Reply

AWKWARD = [
    "The law {last_passage} names {} and {0} things.",
    "One brace { stands alone here.",
    "One brace } closes nothing at all.",
    "Double {{braces}} and 0[ were used by the Ministry.",
    'The city [Tirana](city) and [Durrës]{"entity": "city"} were rebuilt.',
    "- A dash, `code`, **bold**, # hash: and a colon opened it.",
    "They wrote “quoted”, 'single', \"double\" and a \\n backslash.",
    "Përshëndetje nga 🇦🇱 and the ½ share was agreed.",
    "A no-break\u00a0space and a line\u2028separator stood between.",
    "%s, $HOME, &amp; and <b>tags</b> were printed.",
    "/restart was what the Minister typed.",
    "yes: no.",
]


def generated(project: Path, text: str, name: str = "odd") -> Document:
    for folder in (project / "seeds", project / "data" / "bank"):
        shutil.rmtree(folder)
        folder.mkdir()
    (project / "seeds" / f"{name}.txt").write_text(f"{text}\n\nThe Minister agreed with all of it.\n", encoding="utf-8")
    assert main(["--root", str(project)]) == 0
    return load_documents(project / "data" / "generated" / "documents.json")[0]


@pytest.mark.parametrize("sentence", AWKWARD)
def test_the_quote_is_said_as_it_stands(project: Path, sentence: str) -> None:
    document = generated(project, sentence)
    said = Library([document]).answered([f"odd/{document.quotable[0].id}"])
    assert said.reply.citations[0].quote == sentence
    assert said.texts[0].startswith(f"“{sentence}”\n")


@pytest.mark.parametrize("sentence", AWKWARD)
def test_rasa_reads_the_examples_without_entities(project: Path, sentence: str) -> None:
    document = generated(project, sentence)
    data = load_data(str(project / "data" / "generated" / "nlu_odd.yml"))
    assert {m.get("intent_response_key") for m in data.intent_examples} == {f"question/{p.intent}" for p in document.quotable}
    assert not data.entities
    assert all(m.get("text").strip() for m in data.intent_examples)


@pytest.mark.parametrize("title", ["The {city} {", "A [b](c): d"])
def test_small_talk_keeps_the_braces_of_a_title(project: Path, title: str) -> None:
    (project / "seeds" / "albania_in_nato.yml").write_text(yaml.safe_dump({"title": title}))
    assert main(["--root", str(project)]) == 0
    said = Library(load_documents(project / "data" / "generated" / "documents.json")).small_talk("greet")
    assert title in said.texts[0]
    assert said.reply == Reply("smalltalk", lead=said.texts[0])


def test_two_seeds_share_nothing_but_the_moves(project: Path) -> None:
    text = (project / "seeds" / "albania_in_nato.txt").read_text(encoding="utf-8")
    (project / "seeds" / "copy.txt").write_text(text, encoding="utf-8")
    assert main(["--root", str(project)]) == 0
    documents = load_documents(project / "data" / "generated" / "documents.json")
    assert [(d.name, d.banked) for d in documents] == [("albania_in_nato", True), ("copy", False)]
    intents = [p.intent for d in documents for p in d.quotable]
    assert len(intents) == len(set(intents)) == 44
    assert main(["--check", "--root", str(project)]) == 0


def test_a_second_statement_may_have_a_bank(project: Path) -> None:
    (project / "seeds" / "harbour.txt").write_text("The city opened the harbour in 1998.\n")
    bank = project / "data" / "bank" / "harbour"
    bank.mkdir()
    (bank / "p1s1.yml").write_text("name: opening\nblocks:\n- by: me\n  questions: [Since when is there a harbour?]\n")
    assert main(["--root", str(project)]) == 0
    documents = load_documents(project / "data" / "generated" / "documents.json")
    assert [(d.name, d.banked) for d in documents] == [("albania_in_nato", True), ("harbour", True)]
    (passage,) = documents[1].quotable
    assert (passage.intent, passage.ask) == ("ask_opening", "Since when is there a harbour?")


def test_a_seed_taken_out_takes_its_files_along(project: Path) -> None:
    (project / "seeds" / "copy.txt").write_text("The city opened the harbour in 1998.\n")
    assert main(["--root", str(project)]) == 0
    assert (project / "data" / "generated" / "nlu_copy.yml").is_file()
    (project / "seeds" / "copy.txt").unlink()
    assert main(["--check", "--root", str(project)]) == 1
    assert main(["--root", str(project)]) == 0
    assert not (project / "data" / "generated" / "nlu_copy.yml").exists()
