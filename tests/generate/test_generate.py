"""Generated files: same input, same bytes; nothing half-written; any statement works."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bot.errors import ROOT
from bot.generate.__main__ import main
from bot.generate.compose import compose

Command = Callable[..., subprocess.CompletedProcess[str]]
Snapshot = Callable[[Path], dict[str, bytes]]


def test_committed_files_are_what_the_inputs_give(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err


def test_drift_is_found(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = project / "data" / "generated" / "rules.yml"
    rules.write_text(rules.read_text() + "\n# by hand\n")
    assert main(["--check", "--root", str(project)]) == 1
    assert "rules.yml" in capsys.readouterr().err


@pytest.mark.parametrize("seed", ["0", "1"])
def test_bytes_do_not_depend_on_hashing(command: Command, project: Path, seed: str, snapshot: Snapshot) -> None:
    before = snapshot(project)
    for path in (project / "data" / "generated").iterdir():
        path.unlink()
    command("bot.generate", "--root", str(project), PYTHONHASHSEED=seed).check_returncode()
    assert snapshot(project) == before


def add_moves(project: Path, lines: str) -> None:
    path = project / "data" / "language" / "en" / "moves.yml"
    path.write_text(path.read_text(encoding="utf-8") + lines, encoding="utf-8")


SPOILERS: dict[str, Callable[[Path], object]] = {
    "seed missing": lambda p: (p / "seeds" / "albania_in_nato.txt").unlink(),
    "seed empty": lambda p: (p / "seeds" / "albania_in_nato.txt").write_text(""),
    "seed not UTF-8": lambda p: (p / "seeds" / "albania_in_nato.txt").write_bytes(b"\xff\xfe"),
    "seed CRLF": lambda p: (p / "seeds" / "albania_in_nato.txt").write_bytes(b"One.\r\nTwo.\r\n"),
    "seed 1 MB": lambda p: (p / "seeds" / "albania_in_nato.txt").write_bytes(b"Sentence one. " * 80_000),
    "two seeds of one name": lambda p: (p / "seeds" / "Albania in NATO.txt").write_text("One."),
    "bank broken": lambda p: (p / "data" / "bank" / "albania_in_nato" / "p7s2.yml").write_text("a: ["),
    "bank for an unknown passage": lambda p: (p / "data" / "bank" / "albania_in_nato" / "p9s9.yml").write_text(
        "blocks: [{by: me, questions: [Who?]}]"
    ),
    "text broken": lambda p: (p / "data" / "language" / "en" / "said.yml").write_text("a: ["),
    "move under two labels": lambda p: add_moves(p, "- intent: bye\n  examples: |\n    - Hello!\n"),
    "off topic also in the bank": lambda p: (p / "data" / "bank" / "off_topic.yml").write_text(
        "blocks: [{by: me, questions: [When did Albania join NATO?]}]"
    ),
    "off topic also a move": lambda p: (p / "data" / "bank" / "off_topic.yml").write_text(
        "blocks: [{by: me, questions: [hello]}]"
    ),
    "bank beside its folder": lambda p: (p / "data" / "bank" / "albania_in_nato.yml").write_text("passages: {}"),
    "language unknown": lambda p: (p / "seeds" / "albania_in_nato.yml").write_text("language: qq"),
    "only a heading": lambda p: (p / "seeds" / "albania_in_nato.txt").write_text("Only a heading"),
    "only a fragment": lambda p: (p / "seeds" / "albania_in_nato.txt").write_text("A heading\n\nand then it"),
    "moves broken": lambda p: (p / "data" / "language" / "en" / "moves.yml").write_text("moves: 3"),
}


# What is wrong with these stands in no line.
NO_LINE = {"seed missing", "two seeds of one name"}


@pytest.mark.parametrize("what", SPOILERS)
def test_bad_input_is_said_and_nothing_is_written(
    project: Path, what: str, snapshot: Snapshot, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(project)
    SPOILERS[what](project)
    assert main(["--root", str(project)]) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert said.count("\n") == 2
    assert what in NO_LINE or re.match(r"\S+(?: \S+)*, line \d+: \S", said), said
    assert snapshot(project) == before
    assert not list(project.rglob("*.new"))


def test_every_intent_has_a_rule_and_examples_and_every_action_a_use() -> None:
    files, _ = compose(ROOT)
    loaded = {str(p): yaml.safe_load(t) for p, t in files.items() if p.suffix == ".yml"}
    domain, rules = loaded["domain.yml"], loaded["data/generated/rules.yml"]["rules"]
    ruled = {r["steps"][0]["intent"] for r in rules}
    exemplified = {e["intent"].partition("/")[0] for name, data in loaded.items() if "nlu_" in name for e in data["nlu"]}
    exemplified |= {e["intent"] for e in loaded["data/generated/talk.yml"]["nlu"]}
    assert set(domain["intents"]) == ruled == exemplified
    assert {r["steps"][1]["action"] for r in rules} | {"action_session_start"} == set(domain["actions"])


def test_domain_and_rules_hold_no_words_and_fit_a_page_each() -> None:
    for path in ("domain.yml", "data/generated/rules.yml"):
        text = (ROOT / path).read_text(encoding="utf-8")
        assert text.count("\n") <= 60
        assert "responses" not in text


def test_small_talk_without_words_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_moves(project, "- intent: weather\n  examples: |\n    - nice sunshine\n")
    assert main(["--root", str(project)]) == 1
    assert re.match(r"\S+moves\.yml, line \d+: `weather` is small talk", capsys.readouterr().err)


def test_a_statement_without_a_bank_gets_questions_of_its_own(project: Path) -> None:
    (project / "seeds" / "harbour.txt").write_text(
        "The new harbour\n\nThe city opened the harbour in 1998 because trade had grown. "
        "Anna Berg led the works {in} [Oslo](x).\n"
    )
    files, remarks = compose(project)
    nlu = yaml.safe_load(files[Path("data/generated/nlu_harbour.yml")])["nlu"]
    assert len(nlu) == 2
    questions = nlu[0]["examples"].lower()
    assert "when did the city open the harbour" in questions
    assert "why did the city open" in questions
    assert "](" not in nlu[1]["examples"]
    assert any("no question bank" in r for r in remarks)
    assert all(e["intent"].startswith("question/ask_") for e in nlu)
    document = next(d for d in json.loads(files[Path("data/generated/documents.json")])["documents"] if d["name"] == "harbour")
    text = (project / "seeds" / "harbour.txt").read_text()
    assert [text[p["start"] : p["end"]] for p in document["passages"]][-1] == "Anna Berg led the works {in} [Oslo](x)."
