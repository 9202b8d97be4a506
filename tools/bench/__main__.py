"""`python -m tools.bench [compare|passages|length|all|soak|store|beside|scale]`: measure; `make bench` calls `all`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bot.errors import ROOT
from bot.run.build import RunError, exit_status, say
from tools.bench.beside import beside
from tools.bench.compare import QUICK, Measured, Plan, compare
from tools.bench.report import markdown, plot, summary
from tools.bench.scale import FIGURES, Effort, save, scale, tables
from tools.bench.scale import QUICK as QUICK_SCALE
from tools.bench.scaling import EVENTS, PASSAGES, Grown, with_events, with_passages
from tools.bench.soak import soak
from tools.bench.store import store
from tools.bench.systems import Ours, StockSeams, System, floor, rasa_init
from tools.scale.engines import missing

PAGE = ROOT / "docs" / "bench.md"
PLOT = ROOT / "docs" / "bench.png"
COMMANDS = ("all", "compare", "passages", "length", "soak", "store", "beside", "scale")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("command", nargs="?", default="all", choices=COMMANDS)
    parser.add_argument("--before", default="http://127.0.0.1:5005", help="of beside: the bot to compare with")
    parser.add_argument("--now", default="http://127.0.0.1:5006", help="of beside: the other one")
    parser.add_argument("--quick", action="store_true", help="about four minutes, once everything has been trained")
    parser.add_argument("--rounds", type=int, default=Plan.rounds, help="of everything compared, and cold starts")
    parser.add_argument("--systems", default="ours,stock,init,floor", help="which bots, comma-separated")
    parser.add_argument("--passages", default="", help="other numbers of passages, comma-separated")
    parser.add_argument("--out", type=Path, default=None, help="folder for bench.md and bench.png; by default docs/")
    parser.add_argument("--messages", type=int, default=50_000, help="of soak")
    options = parser.parse_args(arguments)
    return exit_status(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    if options.command == "beside":
        print(beside(options.before, options.now))
        return 0
    if options.command == "store":
        print(store())
        return 0
    if options.command == "scale":
        print(tables(_scale(options.quick)))
        return 0
    if options.command == "soak":
        return soak(options.messages)
    measured: dict[str, Measured] = {}
    passages: list[Grown] = []
    lengths: list[Grown] = []
    plan = QUICK if options.quick else Plan(rounds=options.rounds, starts=options.rounds)
    if options.command in ("all", "compare"):
        measured = compare(_systems(options.systems), plan)
    if options.command in ("all", "length"):
        lengths = _lengths(options.quick)
    if options.command == "passages" or (options.command == "all" and not options.quick):
        sizes = tuple(int(n) for n in options.passages.split(",")) if options.passages else PASSAGES
        passages = with_passages(sizes, rounds=1 if options.quick else 3)
    engines = ""
    if options.command == "all" and not options.quick:
        # The other figures need no engine.
        if words := missing():
            say(f"no workers on engines: {words}")
        else:
            engines = tables(_scale(quick=False))
    # A quick or partial run leaves the page of the last whole one alone.
    folder = options.out or (PAGE.parent if options.command == "all" and not options.quick else ROOT / "var" / "bench")
    folder.mkdir(parents=True, exist_ok=True)
    if measured:
        plot(folder / PLOT.name, measured)
    page = folder / PAGE.name
    page.write_text(markdown(plan, measured, passages, lengths, PLOT.name if measured else "", engines), encoding="utf-8")
    say(f"written to {page.relative_to(ROOT) if page.is_relative_to(ROOT) else page}")
    print(summary(measured, passages, lengths))
    return 0


def _scale(quick: bool) -> dict[str, Any]:
    figures = scale(QUICK_SCALE if quick else Effort())
    # A quick run leaves those of the last whole one alone.
    path = ROOT / "var" / "bench" / FIGURES.name if quick else FIGURES
    path.parent.mkdir(parents=True, exist_ok=True)
    save(figures, path)
    say(f"written to {path.relative_to(ROOT)}; `python -m tools.capacity` makes the plan from it")
    return figures


def _systems(names: str) -> list[System]:
    known: dict[str, Callable[[], System]] = {"ours": Ours, "stock": StockSeams, "init": rasa_init, "floor": floor}
    chosen = [n.strip() for n in names.split(",") if n.strip()]
    unknown = [n for n in chosen if n not in known]
    if unknown or "ours" not in chosen:
        raise RunError(f"--systems knows {', '.join(known)}, and `ours` must be among them.")
    systems: list[System] = [known[n]() for n in chosen]
    for system in systems:
        system.prepare()
    return systems


def _lengths(quick: bool) -> list[Grown]:
    ours = Ours()
    ours.update()
    try:
        ours.start()
        return with_events(ours, EVENTS, senders=2 if quick else 6, turns=20 if quick else 60)
    finally:
        ours.stop()


if __name__ == "__main__":
    sys.exit(main())
