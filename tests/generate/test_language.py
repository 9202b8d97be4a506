"""A language is a folder: copied, translated, and a statement in it is read, asked for and spoken of in it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.errors import ROOT
from bot.language import MOVES, READ, SAID, SENTENCES, TELEGRAM, UNDERSTANDING, WEB, load, own
from bot.run.build import environment

SEED = """Porti i Vlorës

Porti i Vlorës u hap më 4 prill 1998 nga z. Berisha. Trageti mban 400 udhëtarë në çdo udhëtim.

Bordi po ndërton një kalatë të re pranë fenerit.
"""
# Run in the copy, as the bot would be.
PROBE = """
import json
from bot.generate.__main__ import main
assert main([]) == 0
from bot.channels.telegram.texts import load_telegram_texts
from bot.channels.gateway import Refused
from bot.channels.web.http import error_words, refusal
from bot.channels.web.pages import Pages, load_assets, load_texts
from bot.read import load_documents
from bot.reply import Library
from bot.understand.cues import cues
from bot.understand.lexicon import lexicon
from bot.understand.talk import Talk
documents = load_documents()
library = Library(documents)
(document,) = documents
keys = [f"{document.name}/{p.id}" for p in document.quotable]
words = lexicon(document.language)
print(json.dumps({
    "sentences": [document.quote(p) for p in document.quotable],
    "titles": [p.title for p in document.quotable],
    "asks": [p.ask for p in document.quotable],
    "greeting": library.small_talk("greet").reply.lead,
    "disclosure": library.disclosure(30),
    "quote": library.answered(keys[:1]).texts,
    "declined": library.declined(library.texts.say("declined"), keys[0], []).texts[0],
    "error": json.loads(refusal(Refused("empty")).body)["message"],
    "refused": error_words("no_message"),
    "commands": Pages(documents, load_texts(), load_assets()).said(document.language),
    "telegram": load_telegram_texts(document.language).said["topics"],
    "place": cues("paragrafi i dytë", Talk(), documents, words).placed,
    "months": words.months["prill"],
}))
"""


def change(path: Path, **more: Any) -> None:
    """Write a file of a language anew with other parts."""
    path.write_text(yaml.safe_dump({**load(path), **more}, allow_unicode=True, sort_keys=False), encoding="utf-8")


def translated(said: Any) -> Any:
    """Return texts that nobody could take for English: each begins with a word of ours, what is filled in stays."""
    if isinstance(said, dict):
        return {key: translated(text) for key, text in said.items()}
    return [translated(text) for text in said] if isinstance(said, list) else f"Shqip: {said}"


@pytest.fixture(scope="module")
def spoken(slow: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What comes of a statement in Albanian in a copy of the project that has English and this language alone."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("actions", "bot", "data/bank", "data/language"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    shutil.rmtree(copy / "data" / "language" / "sq")
    english, folder = copy / "data" / "language" / "en", copy / "data" / "language" / "sq"
    shutil.copytree(english, folder)
    said, read, lexicon = load(folder / SAID), load(folder / READ), load(folder / UNDERSTANDING)
    change(
        folder / SAID,
        language="sq",
        phrases=translated(said["phrases"]),
        small_talk=translated(said["small_talk"]),
        disclosure=translated(said["disclosure"]),
    )
    change(
        folder / READ,
        questions={"patterns": {**read["questions"]["patterns"], "keywords": ["Çfarë thuhet për “{words}”?"]}},
    )
    change(folder / SENTENCES, titles=["z"])
    months = ["janar", "shkurt", "mars", "prill", "maj", "qershor", "korrik", "gusht", "shtator", "tetor", "nëntor", "dhjetor"]
    change(
        folder / UNDERSTANDING,
        months=months,
        months_short=[m[:3] for m in months],
        ordinals=[["i parë"], ["i dytë"]],
        places={**lexicon["places"], "paragraph": ["paragrafi"]},
    )
    change(folder / WEB, said={"restart": "Fillo nga e para"}, errors=translated(load(folder / WEB)["errors"]))
    change(folder / TELEGRAM, said={"topics": "Çfarë mund të pyes?"})
    (folder / MOVES).write_text("moves:\n- intent: greet\n  examples: |\n    - përshëndetje\n", encoding="utf-8")
    (copy / "seeds").mkdir()
    (copy / "seeds" / "porti.txt").write_text(SEED, encoding="utf-8")
    (copy / "seeds" / "porti.yml").write_text("language: sq\ntitle: Porti i Vlorës\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=copy, env=environment(), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    # English moves are not learnt where no statement is in English.
    assert load(copy / "domain.yml")["intents"] == ["question", "greet"]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_sentences_end_where_the_language_ends_them(spoken: dict[str, Any]) -> None:
    assert spoken["sentences"][0] == "Porti i Vlorës u hap më 4 prill 1998 nga z. Berisha."
    assert len(spoken["sentences"]) == 3


def test_titles_and_questions_come_in_the_language(spoken: dict[str, Any]) -> None:
    assert spoken["titles"][1].startswith("Trageti mban")
    assert all(ask.startswith("Çfarë thuhet për “") for ask in spoken["asks"])
    assert len(set(spoken["asks"])) == 3


@pytest.mark.parametrize("what", ["greeting", "disclosure", "declined", "error", "refused"])
def test_everything_that_is_said_comes_in_the_language(spoken: dict[str, Any], what: str) -> None:
    assert spoken[what].startswith("Shqip: ")
    assert "Porti i Vlorës" in spoken[what] or what not in ("greeting", "disclosure")


def test_quotes_and_commands_come_in_the_language(spoken: dict[str, Any]) -> None:
    assert spoken["quote"][0].count("Shqip: ") == 2
    assert spoken["asks"][0] in spoken["greeting"]
    # What a folder leaves out of these is English.
    assert spoken["commands"] == {"restart": "Fillo nga e para", "topics": "What can I ask?"}
    assert spoken["telegram"] == "Çfarë mund të pyes?"


def test_messages_are_read_by_the_words_of_the_language(spoken: dict[str, Any]) -> None:
    assert spoken["place"] == ["porti/p2s1"]
    assert spoken["months"] == "prill"


@pytest.mark.parametrize("loader", [SAID, TELEGRAM, WEB, READ, UNDERSTANDING])
def test_the_default_language_has_every_file(loader: str) -> None:
    assert load(own("en", loader))


def test_no_other_module_knows_where_a_language_lies() -> None:
    """`bot/language.py` alone, and the build, which names what is learnt from."""
    found = set()
    for path in (p for f in ("bot", "actions") for p in (ROOT / f).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "data/language" in text or '"language" /' in text:
            found.add(str(path.relative_to(ROOT)))
    assert found <= {"bot/language.py", "bot/run/build.py", "bot/generate/compose.py"}
