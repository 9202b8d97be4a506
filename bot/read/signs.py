"""Signs: the markers at the beginning of list items, footnotes, sections of a law, speakers' lines and headings in Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.read.language import Words

# What is nothing but the sign of an item, also right before a letter; U+F000 to U+F0FF are Word's symbols.
_BULLET = re.compile(
    r"[•●○■□▪▫◦‣⁃∙·➢➤➔→►▶✓✔❖◆◇✦★☐☑①-⑳\uf000-\uf0ff]\s*|\d\ufe0f?\u20e3\s*|[-–—*+](?:\s+|$)|[–—](?=[^\W\d_])|o(?:\t\s*|\s{2,}|\s(?=\S))"
)
_NUMBER = re.compile(r"\(?(\d{1,3}(?:\.\d{1,3})*)(\.\)|[.)]?)(?:\s+|$)")
_LETTER = re.compile(r"\(?([a-zA-Z])[.)](?:\s+|$)")
_ROMAN = re.compile(r"\(?([ivxl]{1,6}|[IVXL]{1,6})[.)](?:\s+|$)")
_NOTE = re.compile(r"(?:\[\d{1,3}\]|[⁰¹²³⁴-⁹]+|[†‡])\s*(?=\S)")
_SPEAKER = re.compile(r"[QA](?:\d{0,2}:|\d{1,2}[.)])\s+")
_TITLE = re.compile(r"#{1,6}\s+")
_FOOTNOTES = re.compile(r"([.!?,;”’\"\w])(?:\s?\[(?:\d{1,3}|[a-z*†])\]|[⁰¹²³⁴-⁹]+|(?<=[.!?])(?:\(\d{1,2}\)|[*†‡]+))")
_ROMANS = {"i": 1, "v": 5, "x": 10, "l": 50}


@dataclass(frozen=True)
class Sign:
    """What stands before an item.

    Attributes:
        kind: `bullet`, `number`, `letter`, `roman`, `note`, `section`, `speaker` or `title`, with its style.
        values: Its number, level by level, in each possible reading: `I.` is letter 9 or roman number 1. Empty if it has none.
        width: Its characters, with the spaces behind it.
        sure: Whether it is a sign wherever a line begins with it.
    """

    kind: str
    values: tuple[tuple[int, ...], ...] = ()
    width: int = 0
    sure: bool = False

    @property
    def is_first(self) -> bool:
        """Whether it begins a list."""
        return any(v[-1] == 1 for v in self.values)

    def follows(self, other: Sign | None) -> bool:
        """Tell whether this is the next item after another, of the same level or the first one below it."""
        if other is None or not self.values:
            return self.kind == other.kind if other else False
        successors = {(*v[:-1], v[-1] + 1) for v in other.values} | {(*v, 1) for v in other.values}
        return self.kind[-1] == other.kind[-1] and any(v in successors for v in self.values)


def sign_of(text: str, spoken: Words) -> Sign | None:
    """Return the sign that a line may begin with; whether it is one depends on its neighbours unless it is sure."""
    if match := _TITLE.match(text):
        return Sign("title", width=match.end(), sure=True)
    if match := _BULLET.match(text):
        return Sign(f"bullet {text[0]}", width=match.end(), sure=text[0] not in "-–—*+o·→")
    if match := _NOTE.match(text):
        return Sign("note", width=match.end(), sure=True)
    if match := _SPEAKER.match(text):
        return Sign("speaker", width=match.end(), sure=True)
    if match := _NUMBER.match(text):
        rest = text[match.end() :]
        digits = tuple(int(n) for n in match[1].split("."))
        closed = bool(match[2]) or (text[0] == "(" and text[match.end(1) : match.end(1) + 1] == ")")
        dated = bool(rest) and rest.split()[0].strip(".,").lower() in spoken.months | spoken.shortened
        # `1.1 Albania` counts, `2.5 percent` does not.
        if not dated and (closed or (len(digits) > 1 and rest[:1].isupper())):
            return Sign(f"number {_style(text, match.end(1))}", (digits,), match.end())
        return None
    section = re.match(r"([^\W\d]+|§)\.?\s*(\d{1,3}|[IVXL]{1,6})\s*(?:[.:)–—-]+\s*|$)", text)
    if section and section[1].lower() in spoken.sections and section[1][0].upper() == section[1][0]:
        return Sign("section", width=section.end(), sure=True)
    roman, letter = _ROMAN.match(text), _LETTER.match(text)
    values = [(_roman(roman[1]),)] if roman else []
    values += [(ord(letter[1].lower()) - 96,)] if letter else []
    match = roman or letter
    if match is None:
        return None
    case = "A" if match[1].isupper() else "a"
    kind = "letter" if letter else "roman"
    return Sign(f"{kind} {case}{_style(text, match.end(1))}", tuple(values), match.end())


def plain_words(text: str, spoken: Words) -> str:
    """Return a sentence on one line, without the sign of its item and the signs of its footnotes."""
    sign = sign_of(text, spoken)
    words = text[sign.width :] if sign else text
    return " ".join(_FOOTNOTES.sub(r"\1", words).split())


def _style(text: str, end: int) -> str:
    return "(" if text[0] == "(" else text[end : end + 1].strip() or "."


def _roman(text: str) -> int:
    values = [_ROMANS[c] for c in text.lower()]
    return sum(v if v >= max(values[i:]) else -v for i, v in enumerate(values))
