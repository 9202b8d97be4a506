"""`python -m tests.fuzz`: 20,000 generated requests to all channels of a bot of its own; `make fuzz` calls it."""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import time

from bot.run.build import exit_status, say
from tests.fuzz.judge import Findings, logged, obeyed, said_over_telegram
from tests.fuzz.storm import BATCH, calm, run, telegram
from tools.bench.process import memory_mb
from tools.bench.systems import Ours

# What a bot that has just started may come to hold when it sees every kind of message: models, caches, pools.
_GROWTH_MB = 250
# hypothesis slows down with the number of examples in one run.
_EXAMPLES = 50


def fuzz(requests: int, number: int) -> int:
    """Start a bot, send it generated requests, and say what was wrong; returns an exit status."""
    number = number or random.randrange(1, 2**32)
    say(f"{requests:,} requests, seed {number}")
    with telegram() as (double, variables):
        ours = Ours(**variables)
        ours.update()
        try:
            ours.start()
            before = memory_mb(ours.pids)
            findings = Findings()
            started = time.monotonic()
            for part in itertools.count(1):
                one = run(ours.url, double, max(1, min(_EXAMPLES, (requests - findings.sent) // BATCH + 1)), number + part)
                findings.add(one)
                rate = findings.sent / (time.monotonic() - started)
                say(f"{findings.sent:,} requests, {rate:.0f}/s, {len(findings.faults)} faults")
                if findings.sent >= requests or not one.sent:
                    break
            findings.faults += calm(double)
            after = memory_mb(ours.pids)
            say(f"memory {before:.0f} MB before, {after:.0f} MB after")
            if after > before + _GROWTH_MB:
                findings.faults.append(f"memory grew from {before:.0f} to {after:.0f} MB (at most {_GROWTH_MB} MB more)")
            findings.faults += said_over_telegram(double, findings.chats)
            findings.faults += obeyed(ours.state / "tracker.db") + logged(ours.state / "log")
        finally:
            ours.stop()
        say(f"{len(findings.chats):,} people wrote over Telegram, {len(double.sent):,} messages went back")
    say(f"{findings.sent:,} requests: " + ", ".join(f"{n:,} x {s}" for s, n in sorted(findings.statuses.items())))
    say("\n".join(findings.faults) or "no faults")
    return 1 if findings.faults else 0


def main() -> int:
    """Run it; returns an exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0, help="by default another one each time")
    options = parser.parse_args()
    return exit_status(lambda: fuzz(options.requests, options.seed))


if __name__ == "__main__":
    sys.exit(main())
