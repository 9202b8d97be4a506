"""`python -m tests.scale`: everything that can happen, each in the middle of 2,000 messages, and a table of what came of it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bot.run.build import exit_status, say, update
from tests.scale.faults import FAULTS, SETTINGS, Trial, attempt, table
from tools.scale.scale import Scale


def main() -> int:
    """Run what is asked for; returns an exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.scale", description=__doc__)
    parser.add_argument("--workers", type=int, default=3, help="how many (3)")
    parser.add_argument("--messages", type=int, default=2_000, help="for each fault (2000)")
    parser.add_argument("--talks", type=int, default=200, help="in how many conversations (200)")
    parser.add_argument("--only", default="", help="faults with this in their name")
    parser.add_argument("--table", type=Path, help="where to write the table too")
    parser.add_argument("--folder", type=Path, help="where everything lies; by default a temporary one")
    options = parser.parse_args()
    return exit_status(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    trials: list[Trial] = []
    update()
    with Scale(options.workers, options.folder, settings=SETTINGS, say=say) as scale:
        for fault in FAULTS:
            if options.only in fault.name:
                trials.append(attempt(scale, fault, options.messages, options.talks))
                say(table(trials[-1:]).splitlines()[-1])
                for words in trials[-1].wrong[:20]:
                    say(f"  {words}")
                if options.table:
                    options.table.write_text(table(trials) + "\n")
    print(f"\n{table(trials)}")
    return int(any(trial.wrong for trial in trials))


if __name__ == "__main__":
    sys.exit(main())
