"""Fit `bot/understand/decision.json`: `python -m tools.decision` (or `make decision`), with the trained model in `models/`.

Weights from the talks of `data/talks/tune`, thresholds from those of `data/talks/calibrate`: authors whom no reading was
taught with.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.evaluate.model import load_listener
from bot.read.document import load_documents
from bot.understand.decision import Decision, Thresholds, fit
from bot.understand.lessons import Lesson, from_turns
from bot.understand.listener import Listener
from bot.understand.talks import TALKS, load_talks
from tools.decision.examples import Example, examples
from tools.decision.thresholds import choose


def main() -> None:
    """Fit and save, and print what comes of it."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--talks", type=Path, default=TALKS)
    given = arguments.parse_args()
    listener = load_listener()
    tune, calibrate = (_examples(listener, given.talks / name) for name in ("tune", "calibrate"))
    weights = fit([e.hypotheses for e in tune], [e.accepted for e in tune])
    decision = Decision(weights, Thresholds())
    decision.thresholds, told = choose(decision, calibrate)
    decision.save()
    print(f"fitted on {len(tune)} parts, thresholds on {len(calibrate)}: {decision.thresholds}\n{told}")


def _examples(listener: Listener, folder: Path) -> list[Example]:
    document = next(d for d in load_documents() if d.banked)
    turns = [t for path in sorted(folder.glob("*.jsonl")) for t in load_talks(path, document.name)]
    lessons: list[Lesson] = from_turns(turns, document)
    return examples(listener, lessons, document.name)


if __name__ == "__main__":
    main()
