"""Split a paragraph into sentences: by punctuation and the words around it; spaCy is asked where both leave it open."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from bot.read.language import Words, words
from bot.read.nlp import Doc

_TERMINAL = ".!?…"
# Right after a full stop even an opening mark closes („so.“), unless a letter follows it.
_CLOSING = "\"'”’»›)]}“‘«‹‟*_"
_OPENING = "\"'“‘„‚«‹»([{¿¡*_"
_STOPS = re.compile(r"[.!?…]+")
_FOOTNOTE = re.compile(
    r"(?:,?\s?\[(?:\d{1,3}|[a-z*†])\])+|\[[^\]\n]{1,20}\]|\((?:\d{1,2}|[a-z*])\)|\s?[⁰¹²³⁴-⁹]+(?!\w)|[{^]\d{1,2}\}?|[*†‡§]{1,3}(?![\w*])"
)
_BARE_FOOTNOTE = re.compile(r"\d{1,2}(?=\s+[^\W\d_a-z]|\s*$)")
_DOTTED = re.compile(r"(?:[^\W\d_]{1,3}\.)+[^\W\d_]{1,3}")
_NUMBER = re.compile(r"\(?\d[\d.,/]*")
_NUMBERISH = re.compile(r"[\d§(/]|[A-Z]/|[IVXLC]+\b|[A-Z]\b")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{2,4}", re.IGNORECASE)
# `eAlbania`, `e-Albania`, `al-Shabaab`: a name, though its first letter is small.
_CAMEL = re.compile(r"[^\W\d_A-Z]{1,2}-?[A-Z]")
# Two sentences without a space between.
_GLUED_LEFT = re.compile(r"(?<![\w@/.])(?:\d{4}|[A-Z]{3,})$|(?<![\w@/.])[^\W\d_]*[^\W\d_A-Z]{2}$|[^\W\d_A-Z]{2}[\])”’»\"]$")
_GLUED_RIGHT = re.compile(r"[“„\"‘'(]?(?:[A-Z][^\W\d_A-Z]+(?![\w./@])|[AI]\s)")
# The same mark opens in one language and closes in another: what stands before it tells.
_QUOTATION = re.compile(r"(?P<opens>(?:^|(?<=[\s(\[–—]))(?:[“„»\"](?=\S)|«))|[“”„«»\"]")
# A list number or letter without the text that belongs to it.
_SIGN_ONLY = re.compile(r"[\W_]*(?:[A-Z]?(?:\d{1,3}[.)]?)+|[A-Za-z]|[ivxlIVXL]+)?[\W_]*")
# Characters beside a full stop that are looked at for the words next to it: a paragraph may be long.
_NEAR = 80
_FINITE = {"VBD", "VBZ", "VBP", "MD"}


def split_sentences(doc: Doc) -> list[tuple[int, int]]:
    """Return the sentences of a parsed paragraph as character spans, without outer spaces."""
    return split(doc.text, words(doc.lang_), lambda: doc)


def split(text: str, spoken: Words, parse: Callable[[], Doc]) -> list[tuple[int, int]]:
    """Return the sentences of a paragraph as character spans, without outer spaces.

    A boundary needs final punctuation before it (closing quotes, brackets and
    footnote signs may stand between) and no small letter after it. Whether
    an abbreviation, an initial or a number with a full stop ends a sentence is
    told by the words of the language; where these leave it open, the text is split
    only if spaCy starts a sentence there and both sides have a verb: two sentences
    read as one do less harm than half a sentence.

    Args:
        text: The paragraph on one line.
        spoken: The words of its language.
        parse: Gives the parsed paragraph; called only where it is needed.
    """
    parsed = lru_cache(maxsize=1)(parse)
    spans: list[tuple[int, int]] = []
    start = 0
    for stop in _STOPS.finditer(text):
        end, following = _after(text, stop.start(), stop.end())
        if following and end > start and _ends(text, stop, end, following, spoken, parsed) and not _is_quoting(text, start, end):
            spans.append((start, end))
            start = following
    spans.append((start, len(text)))
    stripped = [_strip(text, a, b) for a, b in spans]
    return _without_signs_alone(text, [span for span in stripped if span[1] > span[0]], spoken)


def is_finished(text: str) -> bool:
    """Tell whether a sentence ends as sentences do."""
    text = text.rstrip()
    stops = list(_STOPS.finditer(text))
    return bool(stops) and _after(text, stops[-1].start(), stops[-1].end())[0] == len(text)


def breaks(before: str, after: str, spoken: Words, apart: bool = False) -> bool:
    """Tell whether a sentence ends between two lines.

    Args:
        before: Ends with the last line.
        after: Begins with the next.
        spoken: The words of their language.
        apart: Whether an empty line stands between; without one, what only spaCy could tell counts as no.
    """
    before, after = before.rstrip(), after.lstrip()
    stops = list(_STOPS.finditer(before))
    if not stops or not after or _after(before, stops[-1].start(), stops[-1].end())[0] != len(before):
        return False
    text = f"{before} {after}"
    return _ends(text, stops[-1], len(before), len(before) + 1, spoken, None, apart)


def ends_within(text: str, spoken: Words) -> bool:
    """Tell whether a sentence ends in a text before its end."""
    return any(breaks(text[: m.end()], text[m.end() :], spoken) for m in re.finditer(r"[.!?…]+(?=\s)", text))


def has_verb(doc: Doc) -> bool:
    """Tell whether a text has a finite verb; one in a language without a tagger has none."""
    return any(t.tag_ in _FINITE for t in doc)


def is_whole(doc: Doc) -> bool:
    """Tell whether the first sentence of a text has subject and finite verb; without a parser it is taken to."""
    if not doc.has_annotation("DEP"):
        return True
    return any(
        t.tag_ in _FINITE and any(c.dep_.startswith(("nsubj", "expl", "csubj")) for h in (t, t.head) for c in h.children)
        for t in next(iter(doc.sents), doc[:])
    )


def _after(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where a sentence that stops at `start` ends, with what belongs to it, and where the next begins (0: nowhere)."""
    end = _closed(text, end)
    while note := _FOOTNOTE.match(text, end):
        end = _closed(text, note.end())
    if end < len(text) and text[end].isdigit() and text[start - 1 : start].isalpha():
        bare = _BARE_FOOTNOTE.match(text, end)
        end = bare.end() if bare else end
    if end == len(text) or text[end].isspace():
        following = end
        while following < len(text) and text[following].isspace():
            following += 1
        return (end, following) if following < len(text) else (len(text.rstrip()), 0)
    glued = _GLUED_RIGHT.match(text, end) and (_GLUED_LEFT.search(text, max(0, start - 40), start) or end > start + 1)
    return (end, end) if glued else (end, 0)


