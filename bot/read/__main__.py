"""`python -m bot.read FILE`: show what is understood of a statement: headings, passages, what was joined, what is doubtful."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bot.errors import InputError
from bot.read.document import Document
from bot.read.seeds import read_seed


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit status: 0, or 1 for a file that cannot serve as a statement."""
    parser = argparse.ArgumentParser(prog="python -m bot.read", description=__doc__)
    parser.add_argument("file", type=Path, help="a seed: a UTF-8 text, with its .yml beside it if there is one")
    options = parser.parse_args(arguments)
    try:
        document = read_seed(options.file)
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    print(report(document))
    return 0


def report(document: Document) -> str:
    """Return what was understood of a statement that was just read, with line numbers of its seed."""
    found = {kind: [f for f in document.findings if f.kind == kind] for kind in _TITLES}
    numbers = {p.paragraph for p in document.quotable}
    lines = [
        f"{document.title} ({document.language}): {len(numbers)} paragraphs, {len(document.quotable)} sentences to quote, "
        f"{len(found['heading'])} headings, {len(found['joined'])} joined, {len(found['doubtful'])} doubtful",
        "",
        "Passages",
    ]
    at, line = 0, 1
    for p in document.passages:
        line += document.text.count("\n", at, p.start)
        at = p.start
        kind = "" if p.kind == "sentence" else f" [{p.kind}, never quoted]"
        mended = " [mended]" if p.mended else ""
        lines.append(f"  line {line}: {p.id}{kind}{mended} {' '.join(document.quote(p).split())}")
    for kind, title in _TITLES.items():
        if found[kind]:
            lines += ["", title, *(f"  line {f.line}: {' '.join(f.text.split())}" for f in found[kind])]
    return "\n".join(lines)


_TITLES = {
    "heading": "Headings, which are never answers",
    "joined": "Joined: broken by a line end, an empty line or a page",
    "left out": "Left out: numbers of pages, rules, lines that every page repeats",
    "doubtful": "Doubtful",
}


if __name__ == "__main__":
    sys.exit(main())
