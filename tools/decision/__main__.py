"""Fit `decision.json` and `arrangement.json`: `python -m tools.decision` (or `make decision`), with the trained model at hand.

Weights come from the talks of `data/talks/decide`, the questions in `data/calibration` and made messages for each cue
(`kinds.py`), none of which a reading was taught with; thresholds from the same talks, each author's weighed by what was fitted
to the others. How messages are arranged comes last.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.read.document import load_documents
from bot.understand.decision import Decision
from bot.understand.lessons import Lesson, from_turns
from bot.understand.parts import bare
from bot.understand.talk import Talk
from bot.understand.talks import ANSWERED, DECLINED, TALKS, Right, load_talks
from tools.decision.ablation import ablations
from tools.decision.arrange import arrange
from tools.decision.examples import examples
from tools.decision.kinds import lessons, lists
from tools.decision.thresholds import choose, told
from tools.decision.weights import crossed, nearest, weights
from tools.evaluate.labelled import CALIBRATION, load_labelled


def main() -> None:
    """Fit and save, and print what comes of it."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--talks", type=Path, default=TALKS / "decide")
    arguments.add_argument("--ablations", action="store_true", help="print what each evidence is worth, and change nothing")
    given = arguments.parse_args()
    document = next(d for d in load_documents() if d.banked)
    turns = [t for path in sorted(given.talks.glob("*.jsonl")) for t in load_talks(path, document.name)]
    seen = examples([*from_turns(turns, document), *_alone(document.name)], document.name)
    kinds = lessons(document)
    made = examples(kinds, document.name)
    if given.ablations:
        print(ablations(seen, made))
        return
    thresholds, scores = choose(crossed(seen, made), seen)
    decision = Decision(weights(seen, made), thresholds, nearest(seen, document.name))
    decision.save()
    print(f"fitted on {len(seen)} parts and {len(made)} made ones: {thresholds}")
    print(f"worth of a part, of the answerable, of the others; closest of both: {told(scores)}", flush=True)
    arranger, arranged = arrange(decision, [*turns, *lists(document)], kinds, document.name)
    arranger.save()
    print(arranged)


def _alone(document: str) -> list[Lesson]:
    """Return the labelled questions of `data/calibration`, which stand alone; every second one has one author."""
    found = []
    for number, question in enumerate(load_labelled(CALIBRATION / f"{document}.tsv")):
        kind = {"answerable": ANSWERED, "near_miss": DECLINED}.get(question.kind, question.kind)
        author = f"calibration {number % 2}"
        found.append(Lesson(Talk(), bare(question.text), (Right(kind, question.passages),), author=author))
    return found


if __name__ == "__main__":
    main()