def _closed(text: str, end: int) -> int:
    while end < len(text) and text[end] in _CLOSING:
        if text[end] in "“‘«‹" and text[end + 1 : end + 2].isalpha():
            break
        end += 1
    return end


def _ends(
    text: str,
    stop: re.Match[str],
    end: int,
    following: int,
    spoken: Words,
    parsed: Callable[[], Doc] | None,
    apart: bool = False,
) -> bool:
    left = text[max(0, stop.start() - _NEAR) : stop.start()]
    after = text[following : following + 2 * _NEAR].lstrip(_OPENING)
    head = next((c for c in after if c.isalnum()), "")
    if head.islower() and not _CAMEL.match(after):
        return False
    closed, following_words = end > stop.end(), _words(after[:_NEAR])
    if stop.group() != ".":
        # “Will we stay?” Rama asked.
        return not (closed and any(w in spoken.saying for w in following_words[1:4]) and not _is_introduced(text[: stop.start()]))
    before = left.split(" ")[-1].split("\n")[-1].lstrip(_OPENING + "–—-/")
    word, first, capital = before.lower(), (following_words or [""])[0], before[:1].isupper()
    # `(ret.)`, `(pop. 5,000)`.
    if re.search(r"\([^\W\d_]+$", left):
        return False
    if not before or closed:
        return True
    # `Dr`, `H.E`, `Dr.-Ing`.
    titled = word in spoken.titles or ("." in word and re.split(r"[.-]", word)[0] in spoken.titles)
    if word in spoken.never or (titled and (capital or "." in word)):
        return False
    if word in spoken.before_number and text[following] == "(":
        return False
    number_next = after[:1].isdigit()
    starts = first in spoken.starters and not re.match(r"[A-Z]\.", after)
    if word in spoken.before_number and _NUMBERISH.match(after):
        return starts and not number_next and len(first) > 1
    if word in spoken.shortened and number_next:
        return False
    if _NUMBER.fullmatch(before):
        return _number_ends(left, before, first, after, spoken)
    if re.fullmatch(r"[^\W\d_]", before):
        return _letter_ends(text, stop.start(), end, following, starts, spoken, parsed)
    short = (
        _DOTTED.fullmatch(before)
        or word in spoken.may_end
        or word in spoken.shortened
        or (_CONSONANTS.fullmatch(before) and not before.isupper())
    )
    return not short or starts or apart or _agrees(end, following, parsed)


