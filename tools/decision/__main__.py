"""Fit `decision.json` and `arrangement.json`: `python -m tools.decision` (or `make decision`), with the trained model at hand.

Weights from the talks of `data/talks/tune` and from made messages for each cue (`kinds.py`), thresholds from the talks of
`data/talks/calibrate`; half of the questions in `data/calibration` go to each. How messages are arranged comes last, from the
talks of both. No reading was taught with any of them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.evaluate.labelled import CALIBRATION, load_labelled
from bot.evaluate.model import load_listener
from bot.read.document import load_documents
from bot.understand.decision import Decision, Thresholds, fit
from bot.understand.lessons import Lesson, from_turns
from bot.understand.listener import Listener
from bot.understand.parts import bare
from bot.understand.talk import Talk
from bot.understand.talks import ANSWERED, DECLINED, TALKS, Right, Turn, load_talks
from tools.decision.ablation import ablations
from tools.decision.arrange import arrange
from tools.decision.examples import Example, examples
from tools.decision.kinds import lessons
from tools.decision.thresholds import choose

# A made message stands for a whole kind.
_MADE = 3.0


def main() -> None:
    """Fit and save, and print what comes of it."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--talks", type=Path, default=TALKS)
    arguments.add_argument("--ablations", action="store_true", help="print what each evidence is worth, and change nothing")
    given = arguments.parse_args()
    listener = load_listener()
    document = next(d for d in load_documents() if d.banked)
    alone = _alone(listener)
    kinds = examples(listener, lessons(document), document.name)
    tune, calibrate = (
        _examples(listener, given.talks / name) + alone[half::2] for half, name in enumerate(("tune", "calibrate"))
    )
    taught = tune + kinds
    counts = [1.0] * len(tune) + [_MADE] * len(kinds)
    if given.ablations:
        print(ablations(taught, counts, calibrate))
        return
    weights = fit([e.hypotheses for e in taught], [e.accepted for e in taught], counts)
    decision = Decision(weights, Thresholds())
    decision.thresholds, told = choose(decision, calibrate)
    decision.save()
    listener.decision = decision
    turns = [t for name in ("tune", "calibrate") for t in _turns(given.talks / name)]
    arranger, arranged = arrange(listener, turns, document.name)
    arranger.save()
    print(f"fitted on {len(tune)} parts and {len(kinds)} made ones, thresholds on {len(calibrate)}: {decision.thresholds}")
    print(f"{told}\n{arranged}")


def _alone(listener: Listener) -> list[Example]:
    """Return the labelled questions of `data/calibration`, which stand alone and no reading was taught with."""
    document = next(d for d in load_documents() if d.banked)
    found = []
    for question in load_labelled(CALIBRATION / f"{document.name}.tsv"):
        kind = {"answerable": ANSWERED, "near_miss": DECLINED}.get(question.kind, question.kind)
        found.append(Lesson(Talk(), bare(question.text), (Right(kind, question.passages),)))
    return examples(listener, found, document.name)


def _examples(listener: Listener, folder: Path) -> list[Example]:
    document = next(d for d in load_documents() if d.banked)
    return examples(listener, from_turns(_turns(folder), document), document.name)


def _turns(folder: Path) -> list[Turn]:
    document = next(d for d in load_documents() if d.banked)
    return [t for path in sorted(folder.glob("*.jsonl")) for t in load_talks(path, document.name)]


if __name__ == "__main__":
    main()
