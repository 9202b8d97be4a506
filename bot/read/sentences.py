"""Split a paragraph into sentences: spaCy's boundaries, held to punctuation."""

from __future__ import annotations

from spacy.tokens import Doc, Token

_TERMINAL = set(".!?…")
_CLOSING = set("\"'”’»)]")
_OPENING = set("\"'“‘«([")
# Tokens that end in a full stop of their own and do not end a sentence.
_TITLES = {
    "mr.",
    "mrs.",
    "ms.",
    "dr.",
    "prof.",
    "st.",
    "no.",
    "nr.",
    "vs.",
    "gen.",
    "col.",
    "lt.",
    "h.e.",
    "e.g.",
    "i.e.",
    "art.",
}


def split_sentences(doc: Doc) -> list[tuple[int, int]]:
    """Return the sentences of a paragraph as character spans, without outer spaces.

    A boundary needs final punctuation before it (closing quotes and brackets
    may stand between) and no lower-case word after it. A parser alone would
    cut the statement at `-EfP (Enhanced Forward Presence)`; punctuation alone
    would cut at `Mr. Berisha`.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for i in range(1, len(doc)):
        if _is_boundary(doc, i):
            spans.append((doc[start].idx, _end(doc[i - 1])))
            start = i
    if len(doc):
        spans.append((doc[start].idx, _end(doc[-1])))
    stripped = [_strip(doc.text, s, e) for s, e in spans]
    return [span for span in stripped if span[1] > span[0]]


def is_finished(text: str) -> bool:
    """Tell whether a sentence ends as sentences do."""
    return text.rstrip("\"'”’»)] \n").endswith(tuple(_TERMINAL))


def _is_boundary(doc: Doc, i: int) -> bool:
    following = doc[i]
    if following.is_space or following.text[0] in _CLOSING - _OPENING:
        return False
    j = i - 1
    spaced = bool(doc[j].whitespace_)
    while j > 0 and (doc[j].is_space or doc[j].text[0] in _CLOSING):
        spaced = spaced or doc[j].is_space
        j -= 1
    last = doc[j]
    if not spaced or last.text[-1] not in _TERMINAL or last.text.lower() in _TITLES:
        return False
    head = following.text.lstrip("".join(_OPENING))[:1] or _next_letter(doc, i)
    if head.islower():
        return False
    if last.text in _TERMINAL:
        return True
    # `U.S.`, `a.m.`, `J.`: an abbreviation ends a sentence only where spaCy says so.
    return bool(following.is_sent_start) and len(last.text) > 2


def _next_letter(doc: Doc, i: int) -> str:
    token: Token
    for token in doc[i:]:
        if token.text[0].isalnum():
            return token.text[0]
    return ""


def _end(token: Token) -> int:
    return token.idx + len(token.text)


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