def _is_quoting(text: str, start: int, end: int) -> bool:
    """Tell whether a quotation is open at the end of a sentence, and the sentence that it stands in goes on behind it.

    `She said, “We stayed. We will stay,” and left.` is one sentence: neither half says who speaks.
    """
    marks = list(_QUOTATION.finditer(text, start, end))
    if not marks or not marks[-1]["opens"]:
        return False
    mark = _QUOTATION.search(text, end)
    return mark is not None and not mark["opens"] and text[mark.end() : mark.end() + _NEAR].lstrip(" ,")[:1].islower()


def _is_introduced(before: str) -> bool:
    """Tell whether the open quotation follows words that introduce it, ending in a colon or comma: `He asked: “Will`."""
    opening = max(before.rfind(mark) for mark in '“„«»"')
    return opening > 0 and before[:opening].rstrip().endswith((":", ","))


def _number_ends(before: str, number: str, first: str, after: str, spoken: Words) -> bool:
    """Tell whether a number with a full stop ends a sentence: no ordinal, no decimal that was cut."""
    small = len(number) <= 3
    counted = before.removesuffix(number)
    counts = re.search(r"(?:^|[:;.!?])\s*$", counted) and (_words(counted) or [""])[-1] not in spoken.before_number
    # `1. Peace.` after a colon, a full stop or nothing counts.
    if small and (first in spoken.months | spoken.shortened or counts):
        return False
    if small and after[:1].isdigit():
        return not any(w in spoken.units or w == "%" for w in re.findall(r"[^\W\d_]+|%", after[:24].lower())[:1])
    previous = (_words(counted) or [""])[-1]
    return not (small and number.isdigit() and previous in spoken.before_ordinal and first not in spoken.starters)


def _letter_ends(
    text: str, at: int, end: int, following: int, starts: bool, spoken: Words, parsed: Callable[[], Doc] | None
) -> bool:
    """Tell whether a single letter with a full stop ends a sentence: `plan B.` and not `John F.`."""
    previous = text[: at - 1].split()[-1:] or [""]
    label = previous[0].strip(_OPENING + _CLOSING)
    if label.lower() in spoken.labels or starts:
        return True
    return label.islower() and len(label) > 2 and label not in spoken.hanging and _agrees(end, following, parsed)


def _agrees(end: int, following: int, parsed: Callable[[], Doc] | None) -> bool:
    """Tell whether spaCy starts a sentence there, with a verb on either side."""
    doc = parsed() if parsed else None
    if doc is None or not doc.has_annotation("DEP"):
        return False
    right = next((t for t in doc if t.idx + len(t) > following), None)
    if right is None or not right.is_sent_start:
        return False
    left = doc[: right.i]
    cut = max((t.i for t in left if t.is_sent_start), default=0)
    return has_verb(doc[cut : right.i]) and is_whole(doc[right.i :].as_doc())


def _words(text: str) -> list[str]:
    """Return the words of a text, in lower case."""
    return [w.strip(_OPENING + _CLOSING + ".,;:!?…").lower() for w in text.split()]


def _without_signs_alone(text: str, spans: list[tuple[int, int]], spoken: Words) -> list[tuple[int, int]]:
    """Return the spans, a list number or letter alone merged with the text that follows (at the end: with that before)."""
    result: list[tuple[int, int]] = []
    start: int | None = None
    for a, b in spans:
        a = a if start is None else start
        start = None
        piece = text[a:b]
        section = re.fullmatch(r"(\S+)\s*[\dIVXLC.]+[.:]?", piece)
        if _SIGN_ONLY.fullmatch(piece) or (section and section[1].lower() in spoken.sections):
            start = a
        else:
            result.append((a, b))
    if start is not None:
        first = result.pop()[0] if result else start
        result.append((first, spans[-1][1]))
    return result


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
