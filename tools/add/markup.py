"""HTML and Word: trafilatura finds what a page says, mammoth reads a document; both give elements, which become lines."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import mammoth
import trafilatura
from lxml import etree, html

from bot.errors import InputError

# What is around a text and no part of it.
_AROUND = ("nav", "footer", "aside", "form", "script", "style", "noscript", "button", "iframe")
_HEADINGS = {"head", "h1", "h2", "h3", "h4", "h5", "h6"}
_LISTS = {"list", "ul", "ol"}
_ITEMS = {"item", "li"}
_ROWS = {"row", "tr"}
_CELLS = {"cell", "td", "th"}
_BLOCKS = (
    _HEADINGS
    | _LISTS
    | _ITEMS
    | _ROWS
    | {
        "p",
        "quote",
        "blockquote",
        "table",
        "tbody",
        "thead",
        "main",
        "body",
        "doc",
        "div",
        "dl",
        "dt",
        "dd",
        "article",
        "section",
    }
    | {"header", "figure", "figcaption", "address", "hr", "pre", "center", "details", "summary"}
)
_BACK = "\u2191"


def from_html(text: str, path: Path) -> tuple[str, str]:
    """Return the text of a page and its title.

    Raises:
        InputError: If nothing on the page reads as its text.
    """
    try:
        page = html.document_fromstring(text.encode("utf-8"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError) as error:
        raise InputError(path, "is no HTML that can be read.") from error
    title = " ".join((page.findtext(".//h1") or page.findtext(".//title") or "").split())
    for element in list(page.iter(*_AROUND)):
        element.drop_tree()
    for element in list(page.iter("sup")):
        # Without its place above the line a footnote sign would read as a number.
        if (element.text_content() or "").strip().isdigit():
            element.text, element[:] = f"[{element.text_content().strip()}]", []
    tree = _contents(page)
    if tree is None:
        raise InputError(path, "has no text that stands out as its contents; copy it into a .txt file.")
    lines = "\n".join(_lines(tree))
    # The heading on top is often outside of what is taken for the text.
    return (lines if not title or title in " ".join(lines.split()) else f"{title}\n\n{lines}"), title


def _contents(page: etree._Element) -> etree._Element | None:
    """Return the part of a page that is its text: what the page itself calls so, else what trafilatura takes for it."""
    for name in ("article", "main"):
        parts = list(page.iter(name))
        if len(parts) == 1 and parts[0].find(".//p") is not None:
            return parts[0]
    for header in list(page.iter("header")):
        header.drop_tree()
    found = trafilatura.extract(
        etree.tostring(page, encoding="unicode"), output_format="xml", include_comments=False, include_links=False
    )
    tree = etree.fromstring(found).find("main") if found else None
    # Of a short page trafilatura gives one paragraph with all of its words.
    short = tree is not None and len(tree) == 1 and len(page.findall(".//p")) > 1
    return page.find("body") if short else tree


def from_docx(path: Path) -> tuple[str, str]:
    """Return the text of a Word document and its title.

    Raises:
        InputError: If it is none.
    """
    try:
        with path.open("rb") as file:
            found = mammoth.convert_to_html(file, convert_image=mammoth.images.img_element(lambda image: {"src": ""}))
        with zipfile.ZipFile(path) as parts:
            named = parts.namelist()
            core = parts.read("docProps/core.xml") if "docProps/core.xml" in named else b""
    except (zipfile.BadZipFile, KeyError, ValueError, etree.XMLSyntaxError) as error:
        raise InputError(path, "is no Word document that can be read; save it as .docx again.") from error
    title = re.search(rb"<dc:title>([^<]+)</dc:title>", core)
    tree = html.fragment_fromstring(found.value, create_parent="body") if found.value.strip() else html.Element("body")
    # Notes are numbered in their order, as the references in the text are, whatever their ids.
    notes = tree.xpath(".//li[starts-with(@id, 'footnote-') or starts-with(@id, 'endnote-')]")
    for number, note in enumerate(notes, 1):
        note.tag = "p"
        note.text = f"[{number}] {' '.join(note.text_content().replace(_BACK, '').split())}"
        note[:] = []
        # Not a list any more, which would number the notes again.
        note.getparent().tag = "div"
    return "\n".join(_lines(tree)), title[1].decode("utf-8") if title else ""


def _lines(element: etree._Element, depth: int = 0) -> Iterator[str]:
    """Yield the lines of an element: an empty one between paragraphs, none between items."""
    said = _own(element)
    tag = str(element.tag)
    if said and tag in _HEADINGS:
        # Only a heading that ends like a sentence needs a sign to be told from one.
        yield f"## {said}" if said.endswith((".", "!")) else said
        yield ""
    elif said:
        yield said
        yield ""
    for child in element:
        if not isinstance(child.tag, str) or child.tag not in _BLOCKS:
            continue
        if child.tag in _LISTS:
            yield from _items(child, depth)
            if depth == 0:
                yield ""
        elif child.tag == "table":
            yield from ("    ".join(_all(cell) for cell in row.iter(*_CELLS)) for row in child.iter(*_ROWS))
            yield ""
        else:
            yield from _lines(child, depth)


def _items(element: etree._Element, depth: int) -> Iterator[str]:
    ordered = element.tag == "ol" or element.get("rend") == "ol"
    number = int(element.get("start") or 1)
    for item in element:
        if item.tag not in _ITEMS:
            continue
        sign = f"{number}." if ordered else "-"
        said = _own(item) or " ".join(_all(p) for p in item if p.tag in ("p", "div"))
        if said:
            yield f"{'   ' * depth}{sign} {said}"
            number += 1
        for child in item:
            if child.tag in _LISTS:
                yield from _items(child, depth + 1)


def _own(element: etree._Element) -> str:
    """Return the words of an element without those of the blocks in it."""
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _BLOCKS:
            parts.append("\n" if child.tag in ("br", "lb") else _all(child, keep=True))
        parts.append(child.tail or "")
    lines = (" ".join(line.split()) for line in re.sub(r"[^\S\n]*\n[^\S\n]*(?=\n)", "\n", "".join(parts)).split("\n"))
    breaks = any(str(child.tag) in ("br", "lb") for child in element)
    return ("\n" if breaks else " ").join(line for line in lines if line)


def _all(element: etree._Element, keep: bool = False) -> str:
    text = "".join(element.itertext())
    return text if keep else " ".join(text.split())
