"""`python -m tests.scale`: everything that can happen, each in the middle of 2,000 messages, and a table of what came of it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bot.run.build import exit_status, say, update
from tests.scale import poller
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
    done: list[Trial] = []
    update()
    count = options.messages, options.talks
    faults = [fault for fault in FAULTS if options.only in fault.name]
    pollers = [how for how in ("killed", "stopped") if options.only in f"Telegram poller {how}"]
    if faults:
        with Scale(options.workers, options.folder, settings=SETTINGS, say=say) as scale:
            for fault in faults:
                _tell(done, attempt(scale, fault, *count), options.table)
    for how in pollers:
        _tell(done, poller.attempt(how, *count), options.table)
    print(f"\n{table(done)}")
    return int(any(trial.wrong for trial in done))


def _tell(done: list[Trial], trial: Trial, path: Path | None) -> None:
    done.append(trial)
    say(table([trial]).splitlines()[-1])
    for words in trial.wrong:
        say(f"  {words}")
    if path:
        # At each, so that what was measured outlives an interruption.
        path.write_text(table(done) + "\n")


if __name__ == "__main__":
    sys.exit(main())
