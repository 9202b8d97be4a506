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
        shown = Path(path)
        if shown.is_absolute() and shown.is_relative_to(ROOT):
            shown = shown.relative_to(ROOT)
        where = f"{shown}, line {line}" if line else str(shown)
        super().__init__(f"{where}: {message}")
