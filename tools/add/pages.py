"""PDF: words by their place on the page become lines, columns one after the other; what every page repeats is left out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from bot.errors import InputError
from bot.read.sentences import is_finished

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
# Parts of a page's height at its top and its foot where heads and numbers stand.
_MARGIN = 0.1
# A gutter is at least so wide (in points), with lines on both sides, and few lines cross it.
_GUTTER = 9.0
_BESIDE = 4
_CROSSING = 0.3


@dataclass
class _Line:
    """Words side by side: their text, and their box in points from the top left of the page."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float


def from_pdf(path: Path) -> tuple[str, str, tuple[str, ...]]:
    """Return the text of a PDF, its title, and remarks.

    Raises:
        InputError: If it cannot be read, or needs a password.
    """
    try:
        with pdfplumber.open(path) as pdf:
            title = str((pdf.metadata or {}).get("Title") or "")
            pages = [_page(page) for page in pdf.pages]
    except PdfminerException as error:
        if error.args and isinstance(error.args[0], PDFPasswordIncorrect):
            raise InputError(path, "needs a password; save it without one.") from error
        raise InputError(path, "is no PDF that can be read; open it and save it again.") from error
    columns = sum(len(parts) > 1 for parts, _ in pages)
    remarks = (f"{columns} of {len(pages)} pages have columns; see that they follow each other.",) if columns else ()
    repeated = Counter(shape for _, shapes in pages for shape in shapes)
    text: list[str] = []
    for parts, _ in pages:
        for part in parts:
            lines = [line for line in part if not _is_furniture(line, repeated, len(pages))]
            if lines:
                text += _paragraphs(lines, text)
    return "\n".join(text), title, remarks


def _page(page: Any) -> tuple[list[list[_Line]], set[str]]:
    """Return the lines of a page in reading order, by column, and the shapes of those at its edges."""
    words = page.extract_words(use_text_flow=False, extra_attrs=["size"], x_tolerance=1.5)
    height = float(page.height)
    gutter = _gutter(words, float(page.width))
    parts: list[list[_Line]] = [[]]
    if gutter is None:
        parts = [_rows(words)]
    else:
        band: list[Any] = []
        for row in [*_grouped(words), None]:
            crosses = row is None or any(w["x0"] < gutter < w["x1"] for w in row) or _runs_over(row, gutter)
            if row is not None and not crosses:
                band += row
                continue
            parts += [_rows([w for w in band if (w["x0"] < gutter) == left]) for left in (True, False)] if band else []
            band = []
            parts += [_rows(row)] if row else []
        parts = [part for part in parts if part]
    for part in parts:
        for line in part:
            edge = line.bottom < height * _MARGIN or line.top > height * (1 - _MARGIN)
            line.text = f"\f{line.text}" if edge else line.text
    return parts, {_shape(line.text) for part in parts for line in part if line.text.startswith("\f")}


def _gutter(words: list[Any], width: float) -> float | None:
    """Return where a page is parted into two columns, if it is."""
    rows = _grouped(words)
    best: tuple[int, float] | None = None
    for x in range(int(width * 0.35), int(width * 0.65), 3):
        crossing = sum(any(w["x0"] - _GUTTER / 2 < x < w["x1"] + _GUTTER / 2 for w in row) for row in rows)
        beside = sum(any(w["x1"] < x for w in row) and any(w["x0"] > x for w in row) for row in rows)
        if beside - crossing >= _BESIDE and crossing <= len(rows) * _CROSSING and (best is None or crossing < best[0]):
            best = (crossing, float(x))
    return best[1] if best else None


def _runs_over(row: list[Any], gutter: float) -> bool:
    """Tell whether a row runs over the gutter with a space that lies on it by chance."""
    left = max((w["x1"] for w in row if w["x1"] <= gutter), default=None)
    right = min((w["x0"] for w in row if w["x0"] >= gutter), default=None)
    return left is not None and right is not None and right - left < _GUTTER


def _grouped(words: list[Any]) -> list[list[Any]]:
    """Return words by rows, from the top."""
    rows: list[list[Any]] = []
    for word in sorted(words, key=lambda w: (w["bottom"], w["x0"])):
        # A raised sign stands a little higher than its row.
        if rows and word["top"] < rows[-1][-1]["bottom"] - 0.4 * (word["bottom"] - word["top"]):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda w: w["x0"]) for row in rows]


def _rows(words: list[Any]) -> list[_Line]:
    lines = []
    for row in _grouped(words):
        size = max(w["size"] for w in row)
        text = ""
        last = None
        for word in row:
            glued = last is not None and word["x0"] - last < 1.0
            raised = word["size"] < 0.8 * size and word["text"].isdigit()
            said = word["text"].translate(_RAISED) if raised else word["text"]
            # A gap as wide as several letters is one of a table.
            space = "" if not text or glued or (raised and text) else "    " if word["x0"] - last > 2.5 * size else " "
            text += space + said
            last = word["x1"]
        lines.append(_Line(text, row[0]["x0"], row[-1]["x1"], min(w["top"] for w in row), max(w["bottom"] for w in row)))
    return lines


def _paragraphs(lines: list[_Line], before: list[str]) -> list[str]:
    """Return lines with empty ones where paragraphs end: at wide gaps, at indents, and where a column ends with a sentence."""
    gaps = [b.top - a.bottom for a, b in pairwise(lines) if b.top >= a.bottom]
    usual = median(gaps) if gaps else 0.0
    left = min(line.x0 for line in lines)
    size = median(line.bottom - line.top for line in lines)
    result: list[str] = [""] if before and is_finished(before[-1]) else []
    for n, line in enumerate(lines):
        above = lines[n - 1] if n else None
        if above is not None:
            indented = line.x0 > left + 0.8 * size and above.x0 <= left + 0.3 * size and is_finished(above.text)
            larger = abs((line.bottom - line.top) - (above.bottom - above.top)) > 0.15 * size
            if line.top - above.bottom > usual + 0.45 * size or indented or larger:
                result.append("")
        result.append(line.text.lstrip("\f"))
    return result


def _is_furniture(line: _Line, repeated: Counter[str], pages: int) -> bool:
    """Tell whether a line at the edge of a page is its number, or stands on most pages."""
    if not line.text.startswith("\f"):
        return False
    shape = _shape(line.text)
    return (
        not re.search(r"[^\W\d_]", shape) or (repeated[shape] > 1 and repeated[shape] * 2 > pages) or bool(_PAGE.fullmatch(shape))
    )


_PAGE = re.compile(r"\w+ #+(?: ?\S{1,3} ?#+)?")


def _shape(text: str) -> str:
    return re.sub(r"\d+", "#", text.lstrip("\f").lower())
