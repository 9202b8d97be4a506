"""Load and check question banks; every complaint names file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from bot.errors import ROOT, InputError
from bot.read.document import Document

BANKS = ROOT / "data" / "bank"
OFF_TOPIC_FILE = "off_topic.yml"
OFF_TOPIC = "off_topic"


@dataclass(frozen=True)
class Question:
    """One question of the bank.

    Attributes:
        text: As people would type it.
        passage: The passage that answers it, or the one nearest to it.
        kind: Empty if the passage answers it, else the kind of near miss
            (`person`, `number`, `other_country`, ...).
        line: Where it stands in the bank's file, from 1.
    """

    text: str
    passage: str
    kind: str
    line: int


@dataclass(frozen=True)
class FollowUpLine:
    """A message that leans on what was quoted before it.

    Attributes:
        text: As people would type it.
        context: The passage quoted before.
        label: The passage that answers it then, or `not_said`.
        line: Where it stands in the bank's file, from 1.
    """

    text: str
    context: str
    label: str
    line: int


@dataclass(frozen=True)
class Bank:
    """What a maintainer wrote about one document: names, titles, questions."""

    document: str
    path: Path
    names: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    follow_ups: tuple[FollowUpLine, ...] = ()


def load_bank(path: Path) -> Bank:
    """Load the bank of one document.

    Args:
        path: A YAML file with the keys `document`, `passages`, `not_said` and `follow_ups`;
            see README, "Change what it knows".

    Returns:
        The bank, its questions in the order of the file.

    Raises:
        InputError: If the file is not such a bank.
    """
    root = _mapping(path, _compose(path), "a bank")
    _only(path, root, {"document", "passages", "not_said", "follow_ups"})
    if "document" not in root:
        raise InputError(path, "lacks the key `document`, the name of the seed it belongs to.", 1)
    document = str(root["document"].value)
    names: dict[str, str] = {}
    titles: dict[str, str] = {}
    questions: list[Question] = []
    for passage, node in _mapping(path, root.get("passages"), "`passages`").items():
        entry = _mapping(path, node, f"`{passage}`")
        _only(path, entry, {"name", "title", "questions"})
        if "name" in entry:
            name = str(entry["name"].value)
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise InputError(path, f"`{name}` is no name; use a-z, 0-9 and _.", _line(entry["name"]))
            names[passage] = name
        if "title" in entry:
            titles[passage] = str(entry["title"].value)
        if "questions" not in entry:
            raise InputError(path, f"`{passage}` has no `questions`.", _line(node))
        questions += [Question(t, passage, "", n) for t, n in _texts(path, entry["questions"], passage)]
    for passage, node in _mapping(path, root.get("not_said"), "`not_said`").items():
        for kind, items in _mapping(path, node, f"`not_said: {passage}`").items():
            if not re.fullmatch(r"[a-z][a-z0-9_]*", kind):
                raise InputError(path, f"`{kind}` is no kind of near miss; use a-z, 0-9 and _.", _line(items))
            questions += [Question(t, passage, kind, n) for t, n in _texts(path, items, f"{passage}: {kind}")]
    _refuse_two_labels(path, questions)
    follow_ups = [
        FollowUpLine(text, context, label, line)
        for context, node in _mapping(path, root.get("follow_ups"), "`follow_ups`").items()
        for label, items in _mapping(path, node, f"`follow_ups: {context}`").items()
        for text, line in _texts(path, items, f"{context}: {label}")
    ]
    return Bank(document, path, names, titles, tuple(questions), tuple(follow_ups))


def check_bank(bank: Bank, document: Document) -> None:
    """Refuse a bank that names passages which its document does not have.

    Raises:
        InputError: Naming the line of the first such passage.
    """
    known = {p.id for p in document.quotable}
    for question in bank.questions:
        if question.passage not in known:
            raise InputError(
                bank.path,
                f"`{question.passage}` is no passage of {document.name}; it has {document.quotable[0].id} "
                f"to {document.quotable[-1].id}.",
                question.line,
            )
    for follow_up in bank.follow_ups:
        for name in (follow_up.context, follow_up.label):
            if name not in known and name != "not_said":
                raise InputError(bank.path, f"`{name}` is no passage of {document.name}.", follow_up.line)
    double = {n for n in bank.names.values() if list(bank.names.values()).count(n) > 1}
    if double:
        raise InputError(bank.path, f"the name `{sorted(double)[0]}` is given to two passages.")


def load_off_topic(folder: Path = BANKS) -> list[Question]:
    """Load the questions that no statement of ours answers; none if there is no file.

    Raises:
        InputError: If the file is not a list of questions.
    """
    path = folder / OFF_TOPIC_FILE
    if not path.is_file():
        return []
    root = _mapping(path, _compose(path), "the file")
    _only(path, root, {OFF_TOPIC})
    if OFF_TOPIC not in root:
        raise InputError(path, "lacks the key `off_topic`, a list of questions.", 1)
    return [Question(t, "", OFF_TOPIC, n) for t, n in _texts(path, root[OFF_TOPIC], OFF_TOPIC)]


def normalised(text: str) -> str:
    """Return a question without case, punctuation and double spaces, to compare by."""
    return " ".join(re.findall(r"\w+", text.lower()))


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
        if key.value in mapping:
            raise InputError(path, f"the key `{key.value}` stands twice.", _line(key))
        mapping[str(key.value)] = value
    return mapping


def _texts(path: Path, node: yaml.Node, what: str) -> Iterator[tuple[str, int]]:
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise InputError(path, f"the list of questions of `{what}` is empty; write some or remove the key.", _line(node))
    for item in node.value:
        if not isinstance(item, yaml.ScalarNode) or not str(item.value).strip():
            raise InputError(path, f"a question of `{what}` is not a line of text; put it in quotes.", _line(item))
        yield str(item.value).strip(), _line(item)


def _only(path: Path, mapping: dict[str, yaml.Node], known: set[str]) -> None:
    for key, node in mapping.items():
        if key not in known:
            raise InputError(path, f"unknown key `{key}`; known: {', '.join(sorted(known))}.", _line(node))


def _refuse_two_labels(path: Path, questions: list[Question]) -> None:
    seen: dict[str, Question] = {}
    for question in questions:
        first = seen.setdefault(normalised(question.text), question)
        if first is not question:
            labels = f"{first.passage} {first.kind}".strip(), f"{question.passage} {question.kind}".strip()
            where = f"twice under {labels[0]}" if labels[0] == labels[1] else f"under {labels[0]} and under {labels[1]}"
            raise InputError(path, f"“{question.text}” stands {where} (first in line {first.line}); keep one.", question.line)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
