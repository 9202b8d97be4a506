"""Seed files become documents; whatever is wrong with one is said in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path

import yaml

from bot.errors import ROOT, InputError
from bot.language import DEFAULT_LANGUAGE, LANGUAGES
from bot.read.document import Document, Finding, Passage
from bot.read.language import Words, parse, pipeline, words
from bot.read.layout import Block, Layout, Line
from bot.read.mend import Mended, mend, words_written
from bot.read.nlp import Language
from bot.read.sentences import is_finished, is_whole, split

SEEDS = ROOT / "seeds"
MAX_BYTES = 1_000_000
# A paragraph of at least so many words is in another language if less than this share of them are function words (`hanging`).
_FOREIGN_WORDS = 8
_COMMON = 0.08
# What is longer than a headline.
_HEADLINE_WORDS = 3
_SHOWN = 160
# Control characters and noncharacters; a form feed is allowed: it separates pages.
_CONTROL = re.compile("[\\x00-\\x08\\x0b\\x0d-\\x1f\\x7f-\\x84\\x86-\\x9f\ufffe\uffff]")
_NAMED = {"\r": "a carriage return (CRLF line ends); save it with LF line ends", "\0": "a NUL character; remove it"}
_DATE = re.compile(r"\d{4}(?:-\d{2}){0,2}")


def read_seeds(folder: Path = SEEDS, languages: Path = LANGUAGES) -> list[Document]:
    """Read every statement in a folder.

    Args:
        folder: Holds `NAME.txt` files, each with a `NAME.yml` beside it.
        languages: Holds a folder for each language.

    Returns:
        The documents, in the order of their names.

    Raises:
        InputError: If there is no seed, or one of them cannot be read.
    """
    paths = sorted(p for p in folder.glob("*") if p.suffix.lower() == ".txt") if folder.is_dir() else []
    if not paths:
        raise InputError(folder, "no statement here; put a text into it as NAME.txt.")
    seen: dict[str, Path] = {}
    for path in paths:
        name = document_name(path)
        if name in seen:
            raise InputError(path, f"has the same name as {seen[name].name} (`{name}`); rename one of them.")
        seen[name] = path
    return [read_seed(path, languages) for path in paths]


def document_name(path: Path) -> str:
    """Return a document's name: its file's, folded to `a-z0-9_`."""
    return re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_") or "statement"


def read_seed(path: Path, languages: Path = LANGUAGES) -> Document:
    """Read one statement.

    Args:
        path: A UTF-8 text with LF line ends; paragraphs are set apart by
            empty lines (or, where there is none, stand one on a line).
        languages: Holds a folder for each language.

    Returns:
        The document; passages carry offsets but no intents yet.

    Raises:
        InputError: If the file cannot serve as a statement; names the line.
    """
    text = _text(path)
    meta = _metadata(path)
    try:
        nlp = pipeline(meta["language"])
    except ValueError as error:
        given = path.with_suffix(".yml")
        raise InputError(given, f"{error}; give an ISO code such as `en`.", _line_of(given, "language")) from error
    passages, findings = _Reader(text, nlp, words(meta["language"], languages)).read()
    if not any(p.kind == "sentence" for p in passages):
        line = text[: passages[-1].start].count("\n") + 1 if passages else 1
        what = "only a heading" if all(p.kind == "heading" for p in passages) else "only an unfinished sentence"
        raise InputError(path, f"{what}, nothing that could be quoted; add at least one whole sentence.", line)
    return Document(
        name=document_name(path),
        text=text,
        title=meta["title"],
        issuer=meta["issuer"],
        language=meta["language"],
        date=meta["date"],
        date_text=meta["date_text"],
        date_note=meta["date_note"],
        passages=tuple(passages),
        findings=tuple(findings),
    )


def fragments(document: Document) -> Iterator[str]:
    """Yield one sentence for each doubtful place of a document, to be reported."""
    for finding in document.findings:
        if finding.kind == "doubtful":
            yield f"seeds/{document.name}.txt, line {finding.line}: {finding.text}"


class _Reader:
    """Reads one text: its passages, and what its maintainer should know of them."""

    def __init__(self, text: str, nlp: Language, spoken: Words) -> None:
        self._text = text
        self._nlp = nlp
        self._parse = lru_cache(maxsize=256)(partial(parse, nlp))
        self._spoken = spoken
        self._written = words_written(text)
        self._passages: list[Passage] = []
        self._findings: list[Finding] = []

    def read(self) -> tuple[list[Passage], list[Finding]]:
        """Return passages and findings in reading order."""
        number = 0
        top = True
        for block in Layout(self._spoken, self._parse).blocks(self._text):
            if block.kind == "furniture":
                self._find("left out", block.lines[0], block.text)
                continue
            if block.kind == "heading":
                # Only the heading on top is a passage; headings further down are layout.
                if top:
                    mended = self._mended(block)
                    start, end = mended.span(0, len(mended.text))
                    shown = mended.shown(0, len(mended.text), self._text)
                    self._passages.append(Passage("p0s1", 0, 1, start, end, kind="heading", mended=shown))
                self._find("heading", block.lines[0], block.text)
                if number and self._may_be_a_sentence(block.text):
                    self._doubt(
                        block.lines[0], f"“{_short(block.text)}” is read as a heading; end it as a sentence if it is one."
                    )
            else:
                number += 1
                self._add(block, number)
            top = False
        return self._passages, self._findings

    def _add(self, block: Block, number: int) -> None:
        mended = self._mended(block)
        if block.kind == "table":
            spans = [(0, len(mended.text))]
            self._doubt(
                block.lines[0], "lines in columns or a table; they are never quoted. Write what they say one after the other."
            )
        else:
            spans = split(mended.text, self._spoken, lambda: self._parse(mended.text))
        for line in block.joined:
            self._findings.append(Finding("joined", line, mended.text))
        if block.kind != "table" and self._is_foreign(mended.text):
            self._doubt(block.lines[0], "not in the statement's language, it seems; put it into a seed of its own.")
        for sentence, (a, b) in enumerate(spans, 1):
            start, end = mended.span(a, b)
            kind = self._kind(block, mended.text, a, b)
            shown = mended.shown(a, b, self._text)
            self._passages.append(Passage(f"p{number}s{sentence}", number, sentence, start, end, kind=kind, mended=shown))
            if kind == "fragment" and block.kind != "table":
                self._findings.append(Finding("doubtful", self._line(start), self._broken(mended.text[a:b])))
            if shown and not block.joined:
                self._findings.append(Finding("joined", self._line(start), shown))

    def _mended(self, block: Block) -> Mended:
        return mend(self._text, [(line.start, line.end) for line in block.lines], self._spoken, self._known, self._written)

    def _kind(self, block: Block, text: str, a: int, b: int) -> str:
        said = text[a:b]
        if block.kind == "table" or not any(c.isalpha() for c in said):
            return "fragment"
        words = said[block.sign.width :] if block.sign and a == 0 else said
        if re.match(rf"(?:{'|'.join(map(re.escape, self._spoken.going_on))})\b", words):
            return "fragment"
        if b < len(text) or is_finished(said):
            return "sentence"
        if said.endswith(":"):
            return "heading"
        # Items need no full stop, but their last word has to end something.
        whole = block.kind in ("item", "note") and not re.search(r"[-–\u00ad]$", said)
        last = re.sub(r"[;,]\s*\w+$", "", said).split()[-1].strip(",;").lower()
        return "sentence" if whole and last not in self._spoken.hanging else "fragment"

    def _broken(self, said: str) -> str:
        return f"this sentence is unfinished (“{_short(said)}”); it will never be quoted."

    def _may_be_a_sentence(self, text: str) -> bool:
        if text.split()[-1].lower() in self._spoken.hanging:
            return True
        words_enough = len(text.split()) > _HEADLINE_WORDS and not text.endswith((":", "?"))
        return words_enough and self._nlp.has_pipe("parser") and is_whole(self._parse(text))

    def _is_foreign(self, text: str) -> bool:
        """Tell whether a paragraph has hardly one of the small words of the language."""
        if self._spoken.language != self._nlp.lang:
            return False
        said = re.findall(r"[^\W\d_]+", text.lower())
        return len(said) >= _FOREIGN_WORDS and sum(w in self._spoken.hanging for w in said) < len(said) * _COMMON

    def _known(self, word: str) -> bool:
        return word in self._nlp.vocab.strings

    def _find(self, kind: str, line: Line, text: str) -> None:
        self._findings.append(Finding(kind, line.number, _short(text)))

    def _doubt(self, line: Line, text: str) -> None:
        self._findings.append(Finding("doubtful", line.number, text))

    def _line(self, start: int) -> int:
        return self._text.count("\n", 0, start) + 1


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN].rsplit(" ", 1)[0] + " …"


def _text(path: Path) -> str:
    if not path.is_file():
        raise InputError(path, "no such file.")
    size = path.stat().st_size
    if size >= MAX_BYTES:
        raise InputError(path, f"{size:,} bytes; a statement may have up to {MAX_BYTES:,}. Split it.", 1)
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(path, "not UTF-8; save it as UTF-8.", line) from error
    if text.startswith("\ufeff"):
        raise InputError(path, "starts with a byte-order mark; save it as UTF-8 without one.", 1)
    strange = _CONTROL.search(text)
    if strange:
        what = _NAMED.get(strange.group(), f"the control character U+{ord(strange.group()):04X}; remove it")
        raise InputError(path, f"{what}.", text[: strange.start()].count("\n") + 1)
    if not text.strip():
        raise InputError(path, "empty; paste the statement into it.", 1)
    return text


def _metadata(path: Path) -> dict[str, str]:
    """Read `NAME.yml`; a missing file gives plain defaults, a wrong one an error."""
    meta_path = path.with_suffix(".yml")
    title = path.stem.replace("_", " ").strip().capitalize()
    meta = {"title": title, "issuer": "", "language": DEFAULT_LANGUAGE, "date": "", "date_text": "", "date_note": ""}
    if not meta_path.is_file():
        return meta
    try:
        given = yaml.safe_load(meta_path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(meta_path, "not valid YAML.", mark.line + 1 if mark else 1) from error
    if not isinstance(given, dict):
        raise InputError(meta_path, "must be `key: value` lines.", 1)
    for key, value in given.items():
        if key not in meta:
            raise InputError(meta_path, f"unknown key `{key}`; known: {', '.join(meta)}.", _line_of(meta_path, str(key)))
        if isinstance(value, (dict, list)):
            raise InputError(meta_path, f"`{key}` must be a line of text; put it in quotes.", _line_of(meta_path, key))
        # A key without a value says as little as no key.
        meta[key] = " ".join(str(value).split()) if value is not None else ""
    meta["title"] = meta["title"] or title
    meta["language"] = meta["language"] or DEFAULT_LANGUAGE
    if meta["date"] and not _DATE.fullmatch(meta["date"]):
        # The year has to be readable: notes on relative dates are made with it.
        said = f"`{meta['date']}` is no date; give a year, a month or a day such as `2022-04`, and words as `date_text`."
        raise InputError(meta_path, said, _line_of(meta_path, "date:"))
    meta["date_text"] = meta["date_text"] or meta["date"]
    return meta


def _line_of(path: Path, key: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((n for n, line in enumerate(lines, 1) if line.startswith(key)), 1)
