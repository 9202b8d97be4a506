"""Lines become blocks: headings, paragraphs, items; a page's furniture is set apart, and what a page broke is joined."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from bot.read.language import Words
from bot.read.nlp import Doc
from bot.read.sentences import breaks, ends_within, has_verb, is_finished, is_whole
from bot.read.signs import Sign, sign_of

HEADING_WORDS = 14
_RULE = re.compile(r"[\W_]{3,}")
_LEADERS = re.compile(r"(?:\.{4,}|(?:\s\.){4,}|…{2,})\s*\d*$")
_GAP = re.compile(r"\S(?: {3,}|\s*\t\s*)(?=\S)")
_HYPHENED = re.compile(r"[^\W\d_][-\u2010\u00ad]$")
# Narrower lines are not wrapped text.
_WIDTH = 40
# A line that stands alone on so many pages is their head or foot.
_REPEATED = 3


@dataclass(frozen=True)
class Line:
    """A line without its outer spaces: its span in the seed, its words, its number from 1, the sign it may begin with.

    `edge` tells whether it is the first or the last of a page.
    """

    start: int
    end: int
    text: str
    number: int
    sign: Sign | None
    edge: bool = False

    @property
    def words(self) -> str:
        """Its words without the sign."""
        return self.text[self.sign.width :] if self.sign else self.text


@dataclass
class Block:
    """Lines that belong together.

    Attributes:
        lines: In order; after a join, what stood between is not among them.
        kind: `text`, `item`, `note`, `heading`, `furniture` (of a page) or `table` (columns side by side).
        joined: For each join, the number of the first line that was put behind it.
    """

    lines: list[Line]
    kind: str = "text"
    joined: list[int] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its words, on one line."""
        return " ".join(line.text for line in self.lines)

    @property
    def sign(self) -> Sign | None:
        """The sign of its first line."""
        return self.lines[0].sign


