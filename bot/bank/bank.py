"""Load and check question banks; every complaint names file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from bot.errors import ROOT, InputError, place
from bot.read.document import Document

BANKS = ROOT / "data" / "bank"
OFF_TOPIC_FILE = "off_topic.yml"
OFF_TOPIC = "off_topic"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Line:
    """A line of a bank, and where it stands.

    Attributes:
        text: As people would type it.
        by: Who wrote it.
        path: Its file.
        line: Its line there, from 1.
    """

    text: str
    by: str
    path: Path
    line: int


@dataclass(frozen=True)
class Question(Line):
    """One question of the bank.

    Attributes:
        passage: The passage that answers it, or the one nearest to it.
        kind: Empty if the passage answers it, else the kind of near miss
            (`person`, `number`, `other_country`, ...).
    """

    passage: str
    kind: str

    @property
    def label(self) -> str:
        """Return passage and kind as they are shown."""
        return f"{self.passage} {self.kind}".strip()


@dataclass(frozen=True)
class FollowUpLine(Line):
    """A message that leans on what was quoted before it.

    Attributes:
        context: The passage quoted before.
        label: The passage that answers it then, or `not_said`.
    """

    context: str
    label: str


@dataclass(frozen=True)
class Bank:
    """What was written about one document: names and titles by passage, questions, follow-ups."""

    document: str
    names: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    follow_ups: tuple[FollowUpLine, ...] = ()


def load_banks(folder: Path = BANKS) -> list[Bank]:
    """Load the banks of all documents, in the order of their names; none if there is no folder.

    Raises:
        InputError: If one of them is no bank, or a file beside them belongs to none.
    """
    for path in sorted(folder.glob("*.yml")):
        if path.name != OFF_TOPIC_FILE:
            raise InputError(path, "belongs to no bank; put each passage into a file of its own, NAME/p7s2.yml beside it.", 1)
    return [load_bank(path) for path in sorted({p.parent for p in folder.glob("*/*.yml")})]


def load_bank(folder: Path) -> Bank:
    """Load the bank of one document.

    Args:
        folder: Named as the document; holds a YAML file a passage, `p7s2.yml`, with the keys `name`, `title` and
            `blocks`; see README, "Change what it knows".

    Returns:
        The bank: questions in the order of passages, near misses in that order, follow-ups in that order.

    Raises:
        InputError: If the folder is not such a bank.
    """
    files = sorted(folder.glob("*.yml"), key=_position)
    if not files:
        raise InputError(folder, "no bank; it needs a file for each passage, named as p7s2.yml.")
    names: dict[str, str] = {}
    titles: dict[str, str] = {}
    asked: list[Question] = []
    missed: list[Question] = []
    follow_ups: list[FollowUpLine] = []
    named: dict[str, str] = {}
    for path in files:
        passage = path.stem
        root = _mapping(path, _compose(path), "the file")
        _only(path, root, {"name", "title", "blocks"})
        if "name" in root:
            name, line = str(root["name"].value), _line(root["name"])
            if not _NAME.fullmatch(name):
                raise InputError(path, f"`{name}` is no name; use a-z, 0-9 and _.", line)
            first = named.setdefault(name, place(path, line))
            if first != place(path, line):
                raise InputError(path, f"the name `{name}` is taken ({first}); choose another.", line)
            names[passage] = name
        if "title" in root:
            titles[passage] = str(root["title"].value)
        for by, block in _blocks(path, root, {"questions", "not_said", "follow_ups"}):
            if "questions" in block:
                asked += [Question(*x, passage, "") for x in _lines(path, by, block["questions"], "questions")]
            for kind, items in _mapping(path, block.get("not_said"), "`not_said`").items():
                if not _NAME.fullmatch(kind):
                    raise InputError(path, f"`{kind}` is no kind of near miss; use a-z, 0-9 and _.", _line(items))
                missed += [Question(*x, passage, kind) for x in _lines(path, by, items, f"not_said: {kind}")]
            for label, items in _mapping(path, block.get("follow_ups"), "`follow_ups`").items():
                follow_ups += [FollowUpLine(*x, passage, label) for x in _lines(path, by, items, f"follow_ups: {label}")]
    _refuse_two_labels([*asked, *missed])
    return Bank(folder.name, names, titles, (*asked, *missed), tuple(follow_ups))


def check_bank(bank: Bank, document: Document) -> None:
    """Refuse a bank that names passages which its document does not have.

    Raises:
        InputError: Naming the file or the line of the first such passage.
    """
    known = {p.id for p in document.quotable}
    its = f"{document.name}; it has {document.quotable[0].id} to {document.quotable[-1].id}"
    for line in (*bank.questions, *bank.follow_ups):
        if line.path.stem not in known:
            raise InputError(line.path, f"`{line.path.stem}` is no passage of {its}. Rename the file.", 1)
    for follow_up in bank.follow_ups:
        if follow_up.label not in known and follow_up.label != "not_said":
            raise InputError(follow_up.path, f"`{follow_up.label}` is no passage of {its}.", follow_up.line)


def load_off_topic(folder: Path = BANKS) -> list[Question]:
    """Load the questions that no statement of ours answers; none if there is no file.

    Raises:
        InputError: If the file is not blocks of questions.
    """
    path = folder / OFF_TOPIC_FILE
    if not path.is_file():
        return []
    root = _mapping(path, _compose(path), "the file")
    _only(path, root, {"blocks"})
    blocks = _blocks(path, root, {"questions"})
    return [Question(*x, "", OFF_TOPIC) for by, block in blocks for x in _lines(path, by, block["questions"], "questions")]


def check_off_topic(off_topic: Iterable[Question], bank: Bank) -> None:
    """Refuse an off-topic question that also stands in a bank.

    Raises:
        InputError: Naming both places of the first such question.
    """
    lines: tuple[Question | FollowUpLine, ...] = (*bank.follow_ups, *bank.questions)
    known = {normalised(x.text): x for x in lines}
    for question in off_topic:
        there = known.get(normalised(question.text))
        if there:
            where = f"also stands under {there.label} ({place(there.path, there.line)})"
            raise InputError(question.path, f"“{question.text}” {where}; keep one.", question.line)


def normalised(text: str) -> str:
    """Return a question without case, punctuation and double spaces, to compare by."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _position(path: Path) -> tuple[int, int]:
    """Return paragraph and sentence of a passage's file."""
    found = re.fullmatch(r"p(\d+)s(\d+)", path.stem)
    if not found:
        raise InputError(path, f"`{path.stem}` is no passage; name the file by paragraph and sentence, as p7s2.yml.", 1)
    return int(found[1]), int(found[2])


