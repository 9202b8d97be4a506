"""Take a message apart into the questions it holds, and strip what frames them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.understand.lexicon import Lexicon, alternatives

MOST_PARTS = 4
_FEWEST_WORDS = 3
# A sentence ends at its mark, with or without a space behind it; a line is a sentence; list signs begin one.
_SENTENCE_END = re.compile(
    r"(?<=[?!…;])[\"'”’)]*\s*(?=\w)|(?<=[?!…;])\s+(?=[%$€£“‘\"(])|(?<=\w\w\.)[\"'”’)]*\s+|(?<=[)\"'”’]\.)\s+|(?<=\.\.)\s*(?=\w)"
)
# Lines, and signs that stand for their ends.
_LINE_END = re.compile(r"\s*\n+\s*|\s+[/|•●▪·–—]\s+|\s+-\s+(?=\S)")
_LIST_SIGN = re.compile(r"^\s*(?:[-*•●▪·>–—]+|\(?\d{1,2}[.)](?=\s+\D)|[a-e]\))\s*")
_BRACKETS = re.compile(r"\s*[(\[](?:\w+[.:]?\s+)?#?(?P<held>[\w./-]+)[)\]]")
_ENDS = re.compile(r"^[\s,;:.!?…]+|[\s,;:.!?…]+$")


@dataclass(frozen=True)
class Part:
    """A piece of a message.

    Attributes:
        text: Its words, without greeting and sign-off.
        asks: Whether it is shaped like a question or a request.
        points: Whether a word of it may refer to something before it.
    """

    text: str
    asks: bool
    points: bool


def split(text: str, starts: Sequence[int], lexicon: Lexicon) -> list[list[Part]]:
    """Return the pieces of a message by stretch: a question each, with the sentences around it that ask nothing.

    Args:
        text: As `spoken_marks` gives it, lines kept.
        starts: Where the second, third, ... stretch begins.
        lexicon: Of its language.

    Returns:
        At least one stretch, each with at least one piece; of a long message the
        last ones, where questions stand.
    """
    at = [0, *starts, len(text)]
    stretches = [text[a:b] for a, b in pairwise(at)]
    joining = re.compile(rf"^[\s,;]*(?:(?:{alternatives(lexicon['joining'])})[\s,]+)+(?=\w)", re.IGNORECASE)
    bare_ones = [joining.sub("", s) if number else s for number, s in enumerate(stretches)]
    lines = [(number, line) for number, stretch in enumerate(bare_ones) for line in _lines(stretch, lexicon)]
    kept = _unsigned([line for _, line in lines], lexicon)
    found: list[list[Part]] = []
    last = -1
    for (number, _), line in zip(lines, kept):
        sentences = [part(s, lexicon) for s in line]
        if number != last:
            found.append([])
        elif found[-1][-1].asks and sentences[0].asks:
            # One question over two lines.
            sentences[0] = part(f"{found[-1].pop().text} {sentences[0].text}", lexicon)
        found[-1] += _joined(sentences, lexicon)
        last = number
    return [stretch[-2 * MOST_PARTS :] for stretch in found[-MOST_PARTS:]] or [[part(text, lexicon)]]


def part(text: str, lexicon: Lexicon) -> Part:
    """Return a text with what its words tell about it."""
    words = re.findall(r"[\w'’]+", text.lower())
    opened = rf"\W*(?:(?:{alternatives(lexicon['opening'])})\b\W*)*(?:{alternatives(lexicon['asking'])})\b"
    asks = "?" in text or re.match(opened, text, flags=re.IGNORECASE) is not None
    return Part(text, asks, any(w in lexicon["pointing"] for w in words))


def joined(pieces: Sequence[Part], lexicon: Lexicon) -> Part:
    """Return several pieces as one."""
    return part(" ".join(p.text for p in pieces), lexicon) if len(pieces) > 1 else pieces[0]


def framed(text: str, lexicon: Lexicon) -> str:
    """Return a sentence without the greeting before it and the thanks, wishes and names behind it.

    What is nothing but a frame stays as it is: it was meant.
    """
    if re.fullmatch(rf"\W*(?:(?:{alternatives(lexicon['closing'])})\W*)+", text, flags=re.IGNORECASE):
        return text.strip()
    bare = re.sub(rf"^\W*(?:(?:{alternatives(lexicon['greeting'])})\b[\s,!.:-]*)+(?=\w+\W+\w+)", "", text, flags=re.IGNORECASE)
    signed = rf"[\s,.!;-]+(?:{alternatives(lexicon['signing'])})\b[\s,]+[A-Z][\w-]+(?:\s+[A-Z][\w-]+)?\W*$"
    bare = re.sub(signed, "", bare) if len(bare.split()) > 3 else bare
    closing = rf"(?:[\s,.!?;-]+(?:{alternatives(lexicon['closing'])})\b[\s!.,?]*)+$"
    rest = re.sub(closing, lambda m: "?" if "?" in m.group() else "", bare, flags=re.IGNORECASE)
    # One word that is left is a request ("sanctions, please"); with none left, the closing itself was meant.
    return rest.strip() if re.search(r"\w", rest) else bare.strip()


def uncorrected(text: str, lexicon: Lexicon) -> str:
    """Return what was meant, without the words of correction before it ("no, I meant ...")."""
    for opening in sorted(lexicon["correcting"], key=len, reverse=True):
        pattern = r"^\W*" + r"\W+".join(map(re.escape, opening.split())) + r"\b[\s,:]*"
        rest = re.sub(pattern, "", text, count=1, flags=re.IGNORECASE)
        if rest != text and re.search(r"\w", rest):
            return rest
    return text


def renamed(text: str, lexicon: Lexicon) -> str:
    """Return a text with its names in other languages or forms replaced by those that the statement uses."""
    return re.sub(r"[^\W\d_]+(?:[.'’-][^\W\d_]+)*", lambda m: _own_name(m.group(), lexicon), text)


def _own_name(word: str, lexicon: Lexicon) -> str:
    own = lexicon.names.get(word.lower())
    return (own.upper() if len(own) <= 4 else own.capitalize()) if own else word


def bare(text: str) -> str:
    """Return a text without the marks at its ends: they never decide."""
    return _ENDS.sub("", text) or text


def asking(text: str) -> str:
    """Return a text without the marks at its ends but a question mark: it tells a question from a remark in the same words."""
    ends = _ENDS.findall(text)
    return bare(text) + ("?" if ends and "?" in ends[-1] and re.search(r"\w", text) else "")


def prepared(text: str, lexicon: Lexicon) -> str:
    """Return a message ready to be split: without corrections, codes and wishes for length, spoken punctuation as marks."""
    text = spoken_marks(uncorrected(text, lexicon), lexicon)
    uncoded = _BRACKETS.sub(lambda m: "" if _is_code(m["held"]) else m.group(), text)
    text = uncoded if re.search(r"\w", uncoded) else text
    # "budget, one line": without a mark before them, or alone, the words may be what is asked for.
    length = rf"(?<=\w)(?=\W*[,;:.!?–-])\W+(?:{alternatives(lexicon['length'])})\W*$"
    return re.sub(length, lambda m: "?" if "?" in m.group() else "", text, flags=re.IGNORECASE)


def _is_code(held: str) -> bool:
    """Tell whether brackets hold the number of a ticket or message, as mail programs add it: "c28-4", "22/11-B"."""
    place = re.fullmatch(r"p\d+s\d+", held, flags=re.IGNORECASE)
    return not place and re.search(r"[a-z]", held, flags=re.IGNORECASE) is not None and len(re.findall(r"\d+", held)) > 1


def spoken_marks(text: str, lexicon: Lexicon) -> str:
    """Return a text in which punctuation that dictation software wrote as words ("question mark") is replaced by the marks."""
    for words, mark in lexicon.spoken_marks.items():
        # Whole words only: the phrase must not be the beginning of a longer word.
        text = re.sub(rf"\s+{alternatives([words])}(?=\s|$|\W)\s*", f"{mark} ", text, flags=re.IGNORECASE)
    return text.strip(" ")


def _lines(stretch: str, lexicon: Lexicon) -> list[list[str]]:
    """Return the sentences of a stretch by line."""
    return [line for line in (_sentences(x.rstrip(" ,;&+/"), lexicon) for x in _LINE_END.split(stretch)) if line]


def _sentences(line: str, lexicon: Lexicon) -> list[str]:
    pieces = [framed(p, lexicon) for p in _SENTENCE_END.split(_LIST_SIGN.sub("", line)) if p]
    return [p for p in pieces if re.search(r"\w", p)]


def _unsigned(lines: list[list[str]], lexicon: Lexicon) -> list[list[str]]:
    """Return the lines without those of sign-off and signature at the end, and without thanks that end the last."""
    closing = re.compile(rf"(?:(?:{alternatives(lexicon['closing'])})\W*)+", re.IGNORECASE)
    kept = [list(line) for line in lines]
    while kept and sum(map(len, kept)) > 1:
        last = kept[-1][-1]
        words = last.split()
        before = kept[-1][-2] if len(kept[-1]) > 1 else kept[-2][-1]
        named = len(words) <= 2 and all(w[:1].isupper() for w in words) and "?" not in last
        if not (closing.fullmatch(last) or (named and (closing.fullmatch(before) or (len(kept[-1]) == 1 and "?" in before)))):
            break
        kept[-1].pop()
        kept = [line for line in kept if line]
    return kept


def _joined(sentences: list[Part], lexicon: Lexicon) -> list[Part]:
    """Return the sentences of a stretch, neighbours that ask joined into one: a stretch holds one question.

    "Name them! Which powers?" is one request; so is a word or two put to the sentence before it.
    """
    out: list[Part] = []
    for sentence in sentences:
        short = len(sentence.text.split()) < _FEWEST_WORDS and not sentence.asks
        if out and ((sentence.asks and out[-1].asks) or short or len(out[-1].text.split()) == 1):
            out[-1] = part(f"{out[-1].text} {sentence.text}", lexicon)
        else:
            out.append(sentence)
    return out
