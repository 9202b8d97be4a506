"""`make add FILE=...`: take a text, HTML, Word or PDF file as a statement, and say how to talk to it."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import yaml

from bot.errors import ROOT, InputError
from bot.read.__main__ import report
from bot.read.document import Document
from bot.read.seeds import document_name, read_seed
from tools.add.convert import Converted, convert

# What is asked for, with what it means; only the title is needed.
_ASKED = {
    "title": "its title",
    "issuer": "who issued it",
    "date": "its date, as 2022, 2022-04 or 2022-04-01",
    "date_text": "the date in words, such as April 2022",
    "language": "its language, as an ISO code",
}
_HEAD = '# Who issued the statement beside this file, and when. See README, "Change the statement".\n'


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit status: 0, or 1 for a file that cannot serve as a statement; then nothing is written."""
    parser = argparse.ArgumentParser(prog="make add", description=__doc__)
    parser.add_argument("file", type=Path, help="a .txt, .md, .html, .docx or .pdf file")
    parser.add_argument("--name", default="", help="name of the seed; by default that of the file")
    parser.add_argument("--seeds", type=Path, default=ROOT / "seeds", help="folder of the seeds")
    parser.add_argument("--replace", action="store_true", help="write over a statement of that name")
    for key, meaning in _ASKED.items():
        parser.add_argument(f"--{key.replace('_', '-')}", default=None, help=meaning)
    options = parser.parse_args(arguments)
    given = {key: getattr(options, key) for key in _ASKED}
    try:
        document, remarks, missing = add(options.file, options.seeds, options.name, given, options.replace)
    except InputError as error:
        print(f"{error}\nNothing was written.", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        print("\nStopped; nothing was written.", file=sys.stderr)
        return 1
    print(f"\n{report(document)}\n")
    for remark in remarks:
        print(f"note: {options.file.name} {remark}")
    seed = f"seeds/{document.name}"
    if missing:
        print(f"note: {seed}.yml does not say {' or '.join(f'`{key}`' for key in missing)}; add it there if you know it.")
    print(f"Written: {seed}.txt and {seed}.yml. Read the passages above against the original, mend {seed}.txt where they err,")
    print(f"and see it again with `python -m bot.read {seed}.txt`. Then talk to it: `make shell`, or `make run` in a browser.")
    others = sorted(document_name(p) for p in options.seeds.glob("*.txt") if document_name(p) != document.name)
    if others:
        print(f"It stands beside {', '.join(others)}; take those out of seeds/ if the bot should quote only this one.")
    return 0


def add(
    path: Path, seeds: Path, name: str, given: dict[str, str | None], replace: bool
) -> tuple[Document, tuple[str, ...], list[str]]:
    """Write a file as a seed with its YAML, or neither.

    Args:
        path: The file.
        seeds: Where the seed goes.
        name: Name of the seed; empty for that of the file.
        given: What is known of the statement, by key; None is asked for where there is somebody to answer.
        replace: Whether a seed of that name may be written over.

    Returns:
        The statement as it was read, remarks on its file, and the keys that nobody gave.

    Raises:
        InputError: If the file cannot serve as a statement, or its name is taken.
    """
    converted = convert(path)
    stem = document_name(Path(f"{name or path.stem}.txt"))
    taken = [p for p in seeds.glob("*.txt") if document_name(p) == stem]
    if taken and not replace:
        raise InputError(taken[0], "is there already; take another `--name`, or say `--replace` to write over it.")
    with tempfile.TemporaryDirectory() as folder:
        seed = Path(folder) / f"{stem}.txt"
        seed.write_text(converted.text, encoding="utf-8", newline="\n")
        # Read without what is asked for: a file that is no statement is refused before anybody types.
        first = _read(seed, path)
        known = _ask(given, {"title": _title(converted, first), "language": "en"}, seed)
        document = read_seed(seed)
        _move([seed, seed.with_suffix(".yml")], seeds, taken)
    return document, converted.remarks, [key for key in ("issuer", "date") if not known.get(key)]


def _read(seed: Path, path: Path) -> Document:
    """Read a seed that is not yet at its place; errors name the file it was made from."""
    try:
        return read_seed(seed)
    except InputError as error:
        raise InputError(path, str(error).partition(": ")[2]) from error


def _ask(given: dict[str, str | None], proposed: dict[str, str], seed: Path) -> dict[str, str]:
    """Return what is known of the statement, asked for where nobody gave it, and write it beside the seed."""
    known: dict[str, str] = {}
    for key, meaning in _ASKED.items():
        value = given[key]
        while True:
            if value is None:
                value = _answer(meaning, proposed.get(key, "")) if key != "date_text" or known.get("date") else ""
            try:
                _write(seed, {**known, key: value})
                read_seed(seed)
            except InputError as error:
                # Somebody can answer again; who called with options cannot.
                if given[key] is not None or not sys.stdin.isatty():
                    raise InputError(f"--{key.replace('_', '-')}", str(error).partition(": ")[2]) from error
                print(str(error).partition(": ")[2])
                value = None
                continue
            known[key] = value
            break
    return known


def _answer(meaning: str, proposed: str) -> str:
    if not sys.stdin.isatty():
        return proposed
    shown = f" [{proposed}]" if proposed else " (Enter if you do not know)"
    return input(f"{meaning[:1].upper()}{meaning[1:]}{shown}: ").strip() or proposed


def _write(seed: Path, known: dict[str, str]) -> None:
    rows = {key: value for key, value in known.items() if value}
    text = yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=120) if rows else ""
    seed.with_suffix(".yml").write_text(_HEAD + text, encoding="utf-8")


def _title(converted: Converted, document: Document) -> str:
    """Return what may be the title: the heading on top, what the file says, or its name."""
    heading = next((document.quote(p) for p in document.passages if p.kind == "heading" and p.paragraph == 0), "")
    return (" ".join(heading.lstrip("# ").split()) if heading else converted.title) or document.title


def _move(files: list[Path], seeds: Path, old: list[Path]) -> None:
    """Put files into the folder of the seeds, all or none: first beside their places, then moved in."""
    seeds.mkdir(parents=True, exist_ok=True)
    beside = [(seeds / f"{file.name}.new", seeds / file.name) for file in files]
    try:
        for file, (temporary, _) in zip(files, beside):
            shutil.copyfile(file, temporary)
        for temporary, target in beside:
            temporary.replace(target)
        for path in old:
            if path not in [target for _, target in beside]:
                path.unlink()
    finally:
        for temporary, _ in beside:
            temporary.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
