"""`python -m tools.evaluate`: the scoreboard on held-out questions, printed and saved."""

from __future__ import annotations

import argparse
import random
import re
import sys
from pathlib import Path

import numpy as np

from bot.errors import ROOT, InputError
from bot.read.document import load_documents
from bot.run.build import RunError, update
from bot.run.process import BotProcess, free_port
from bot.understand.listener import Listener
from bot.understand.talks import load_talks
from tools.evaluate import talks
from tools.evaluate.conversations import figures, hold
from tools.evaluate.labelled import CALIBRATION, LabelledQuestion, load_labelled
from tools.evaluate.measure import Score, measure
from tools.evaluate.model import load_listener
from tools.evaluate.report import outcomes, picture, table
from tools.evaluate.systems import Ours, StockRasa, System, retrievers, stock_pipelines
from tools.evaluate.variants import AfterAnotherTurn, noisy

HELD_OUT = ROOT / "tests" / "held_out"
CONVERSATIONS = ROOT / "tests" / "conversations"
STRANGERS = ROOT / "tests" / "strangers"
DOCS = ROOT / "docs"
PARTS = ("peers", "questions", "conversations", "strangers")


def main(arguments: list[str] | None = None) -> int:
    """Run the evaluation; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.evaluate", description=__doc__)
    parser.add_argument(
        "--skip",
        nargs="*",
        default=[],
        choices=PARTS,
        help="parts to leave out; with all of them it takes about an hour",
    )
    parser.add_argument("--peer-epochs", type=int, default=100, help="of stock Rasa's DIET (default 100, as `rasa init` has it)")
    parser.add_argument("--selector-epochs", type=int, default=100, help="the same, of its ResponseSelector's pipeline")
    parser.add_argument("--held-out", type=Path, default=HELD_OUT, help="folder of labelled questions (*.tsv)")
    parser.add_argument("--talks", type=Path, default=STRANGERS, help="folder of labelled talks (*.jsonl)")
    parser.add_argument("--save", action="store_true", help="write docs/scoreboard.md, its picture and the table of the README")
    options = parser.parse_args(arguments)
    try:
        update()
        _evaluate(options)
    except (InputError, RunError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _evaluate(options: argparse.Namespace) -> None:
    document = load_documents()[0]
    listener = load_listener()
    if "strangers" not in options.skip:
        strangers = _strangers(listener, options.talks, document.name)
        print(f"\n{strangers}\n", flush=True)
    else:
        strangers = ""
    if "questions" in options.skip:
        return
    questions = [q for path in sorted(options.held_out.glob("*.tsv")) for q in load_labelled(path)]
    if not questions:
        raise InputError(options.held_out, "holds no *.tsv with labelled questions.")
    ours = Ours(listener)
    systems: list[System] = [ours, *(r.fit(load_labelled(CALIBRATION / f"{document.name}.tsv")) for r in retrievers(document))]
    print(f"\n{len(questions)} held-out questions: {_counts(questions)}\n")
    ours.verdict("warm up")
    scores = [_measured(system, questions) for system in systems]
    parts = [strangers] if strangers else []
    parts.append(f"Right sentence, counting only the best one: {scores[0].figures['right sentence, best only'][0]:.3f}.")
    parts.append(
        "Each author alone\n\n"
        + table([_renamed(measure(ours, load_labelled(p)), p.stem) for p in sorted(options.held_out.glob("*.tsv"))])
    )
    others: list[System] = [AfterAnotherTurn(listener, [q.text for q in questions], random.Random(0)), *noisy(listener)]
    parts.append("The same questions, disturbed\n\n" + table([_measured(s, questions) for s in others]))
    if "conversations" not in options.skip:
        parts.append("Conversations, held with the running bot\n\n" + _conversations())
    if "peers" not in options.skip:
        # Last, as they take longest unless they were trained before; what is measured so far is shown first.
        print("\n" + "\n\n".join([table(scores), *parts]) + "\n", flush=True)
        for name, (pipeline, retrieval) in stock_pipelines(options.peer_epochs, options.selector_epochs).items():
            scores.append(_measured(StockRasa(name, pipeline, [document], retrieval), questions))
    board = table(scores)
    parts[:0] = [f"{len(questions)} held-out questions: {_counts(questions)}. In brackets 95 % bootstrap intervals.", board]
    text = "\n\n".join(parts)
    print(f"\n{text}\n")
    if options.save:
        at = listener.decision.thresholds.answer if listener.decision else 0.5
        _save(text, board, scores[0], questions, at)


def _strangers(listener: Listener, folder: Path, document: str) -> str:
    """Read the talks of a folder and tell what came of them, by author; draws the confusion matrix of outcomes."""
    judged = {
        path.stem: [talks.judge(t, listener(t.message, t.talk), document) for t in load_talks(path, document)]
        for path in sorted(folder.glob("*.jsonl"))
    }
    if not judged:
        raise InputError(folder, "holds no *.jsonl with labelled talks.")
    everything = [j for one in judged.values() for j in one]
    rows = {**judged, "all": everything}
    names = list(talks.figures(everything))
    lines = ["| | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    for name, one in rows.items():
        cells = [f"{v:.0f}" if k == "turns" else f"{v:.3f}" for k, v in talks.figures(one).items()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    outcomes(talks.table(everything), DOCS / "strangers.png")
    return "Talks of strangers, each turn in the talk as it was\n\n" + "\n".join(lines)


def _measured(system: System, questions: list[LabelledQuestion]) -> Score:
    score = measure(system, questions)
    print(f"measured {system.name}", flush=True)
    return score


def _conversations() -> str:
    lines = ["| | turns | right | follow-ups | right |", "| --- | --- | --- | --- | --- |"]
    with BotProcess(free_port(), TRACKER_DB="var/evaluate/tracker.db") as unit:
        unit.start()
        for path in sorted(CONVERSATIONS.glob("*.yml")):
            got = figures(list(hold(path, unit.ask)))
            lines.append(f"| {path.stem} | " + " | ".join(f"{v:.0f}" if v > 1 else f"{v:.3f}" for v in got.values()) + " |")
    return "\n".join(lines)


def _save(text: str, board: str, score: Score, questions: list[LabelledQuestion], threshold: float) -> None:
    DOCS.mkdir(exist_ok=True)
    picture(score, questions, load_documents()[0], threshold, DOCS / "scoreboard.png")
    note = "Written by `make evaluate`.\n\n![Confusion and threshold](scoreboard.png)"
    (DOCS / "scoreboard.md").write_text(f"# Scoreboard\n\n{note}\n\n{text}\n", encoding="utf-8")
    readme = ROOT / "README.md"
    marked = re.sub(
        r"(<!-- scoreboard -->\n).*?(<!-- /scoreboard -->)",
        lambda m: f"{m.group(1)}{board}\n{m.group(2)}",
        readme.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    readme.write_text(marked, encoding="utf-8")
    print("saved docs/scoreboard.md, docs/scoreboard.png and the table of README.md")


def _renamed(score: Score, name: str) -> Score:
    return Score(name, score.figures, score.auroc, score.milliseconds, score.verdicts)


def _counts(questions: list[LabelledQuestion]) -> str:
    kinds, counts = np.unique([q.kind for q in questions], return_counts=True)
    return ", ".join(f"{c} {k.replace('_', ' ')}" for k, c in zip(kinds, counts))


if __name__ == "__main__":
    sys.exit(main())
