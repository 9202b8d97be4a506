"""`python -m bot.generate`: write the generated files, or with `--check` only compare."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bot.errors import ROOT, InputError
from bot.generate.compose import MARK, compose


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit status (1 for bad input or drift)."""
    parser = argparse.ArgumentParser(prog="python -m bot.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is not what it should be")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project's folder")
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    try:
        files, remarks = compose(root)
    except InputError as error:
        print(f"{error}\nNothing was written.", file=sys.stderr)
        return 1
    for remark in remarks:
        print(f"note: {remark}")
    stale = sorted(p.relative_to(root) for p in (root / "data" / "generated").glob("*") if p.relative_to(root) not in files)
    changed = [p for p, text in files.items() if not (root / p).is_file() or (root / p).read_text(encoding="utf-8") != text]
    if options.check:
        for path in [*changed, *stale]:
            print(f"{path} is not what seeds, bank and texts give; run `make generate` and commit it.", file=sys.stderr)
        return 1 if changed or stale else 0
    write(root, {p: files[p] for p in changed})
    for path in stale:
        if (root / path).read_text(encoding="utf-8").startswith((MARK, '{\n "generated"')):
            (root / path).unlink()
    print(f"{len(changed)} of {len(files)} generated files changed, {len(stale)} removed.")
    return 0


def write(root: Path, files: dict[Path, str]) -> None:
    """Write all files under temporary names, then rename them: if writing one fails, none has changed."""
    beside: list[tuple[Path, Path]] = []
    try:
        for path, text in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(target.name + ".new")
            beside.append((temporary, target))
            temporary.write_text(text, encoding="utf-8")
        for temporary, target in beside:
            temporary.replace(target)
    finally:
        for temporary, _ in beside:
            temporary.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
