"""Telegram's HTML, read as its server reads it: text and entities, or an error in its words."""

from __future__ import annotations

import re
from typing import Any

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "s": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_TAG = re.compile(r"<(/?)([a-z-]*)((?:\s+[a-z]+(?:=\"[^\"]*\")?)*)\s*>", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));", re.IGNORECASE)


class MarkupError(ValueError):
    """The text cannot be parsed; the message is what Telegram would say."""


def units(text: str) -> int:
    """Return the length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Return text and entities of Telegram's HTML.

    Raises:
        MarkupError: As the server would.
    """
    text, entities, open_tags, at = "", [], [], 0
    while at < len(source):
        character = source[at]
        if character == "&":
            reference = _REFERENCE.match(source, at)
            if reference and (reference[3] is None or reference[3].lower() in _NAMED):
                decimal, hexadecimal, name = reference.groups()
                text += _NAMED[name.lower()] if name else chr(int(decimal) if decimal else int(hexadecimal, 16))
                at = reference.end()
                continue
        if character != "<":
            text += character
            at += 1
            continue
        tag = _TAG.match(source, at)
        name = tag[2].lower() if tag else ""
        if tag is None or (not tag[1] and name not in _TAGS):
            raise MarkupError(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {at}')
        if tag[1]:
            if not open_tags or (name and open_tags[-1][0] != name):
                raise MarkupError(f'can\'t parse entities: Unmatched end tag at byte offset {at}, found "</{name}>"')
            opened, start, href = open_tags.pop()
            entity: dict[str, Any] = {"type": _TAGS[opened], "offset": units(text[:start]), "length": units(text[start:])}
            if href:
                entity["url"] = href
            if entity["length"]:
                entities.append(entity)
        else:
            href = re.search(r'href="([^"]*)"', tag[3])
            open_tags.append((name, len(text), href[1].replace("&amp;", "&") if href else ""))
        at = tag.end()
    if open_tags:
        raise MarkupError(f"can't parse entities: Can't find end tag corresponding to start tag \"{open_tags[-1][0]}\"")
    return text, sorted(entities, key=lambda e: (e["offset"], -e["length"]))
