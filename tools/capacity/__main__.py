"""`python -m tools.capacity [--write]`: what 10, 100 and 1,000 messages a second take, from figures of `tools.bench scale`."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.errors import ROOT
from bot.run.build import RunError, exit_status
from tools.bench.scale import FIGURES, table, tables
from tools.capacity.plan import DAYS, RATES, check, plan

PAGE = ROOT / "docs" / "scale.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print tables, or write them into `docs/scale.md`; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.capacity", description=__doc__)
    parser.add_argument("--figures", type=Path, default=FIGURES, help="what the bench wrote")
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(ROOT)}, between its marks")
    return exit_status(lambda: _run(parser.parse_args(arguments)))


def _run(options: argparse.Namespace) -> int:
    if not options.figures.is_file():
        raise RunError(f"{options.figures} is missing; `python -m tools.bench scale` makes it.")
    figures = json.loads(options.figures.read_text(encoding="utf-8"))
    parts = {"measured": tables(figures), "capacity": capacity(figures)}
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        for name, text in parts.items():
            page = between(page, name, text)
        PAGE.write_text(page, encoding="utf-8")
        print(f"written to {PAGE.relative_to(ROOT)}")
    else:
        print("\n\n".join(parts.values()))
    return 0


def between(page: str, name: str, text: str) -> str:
    """Return a page with a text between `<!-- name -->` and `<!-- /name -->`."""
    found, count = re.subn(
        rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", lambda m: f"{m[1]}\n{text}\n\n{m[2]}", page, flags=re.DOTALL
    )
    if count != 1:
        raise RunError(f"the page needs one place `<!-- {name} -->` to `<!-- /{name} -->`.")
    return found


def capacity(figures: Mapping[str, Any]) -> str:
    """Return the plan and the check of its simulation in Markdown."""
    plans = [plan(figures, rate) for rate in RATES]
    rows = [
        ["workers, one processor each", *(f"{p.workers}" for p in plans)],
        ["processors of the engines and nginx", *(f"{p.engines}" for p in plans)],
        ["memory", *(f"{p.memory_gb:.1f} GB" for p in plans)],
        [
            "connections to PostgreSQL in use: mean, one moment of 1,000",
            *(f"{p.connections[0]:.1f}, {p.connections[1]}" for p in plans),
        ],
        ["connections that the workers may open", *(f"{p.connections[2]}" for p in plans)],
        [f"storage for {DAYS} days at this rate day and night", *(f"{p.storage_gb:,.0f} GB" for p in plans)],
        ["predicted p50, p99", *(f"{p.p50:.0f} ms, {p.p99:.0f} ms" for p in plans)],
        ["walls below it, to be moved first", *("; ".join(p.passed) or "–" for p in plans)],
        ["next wall", *(f"{p.next[0]}: {p.next[1]:,.0f}/s" for p in plans)],
    ]
    checked = []
    for workers in (1, 2, 3):
        found = check(figures, workers)
        pairs = zip(found.predicted, found.measured, found.errors)
        checked.append([f"{workers}", *(f"{p:.1f} / {m:.1f} ({e:+.0%})" for p, m, e in pairs)])
    return "\n\n".join(
        [
            table(["messages/s", *(f"{p.rate:,}" for p in plans)], rows),
            f"The simulation against the bench, {figures['clients']} clients that wait for each answer, predicted / measured "
            "(error). Service times are those of one worker; two and three are predictions:",
            table(["workers", "messages/s", "p50, ms", "p99, ms"], checked),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
