"""The one exception whose text is meant for the person at the terminal."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class InputError(Exception):
    """A file of the maintainer's is wrong; says which, where and what to do.

    Args:
        path: The file, shown relative to the project when it lies inside.
        message: One sentence: what is wrong and what mends it.
        line: The line the sentence is about, counted from 1, if there is one.
    """

    def __init__(self, path: Path | str, message: str, line: int | None = None) -> None:
        """Compose the sentence."""
        super().__init__(f"{place(path, line)}: {message}")


def place(path: Path | str, line: int | None = None) -> str:
    """Return how a file and a line of it, counted from 1, are shown: relative to the project when it lies inside."""
    shown = Path(path)
    if shown.is_absolute() and shown.is_relative_to(ROOT):
        shown = shown.relative_to(ROOT)
    return f"{shown}, line {line}" if line else str(shown)