class Layout:
    """Reads the layout of a text in one language."""

    def __init__(self, spoken: Words, parse: Callable[[str], Doc]) -> None:
        """Keep the words of the language, and what parses a text where words and signs leave it open."""
        self._spoken = spoken
        self._parse = parse
        self._width = 0

    def blocks(self, text: str) -> list[Block]:
        """Return the blocks of a text in reading order, each a paragraph, an item, a heading or nothing to be quoted."""
        groups = [_Group(lines) for lines in self._groups(text)]
        self._width = max((len(line.text) for g in groups for line in g.lines if len(g.lines) > 1), default=0)
        repeated = Counter(_shape(g.lines[0].text) for g in groups if len(g.lines) == 1 and not is_finished(g.lines[0].text))
        blocks: list[Block] = []
        for group in groups:
            only = group.lines[0].text if len(group.lines) == 1 else ""
            shape = _shape(only)
            if blocks and len(shape) > 2 and not group.lines[0].sign and repeated[shape] >= _REPEATED:
                blocks.append(Block(group.lines, "furniture"))
            else:
                blocks += self._split(group, groups)
        return self._classify(self._join(self._with_their_signs(blocks)))

    def _groups(self, text: str) -> Iterator[list[Line]]:
        """Yield the lines between empty ones."""
        group: list[Line] = []
        number, last, edge = 1, 0, False
        for match in re.finditer(r"[^\n\f]*(?:[\n\f]|$)", text):
            raw = match.group()
            number, last = number + text.count("\n", last, match.start()), match.start()
            # Invisible signs around a line count as spaces: slices begin and end with something to be seen.
            line = raw.strip(" \t\n\f\u00a0\u200b\u2060\ufeff\u2003\u2002\u3000\x85\u2028")
            paged = raw.endswith("\f")
            if line.strip():
                start = match.start() + raw.index(line)
                group.append(Line(start, start + len(line), line, number, sign_of(line, self._spoken), edge))
                edge = False
            if group and (paged or not line.strip()):
                # A new page parts what stands on it as an empty line does.
                yield [*group[:-1], replace(group[-1], edge=group[-1].edge or paged)]
                group = []
            edge = edge or paged
        if group:
            yield group

    def _split(self, group: _Group, groups: list[_Group]) -> Iterator[Block]:
        """Yield the blocks of lines that no empty line parts."""
        lines = group.lines
        if _is_table(lines):
            yield Block(lines, "table")
            return
        run: list[Line] = []
        for n, line in enumerate(lines):
            if self._is_furniture(line.text, alone=line.edge or len(lines) == 1):
                yield from self._run(run)
                run = []
                yield Block([line], "furniture")
                continue
            real = line.sign is not None and self._is_sign(lines, n, groups)
            if real or (run and run[-1].sign and run[-1].sign.kind == "title"):
                yield from self._run(run)
                run = []
            run.append(line if real else Line(line.start, line.end, line.text, line.number, None))
        yield from self._run(run)

    def _run(self, run: list[Line]) -> Iterator[Block]:
        """Yield the blocks of lines of which only the first may have a sign."""
        while len(run) > 1 and self._heads(run[0], run[1:]):
            yield Block(run[:1], "heading")
            run = run[1:]
        if not run:
            return
        kind = _kind(run[0].sign)
        first, rest = run[0], run[1:]
        if kind == "item" and first.sign and (not first.words or _is_symbol(first.text[0])) and (first.words or rest):
            # A symbol of Word's, or what stands alone on its line, is not shown with the item.
            bare = Line(first.start + first.sign.width, first.end, first.words, first.number, None)
            run = [bare, *rest] if first.words else rest
        if kind == "item":
            # The rest of an item would begin in lower case; a line below it that begins a sentence is another paragraph.
            ends = next((n for n in range(1, len(run)) if self._is_below(run[n - 1].text, run[n].text)), len(run))
            run, after = run[:ends], run[ends:]
        else:
            after = []
        # Lines that all end as sentences do are paragraphs; others are wrapped text.
        apart = all(breaks(a.text, b.text, self._spoken) for a, b in pairwise(run))
        for lines in [[line] for line in run] if apart else [run]:
            yield Block(lines, kind if lines[0] is run[0] else "text")
        if after:
            yield from self._run(after)

    def _is_furniture(self, text: str, alone: bool) -> bool:
        """Tell whether a line is the number of a page, a rule, or a line of a table of contents."""
        if _RULE.fullmatch(text) or _LEADERS.search(text):
            return True
        if re.fullmatch(r"[-–—|]\s*\d{1,4}\s*[-–—|]|\d{1,4}\s*/\s*\d{1,4}", text):
            return True
        words = re.findall(r"[^\W\d_]+", text.lower())
        if words and words[0] in self._spoken.pages and len(text.split()) <= 4 and re.search(r"\d\W*$", text):
            return not re.search(r"[.,;:]$", text)
        if re.fullmatch(r"\d{1,4}\s*\|\s*\w+", text):
            return True
        if alone and len(words) <= HEADING_WORDS and re.search(r"[^\W\d_]\.?\s\d{1,4}\W*$", text):
            # `Border Rivers – Page 3`
            return words[-1] in self._spoken.pages
        return alone and not words and not sign_of(text, self._spoken)

    def _is_sign(self, lines: list[Line], n: int, groups: list[_Group]) -> bool:
        """Tell by the lines around it whether what looks like a sign at the beginning of a line is one."""
        line = lines[n]
        sign = line.sign
        if sign is None or sign.sure:
            return sign is not None
        same = [(m, other.sign) for m, other in enumerate(lines) if other.sign and other.sign.kind[-2:] == sign.kind[-2:]]
        last = next((s for m, s in reversed(same) if m < n), None)
        following = next((s for m, s in same if m > n), None)
        listed = sign.follows(last) or (following is not None and following.follows(sign))
        if sign.is_first and n and lines[n - 1].sign and lines[n - 1].sign is not last:
            # The first item below another.
            listed = True
        above = lines[n - 1].sign if n else None
        if above and above.kind.startswith("bullet") and sign.kind.startswith("bullet") and not line.words[:1].islower():
            # A list with another sign for each level, or for each item.
            listed = True
        if sign.kind.startswith("letter A") and not listed:
            # `A. Berisha spoke.` is no item, unless a `B.` follows somewhere.
            all_signs = [line.sign for group in groups for line in group.lines if line.sign]
            listed = any(s.follows(sign) or sign.follows(s) for s in all_signs if s.values and s.values != sign.values)
            if not listed:
                return False
        if n == 0:
            return True
        before = lines[n - 1].text
        if self._hangs(before) and not re.search(r"[;,]\s*\w+$", before):
            return False
        return bool(listed) or is_finished(before) or before.endswith((":", ";", ","))

    def _heads(self, first: Line, rest: list[Line]) -> bool:
        """Tell whether a line is the heading of the lines right below it."""
        text, after = first.words, rest[0].words
        small = _is_small(after)
        if not text or (first.sign and first.sign.kind.startswith(("bullet", "note"))):
            return False
        if text.endswith((":", "?")):
            return not small
        if text.endswith("!"):
            return not small and self._calls(text)
        if is_finished(text) or small:
            return False
        if _is_capitals(text):
            return not _is_capitals(after) or len(rest) == 1
        if self._is_salutation(text):
            return True
        if self._hangs(text) or len(text.split()) > HEADING_WORDS or text.endswith((";", "-", "–", "\u00ad")):
            return False
        if self._starts(after):
            return True
        forced = len(first.text) + 1 + len(after.split()[0]) > self._width
        if self._width >= _WIDTH and forced:
            return False
        return not has_verb(self._parse(text)) and is_whole(self._parse(" ".join(line.text for line in rest)))

    def _with_their_signs(self, blocks: list[Block]) -> Iterator[Block]:
        """Yield the blocks, signs that stand alone on a line together with what they count."""
        alone: Block | None = None
        for block in blocks:
            if alone and block.kind in ("text", "item", "heading") and not block.sign:
                block.kind = "item"
            elif alone:
                yield Block(alone.lines, "furniture")
            alone = None
            if block.kind == "item" and len(block.lines) == 1 and not block.lines[0].words.strip():
                alone = block
            else:
                yield block
        if alone:
            yield Block(alone.lines, "furniture")

    def _join(self, blocks: Iterator[Block]) -> list[Block]:
        """Return the blocks with those put together that an empty line or a page break parted within a sentence."""
        joined: list[Block] = []
        following: Block | None = None
        between: list[Block] = []
        # Backwards: whether a block ends in a whole sentence is known only once its own continuation is joined to it.
        for block in reversed(list(blocks)):
            if block.kind in ("furniture", "note"):
                joined.append(block)
                between.append(block)
                continue
            if following and self._goes_on(block, following):
                block.joined = [following.lines[0].number, *following.joined]
                block.lines = [*block.lines, *following.lines]
                # What stood between lies within the sentence now: it is nobody's passage.
                for inner in between:
                    inner.kind = "furniture"
                if block.kind == "heading":
                    block.kind = "item" if block.sign else "text"
                joined.remove(following)
            joined.append(block)
            following, between = block, []
        return joined[::-1]

    def _goes_on(self, one: Block, two: Block) -> bool:
        """Tell whether a block goes on with the last sentence of the one before it."""
        before, after = one.lines[-1].text, two.text
        if "table" in (one.kind, two.kind) or two.kind == "item" or two.sign or (one.sign and one.sign.kind == "title"):
            return False
        if not (is_finished(after) or ends_within(after, self._spoken)):
            # A join ends in a whole sentence.
            return False
        if _HYPHENED.search(before) and after[0].isalpha():
            return True
        small = _is_small(after)
        if is_finished(before):
            word = before.rstrip(".").split()[-1].lower() if before.split() else ""
            if small:
                return before.endswith(".") and not breaks(before, f"A{after}", self._spoken) and len(word) > 0
            return not breaks(before, after, self._spoken, apart=True)
        if small:
            return True
        if before.endswith((":", "(", "[")) or _is_capitals(before) or self._is_salutation(before):
            return False
        bulleted = one.kind == "item" and (one.sign is None or one.sign.kind.startswith("bullet"))
        if before.endswith((",", "–", "—")) or (before.endswith(";") and not one.sign) or self._hangs(before):
            return not (bulleted and before.endswith(","))
        if bulleted or self._starts(after) or one.kind == "heading":
            return False
        return has_verb(self._parse(one.text)) and not is_whole(self._parse(after)) and not _is_capitals(after)

    def _classify(self, blocks: list[Block]) -> list[Block]:
        """Return the blocks, headings among them known as such."""
        read = [b for b in blocks if b.kind not in ("furniture", "note")]
        for n, block in enumerate(read):
            following = read[n + 1] if n + 1 < len(read) else None
            if block.kind in ("text", "item") and self._is_heading(block, read[n - 1] if n else None, following):
                block.kind = "heading"
        return blocks

    def _is_heading(self, block: Block, before: Block | None, following: Block | None) -> bool:
        words = " ".join([block.lines[0].words, *(line.text for line in block.lines[1:])]).strip().strip("*_").strip()
        if not any(c.isalpha() for c in words):
            return bool(block.sign and block.sign.kind == "section")
        if block.joined:
            return False
        if words.endswith("?") and not re.search(r"[.!…:](?=\s)", words):
            return True
        if ends_within(words, self._spoken):
            return False
        if words.endswith(("?", ":")):
            return True
        if words.endswith("!"):
            return len(words.split()) <= HEADING_WORDS and self._calls(words)
        if is_finished(words):
            return False
        if words.endswith(",") and self._is_salutation(words):
            return True
        if words.endswith((",", ";")) or (following is None and before is not None):
            return False
        sign = block.sign
        if block.kind == "item" and sign is None:
            return False
        if block.kind != "item" or sign is None:
            return len(block.lines) == 1 or before is None or not has_verb(self._parse(words))
        if (
            not sign.kind.startswith(("number", "letter A", "roman A"))
            or sign.kind.endswith("(")
            or len(block.lines) > 1
            or len(words.split()) > HEADING_WORDS
        ):
            return False
        # A number before a heading, and not the last item of a list: what follows is no item of its level.
        listed = before is not None and before.kind == "item" and before.sign is not None and sign.follows(before.sign)
        adjacent = before is not None and before.lines[-1].number + 1 == block.lines[0].number
        if listed and adjacent:
            return False
        return following is not None and not (
            following.sign and following.sign.kind == sign.kind and not _below(following, block)
        )

    def _is_salutation(self, text: str) -> bool:
        words = re.findall(r"[^\W\d_]+", text.lower())
        known = words[:1] and words[0] in self._spoken.salutation
        return text.endswith(",") and bool(known) and len(words) <= HEADING_WORDS and not has_verb(self._parse(text))

    def _calls(self, text: str) -> bool:
        """Tell whether a line that ends in `!` says nothing: it has no verb, or begins as a question does."""
        asks = text.split()[0].lower() in self._spoken.asking
        return asks or not any(t.tag_.startswith(("VB", "MD")) for t in self._parse(text))

    def _is_below(self, item: str, line: str) -> bool:
        ends = not is_finished(item) and not self._hangs(item) and not item.endswith((",", ";", ":", "-"))
        return ends and self._starts(line)

    def _hangs(self, text: str) -> bool:
        """Tell whether a line ends in a word that something has to follow."""
        if is_finished(text):
            return False
        last = text.split()[-1].strip("“”\"'()[],;").lower() if text.split() else ""
        return last in self._spoken.hanging

    def _starts(self, text: str) -> bool:
        """Tell whether a text begins as only sentences do: capitalised, with a word that is small within them."""
        first = text.lstrip("“\"'‘„«([").split()[:1]
        return bool(first) and first[0][:1].isupper() and first[0].strip(",;:.’'").lower() in self._spoken.starters


