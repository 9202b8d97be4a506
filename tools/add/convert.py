"""A file becomes the text of a seed: paragraphs apart by empty lines, headings and items on lines of their own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.errors import InputError


@dataclass(frozen=True)
class Converted:
    """What a file holds.

    Attributes:
        text: As a seed has it.
        title: What the file itself gives as its title, or nothing.
        remarks: Sentences on what the maintainer should look at.
    """

    text: str
    title: str = ""
    remarks: tuple[str, ...] = ()


def convert(path: Path) -> Converted:
    """Return the text of a file.

    Raises:
        InputError: If there is no such file, or it is of no known kind, cannot be read, or holds no text.
    """
    if not path.is_file():
        raise InputError(path, "no such file.")
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise InputError(path, f"`{path.suffix or 'no ending'}` is of no kind that can be read; known: {', '.join(_READERS)}.")
    found = read(path)
    text = clean(found.text)
    if not any(c.isalpha() for c in text):
        raise InputError(path, "holds no text that can be read; a scan has to go through text recognition first.")
    return Converted(text, " ".join(found.title.split()), found.remarks)


def clean(text: str) -> str:
    """Return a text as a seed may be: line feeds, no control characters, no spaces at ends of lines, one empty line at most."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    # A form feed or a vertical tab ends a page or a line.
    text = text.replace("\f", "\n\n").replace("\v", "\n")
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
    text = re.sub(r"[ \t\u00a0]+$", "", text, flags=re.M)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def decoded(raw: bytes, path: Path) -> tuple[str, str]:
    """Return a text, and a remark if its encoding had to be guessed."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            try:
                return raw.decode(encoding), ""
            except UnicodeDecodeError as error:
                raise InputError(path, f"begins as {encoding} and is none.") from error
    try:
        return raw.decode("utf-8"), ""
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp1252"), "is not UTF-8 and was read as Windows-1252; see that quotes and accents are right."
    except UnicodeDecodeError as error:
        raise InputError(path, "is neither UTF-8 nor UTF-16 nor Windows-1252; save it as UTF-8.") from error


def _text(path: Path) -> Converted:
    text, remark = decoded(path.read_bytes(), path)
    return Converted(text, remarks=(remark,) if remark else ())


def _html(path: Path) -> Converted:
    from tools.add.markup import from_html

    text, remark = decoded(path.read_bytes(), path)
    text, title = from_html(text, path)
    return Converted(text, title, (remark,) if remark else ())


def _docx(path: Path) -> Converted:
    from tools.add.markup import from_docx

    return Converted(*from_docx(path))


def _pdf(path: Path) -> Converted:
    from tools.add.pages import from_pdf

    return Converted(*from_pdf(path))


_READERS: dict[str, Callable[[Path], Converted]] = {
    ".txt": _text,
    ".md": _text,
    ".html": _html,
    ".htm": _html,
    ".docx": _docx,
    ".pdf": _pdf,
}
