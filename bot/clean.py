"""Cleaning: a text as the bot may read it, whichever way it came."""

from __future__ import annotations

import unicodedata

# Joiners are kept: emoji and some scripts are spelt with them.
_KEPT_FORMAT = {"\u200c", "\u200d"}
# Cyrillic and Greek letters that look like Latin ones, to be read as those in a Latin text.
_LOOKALIKES = str.maketrans(
    "асеорхуіјѕһԁԛԝАВЕКМНОРСТХУІЈЅαορνικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aceopxyijshdqwABEKMHOPCTXYIJSaopvikABEZHIKMNOPTYX",
)


def clean(text: str) -> str:
    """Return a text as the bot may read it.

    Normalises to NFKC, drops control, format and unassigned characters, replaces lone surrogates, writes look-alike letters
    as Latin ones in a Latin text, and runs of spaces as one. Drops leading slashes: Rasa would obey `/restart` or
    `/intent{...}` from anybody. Cleans each line by itself and drops empty ones.
    """
    if "\n" not in text and "\r" not in text:
        return clean_line(text)
    return "\n".join(filter(None, map(clean_line, text.splitlines())))


def clean_line(text: str) -> str:
    """Return a text as `clean` does, on one line."""
    if text.isascii() and text.isprintable():
        # A shortcut: printable ASCII holds nothing that is replaced or dropped below.
        return " ".join(text.split()).lstrip("/ ")
    normal = unicodedata.normalize("NFKC", text.encode("utf-16", "replace").decode("utf-16", "replace"))
    kept = "".join(
        " " if c.isspace() else c for c in normal if c.isspace() or c in _KEPT_FORMAT or unicodedata.category(c)[0] != "C"
    )
    plain = " ".join(kept.split()).lstrip("/ ")
    return plain.translate(_LOOKALIKES) if _is_latin(plain) else plain


def _is_latin(text: str) -> bool:
    """Tell whether most of the letters outside the look-alikes are Latin: a word of real Russian stays as it is."""
    letters = [c for c in text if c.isalpha() and ord(c) not in _LOOKALIKES]
    return 2 * sum(unicodedata.name(c, "").startswith("LATIN") for c in letters) > len(letters)