@dataclass(frozen=True)
class _Group:
    lines: list[Line]


def _kind(sign: Sign | None) -> str:
    if sign is None or sign.kind in ("section", "speaker"):
        return "text"
    return {"note": "note", "title": "heading"}.get(sign.kind, "item")


def _is_symbol(sign: str) -> bool:
    """Tell whether a sign looks like a bullet only in Word: a private-use character of its symbol fonts, or `o` for a circle."""
    return "\uf000" <= sign <= "\uf0ff" or sign == "o"


def _shape(text: str) -> str:
    """Return a line in lower case with each number as `#`: lines that repeat on every page compare equal."""
    return re.sub(r"\d+", "#", text.lower())


def _is_small(text: str) -> bool:
    """Tell whether a text begins with a small letter that is no part of a name such as `eAlbania`."""
    text = text.lstrip("“\"'‘„«([")
    return text[:1].islower() and not re.match(r"[^\W\d_A-Z]{1,2}-?[A-Z]", text)


def _is_capitals(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return len(letters) > 3 and all(c.isupper() for c in letters)


def _is_table(lines: list[Line]) -> bool:
    """Tell whether lines stand in columns: gaps within most of them."""
    gaps = [line for line in lines if _GAP.search(line.words)]
    return len(gaps) > 1 and len(gaps) * 2 > len(lines)


def _below(one: Block, other: Block) -> bool:
    return bool(one.sign and other.sign and one.sign.values and len(one.sign.values[0]) > len((other.sign.values or ((),))[0]))
