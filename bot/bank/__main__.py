"""`python -m bot.bank check`: check all banks, count their lines and list near duplicates; `make bank`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from bot.bank.bank import Bank, Line, Question, check_bank, check_off_topic, load_banks, load_off_topic
from bot.bank.review import KINDS, NEAR, Pair, kind, pairs, tally
from bot.errors import ROOT, InputError, place
from bot.read.document import load_documents


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit status (1 for bad input)."""
    parser = argparse.ArgumentParser(prog="python -m bot.bank", description=__doc__)
    parser.add_argument("command", choices=["check"])
    parser.add_argument("--near", type=float, default=NEAR, help="share of common words, over 0 and up to 1, of near duplicates")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project's folder")
    options = parser.parse_args(arguments)
    if not 0 < options.near <= 1:
        parser.error("--near takes a number over 0 and up to 1, for instance 0.8.")
    try:
        banks, off_topic = _checked(options.root.resolve())
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    lines: list[Line] = [*off_topic]
    for bank in banks:
        lines += (mine := [*bank.questions, *bank.follow_ups])
        _print_table(f"passages of {bank.document}", tally(mine, lambda x: x.path.stem))
    _print_table("authors", tally(lines, lambda x: x.by))
    _print_pairs(pairs(banks, off_topic, options.near))
    return 0


def _checked(root: Path) -> tuple[list[Bank], list[Question]]:
    """Return the banks and what is off topic.

    Raises:
        InputError: If anything is wrong with them.
    """
    documents = {d.name: d for d in load_documents(root / "data" / "generated" / "documents.json")}
    folder = root / "data" / "bank"
    banks, off_topic = load_banks(folder), load_off_topic(folder)
    for bank in banks:
        if bank.document in documents:
            check_bank(bank, documents[bank.document])
            check_off_topic(off_topic, bank)
        else:
            print(f"note: {place(folder / bank.document)} is not used: no statement of that name is in seeds/.")
    return banks, off_topic


def _print_table(head: str, counts: dict[str, Counter[str]]) -> None:
    total = sum(counts.values(), Counter[str]())
    kinds = [k for k in KINDS if total[k]]
    width = max(map(len, (head, *counts, "all")))
    print(f"{head:{width}}" + "".join(f"{k:>11}" for k in kinds))
    for name, count in (*counts.items(), ("all", total)):
        print(f"{name:{width}}" + "".join(f"{count[k]:>11}" for k in kinds))
    print()


def _print_pairs(found: list[Pair]) -> None:
    across = [p for p in found if p.contradicts]
    print(f"{len(found)} pairs of nearly the same words, {len(across)} of them under two labels", end=":\n" if across else ".\n")
    for pair in across:
        for mark, line in ((f"{pair.likeness:.2f}", pair.first), ("", pair.second)):
            print(f"{mark:4} {place(line.path, line.line)}: {kind(line)} of {line.label}: “{line.text}”")


if __name__ == "__main__":
    sys.exit(main())
