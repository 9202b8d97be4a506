"""Seed files become documents; whatever is wrong with one is said in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from bot.errors import ROOT, InputError
from bot.read.document import Document, Passage
from bot.read.language import pipeline
from bot.read.sentences import is_finished, split_sentences

SEEDS = ROOT / "seeds"
MAX_BYTES = 1_000_000
_HEADING_WORDS = 14
# What no statement needs, and YAML files cannot hold.
_CONTROL = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x84\\x86-\\x9f\ufffe\uffff]")
_NAMED = {"\r": "a carriage return (CRLF line ends); save it with LF line ends", "\0": "a NUL character; remove it"}
_DATE = re.compile(r"\d{4}(?:-\d{2}){0,2}")
_LIST_ITEM = re.compile(r"\s*(?:[-–•*]|\(?\d{1,3}[.)])\s")


def read_seeds(folder: Path = SEEDS) -> list[Document]:
    """Read every statement in a folder.

    Args:
        folder: Holds `NAME.txt` files, each with a `NAME.yml` beside it.

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
    return [read_seed(path) for path in paths]


def document_name(path: Path) -> str:
    """Return a document's name: its file's, folded to `a-z0-9_`."""
    return re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_") or "statement"


def read_seed(path: Path) -> Document:
    """Read one statement.

    Args:
        path: A UTF-8 text with LF line ends; paragraphs are set apart by
            empty lines (or, where there is none, stand one on a line).

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
    blocks = list(_blocks(text))
    passages: list[Passage] = []
    number = 0
    for position, (start, end) in enumerate(blocks):
        block = text[start:end]
        if _is_heading(block) and (position < len(blocks) - 1 or position == 0):
            # Only the heading on top is a passage; headings further down are layout.
            if position == 0:
                passages.append(Passage("p0s1", 0, 1, start, end, kind="heading"))
            continue
        number += 1
        doc = nlp(block)
        for sentence, (a, b) in enumerate(split_sentences(doc), 1):
            last = position == len(blocks) - 1 and start + b == end
            cut = last and not is_finished(block[a:b]) and not _LIST_ITEM.match(block[a:b])
            passages.append(
                Passage(f"p{number}s{sentence}", number, sentence, start + a, start + b, kind="fragment" if cut else "sentence")
            )
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
    )


def fragments(document: Document) -> Iterator[str]:
    """Yield one sentence for each fragment of a document, to be reported."""
    for passage in document.passages:
        if passage.kind == "fragment":
            line = document.text[: passage.start].count("\n") + 1
            yield (
                f"seeds/{document.name}.txt, line {line}: the last sentence is unfinished "
                f"(“{document.quote(passage)}”); it will never be quoted."
            )


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
    meta = {"title": title, "issuer": "", "language": "en", "date": "", "date_text": "", "date_note": ""}
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
    meta["language"] = meta["language"] or "en"
    if meta["date"] and not _DATE.fullmatch(meta["date"]):
        # Notes on relative dates name its year.
        said = f"`{meta['date']}` is no date; give a year, a month or a day such as `2022-04`, and words as `date_text`."
        raise InputError(meta_path, said, _line_of(meta_path, "date:"))
    meta["date_text"] = meta["date_text"] or meta["date"]
    return meta


def _line_of(path: Path, key: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((n for n, line in enumerate(lines, 1) if line.startswith(key)), 1)


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield the character spans of paragraphs, without outer spaces."""
    for match in re.finditer(r"[^\n]+(?:\n(?![^\S\n]*(?:\n|$))[^\n]*)*", text):
        lines = [m.span() for m in re.finditer(r"[^\n]*\S[^\n]*", text[match.start() : match.end()])]
        lines = [(match.start() + a, match.start() + b) for a, b in lines]
        # Lines that all end as sentences do, or are list items, are paragraphs; others are wrapped text.
        apart = all(is_finished(text[a:b]) for a, b in lines[:-1]) or all(_LIST_ITEM.match(text[a:b]) for a, b in lines)
        spans = lines if apart else ([(lines[0][0], lines[-1][1])] if lines else [])
        for a, b in spans:
            while text[a].isspace():
                a += 1
            while text[b - 1].isspace():
                b -= 1
            yield a, b


def _is_heading(block: str) -> bool:
    return (
        "\n" not in block
        and not is_finished(block)
        and not block.rstrip().endswith((",", ";", ":"))
        and not _LIST_ITEM.match(block)
        and len(block.split()) <= _HEADING_WORDS
    )
