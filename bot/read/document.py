"""What a statement is once read: passages that know where they stand.

Nothing here needs spaCy: the action server and the pages load documents from
the file that `make generate` wrote, and slice the seed itself for every quote.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from bot.errors import ROOT, InputError

DOCUMENTS_FILE = ROOT / "data" / "generated" / "documents.json"


@dataclass(frozen=True)
class Passage:
    """One sentence of a statement.

    Attributes:
        id: `p<paragraph>s<sentence>`, for instance `p7s2`.
        paragraph: Number of the paragraph; 0 is the heading, text starts at 1.
        sentence: Number of the sentence in its paragraph, from 1.
        start: First character in the seed.
        end: One past the last character in the seed.
        kind: `sentence`, `heading` (also words that lead to a list) or
            `fragment` (a piece of a sentence, which is never quoted).
        intent: Name of the intent that asks for it; empty if none does.
        title: A few words that name it on a button.
        ask: A question that it answers, for buttons and suggestions.
        mended: How it is shown where a line end or a page broke it; empty if it is shown as it stands in the seed.
    """

    id: str
    paragraph: int
    sentence: int
    start: int
    end: int
    kind: str = "sentence"
    intent: str = ""
    title: str = ""
    ask: str = ""
    mended: str = ""


@dataclass(frozen=True)
class Finding:
    """What reading made of a place in a seed, for its maintainer.

    Attributes:
        kind: `heading`, `joined`, `left out` or `doubtful`.
        line: In the seed, from 1.
        text: The words in question; for what is doubtful, a sentence on it.
    """

    kind: str
    line: int
    text: str


@dataclass(frozen=True)
class Document:
    """A statement with its text, its issuer and its passages in reading order.

    What its maintainer did not say of it (`issuer`, `date`, `date_text`) is empty; `date_note`
    tells how the date is known, where the text does not say it.
    `banked` tells whether people wrote questions for it; without them its
    questions are made from its sentences, and passages are found by retrieval.
    """

    name: str
    text: str
    title: str
    issuer: str
    language: str
    date: str
    date_text: str
    passages: tuple[Passage, ...] = field(repr=False)
    banked: bool = False
    date_note: str = ""
    # Only after reading a seed; not generated.
    findings: tuple[Finding, ...] = field(default=(), repr=False, compare=False)

    @property
    def byline(self) -> str:
        """Issuer and date, as far as they are known."""
        return ", ".join(filter(None, (self.issuer, self.date_text)))

    @cached_property
    def quotable(self) -> tuple[Passage, ...]:
        """The passages that may be quoted as an answer, in reading order."""
        return tuple(p for p in self.passages if p.kind == "sentence")

    @cached_property
    def by_id(self) -> dict[str, Passage]:
        """Passages by their id."""
        return {p.id: p for p in self.passages}

    def quote(self, passage: Passage) -> str:
        """Return the passage's words: `text[start:end]`, mended where a line end or a page broke them."""
        return passage.mended or self.text[passage.start : passage.end]

    def paragraph(self, number: int) -> tuple[Passage, ...]:
        """Return the quotable passages of one paragraph."""
        return tuple(p for p in self.quotable if p.paragraph == number)


def digest(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, as hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def dump_documents(documents: list[Document]) -> str:
    """Return documents as JSON, without their texts: those stay in the seeds."""
    rows = []
    for document in documents:
        row = {k: v for k, v in vars(document).items() if k in _META}
        row["sha256"] = digest(document.text)
        row["passages"] = [{k: v for k, v in asdict(p).items() if k != "mended" or v} for p in document.passages]
        rows.append(row)
    return json.dumps({"generated": "by make generate", "documents": rows}, indent=1, ensure_ascii=False) + "\n"


_META = ("name", "title", "issuer", "language", "date", "date_text", "date_note", "banked")


def load_documents(path: Path = DOCUMENTS_FILE, seeds: Path | None = None) -> list[Document]:
    """Load the documents that `make generate` wrote, with texts from the seeds.

    Args:
        path: The generated file.
        seeds: Folder of the seeds; by default `seeds/` of the project that
            the generated file belongs to.

    Returns:
        The documents, in the order of their names.

    Raises:
        InputError: If the file is missing or a seed has changed since.
    """
    if not path.is_file():
        raise InputError(path, "missing; run `make generate`.")
    folder = seeds or path.parents[2] / "seeds"
    documents = []
    for row in json.loads(path.read_text(encoding="utf-8"))["documents"]:
        seed = folder / f"{row['name']}.txt"
        if not seed.is_file():
            raise InputError(seed, "missing, but the generated files know it; run `make generate`.")
        text = seed.read_bytes().decode("utf-8")
        if digest(text) != row["sha256"]:
            raise InputError(seed, "changed since the files were generated; run `make generate`.")
        documents.append(
            Document(
                text=text,
                passages=tuple(Passage(**p) for p in row["passages"]),
                **{k: row[k] for k in _META},
            )
        )
    return documents