def _compose(path: Path) -> yaml.Node | None:
    if not path.is_file():
        raise InputError(path, "no such file.")
    try:
        node: yaml.Node | None = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as error:
        raise InputError(path, "not UTF-8; save it as UTF-8.", 1) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "cannot be read"
        last = path.read_text(encoding="utf-8").count("\n") or 1
        raise InputError(path, f"not valid YAML: {problem}.", min(mark.line + 1, last + 1) if mark else 1) from error
    return node


def _mapping(path: Path, node: yaml.Node | None, what: str) -> dict[str, yaml.Node]:
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise InputError(path, f"{what} must be `key: value` lines.", _line(node))
    mapping: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in mapping:
            raise InputError(path, f"the key `{name}` stands twice.", _line(key))
        mapping[name] = value
    return mapping


def _blocks(path: Path, root: dict[str, yaml.Node], parts: set[str]) -> Iterator[tuple[str, dict[str, yaml.Node]]]:
    """Yield who wrote each block of a file, and its parts."""
    node = root.get("blocks")
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise InputError(path, "lacks `blocks`, a list of what each author wrote.", _line(node) if node else 1)
    for item in node.value:
        block = _mapping(path, item, "a block")
        _only(path, block, {"by", *parts})
        by = block.pop("by", None)
        if not isinstance(by, yaml.ScalarNode) or not by.value.strip():
            raise InputError(path, "a block lacks `by`, the name of who wrote it.", _line(by or item))
        if not block:
            raise InputError(path, f"a block is empty; write {' or '.join(sorted(parts))} into it or remove it.", _line(item))
        yield by.value.strip(), block


def _lines(path: Path, by: str, node: yaml.Node, what: str) -> Iterator[tuple[str, str, Path, int]]:
    """Yield the fields of a `Line` for each item of a list."""
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise InputError(path, f"the list of `{what}` is empty; write some or remove the key.", _line(node))
    for item in node.value:
        if not isinstance(item, yaml.ScalarNode) or not item.value.strip():
            raise InputError(path, f"an item of `{what}` is not a line of text; put it in quotes.", _line(item))
        yield item.value.strip(), by, path, _line(item)


def _only(path: Path, mapping: dict[str, yaml.Node], known: set[str]) -> None:
    for key, node in mapping.items():
        if key not in known:
            raise InputError(path, f"unknown key `{key}`; known: {', '.join(sorted(known))}.", _line(node))


def _refuse_two_labels(questions: Iterable[Question]) -> None:
    seen: dict[str, Question] = {}
    for question in questions:
        first = seen.setdefault(normalised(question.text), question)
        if first is not question:
            same = first.label == question.label
            where = f"twice under {first.label}" if same else f"under {first.label} and under {question.label}"
            there = place(first.path, first.line)
            raise InputError(question.path, f"“{question.text}” stands {where} (first in {there}); keep one.", question.line)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
