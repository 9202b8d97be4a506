"""Labelled talks: what people typed to the running bot, turn by turn, and what a careful reader would have wanted.

One file an author, one JSON object a line: `conversation`, `message`, `right` (the label) and `reply` (what the bot
really replied: `outcome`, `quoted`, `nearest`, `offered`), from which the talk so far is made again.

A label is `part + part`, a part is `alternative / alternative`, and an alternative is one of

    A p4s1,p4s2    answered by any of these sentences, the best first
    N p4s1         the statement does not say it; the nearest thing that it says
    C p5s1,p5s2    too vague: which of these is meant?
    O              nothing to do with the statement
    more, thanks … a move of conversation (`MOVES`)

A turn whose label is `-` is no turn of this author: it tells what was said before the ones that follow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import ROOT, InputError
from bot.understand.talk import Talk

TALKS = ROOT / "data" / "talks"
ANSWERED, DECLINED, CLARIFY, OFF_TOPIC = "answered", "declined", "clarify", "off_topic"
_LETTERS = {"A": ANSWERED, "N": DECLINED, "C": CLARIFY, "O": OFF_TOPIC}
_BEFORE = "-"
# The word of a label, and the intent that it stands for.
MOVES = {
    "more": "tell_more",
    "repeat": "repeat",
    "first": "repeat_earlier",
    "source": "ask_source",
    "topics": "ask_topics",
    "overview": "ask_overview",
    "count": "ask_count",
    "restart": "start_over",
    "delete": "delete_data",
    "privacy": "ask_privacy",
    "wrong": "not_what_i_asked",
    "hi": "greet",
    "bye": "goodbye",
    "thanks": "thanks",
    "ok": "acknowledge",
    "praise": "praise",
    "bot": "bot_challenge",
    "maker": "who_made_you",
    "insult": "insult",
    "feeling": "feeling",
    "role": "role_play",
    "language": "other_language",
    "emoji": "emoji",
    "person": "ask_person",
    "stop": "stop",
}


@dataclass(frozen=True)
class Right:
    """One thing that a careful reader would accept.

    Attributes:
        kind: `answered`, `declined`, `clarify`, `off_topic` or the intent of a move.
        passages: Ids of the sentences that answer, are nearest or are meant; the best first.
    """

    kind: str
    passages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Turn:
    """One message in its talk, labelled.

    Attributes:
        author: Who typed it.
        conversation: Which of the author's conversations.
        message: As typed, lines kept.
        talk: What the talk was before it.
        right: By part of the message, what would be accepted.
        line: In the author's file, from 1.
    """

    author: str
    conversation: str
    message: str
    talk: Talk
    right: tuple[tuple[Right, ...], ...]
    line: int

    @property
    def later(self) -> bool:
        """Tell whether something was asked before it."""
        return bool(self.talk.asked)


def parse(label: str) -> tuple[tuple[Right, ...], ...]:
    """Return what a label accepts, by part.

    Raises:
        ValueError: If it is no label; says why.
    """
    parts = tuple(tuple(_alternative(a) for a in part.split("/")) for part in label.split("+"))
    return parts


def _alternative(text: str) -> Right:
    words = re.split(r"[\s,]+", text.strip())
    if words[0] in MOVES and len(words) == 1:
        return Right(MOVES[words[0]])
    if words[0] not in _LETTERS:
        raise ValueError(f"`{text.strip()}` is no label; use {', '.join(_LETTERS)} or a move ({', '.join(MOVES)})")
    passages = tuple(w for w in words[1:] if w)
    if any(not re.fullmatch(r"p\d+s\d+", p) for p in passages) or (words[0] in "AC" and not passages):
        raise ValueError(f"`{text.strip()}` needs sentences such as p4s1")
    return Right(_LETTERS[words[0]], passages)


def load_talks(path: Path, document: str) -> list[Turn]:
    """Load the talks of one author.

    Args:
        path: A file as described above.
        document: The statement that they are about.

    Raises:
        InputError: Naming the first line that cannot be used.
    """
    return list(_turns(path, document))


def _turns(path: Path, document: str) -> Iterator[Turn]:
    talks: dict[str, Talk] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row: dict[str, Any] = json.loads(line)
            name, message, reply = str(row["conversation"]), str(row["message"]), row["reply"]
            right = () if row["right"] == _BEFORE else parse(row["right"])
            talk = talks.get(name, Talk())
            if right:
                yield Turn(path.stem, name, message, talk, right, number)
            keys = [[f"{document}/{p}" for p in reply[field]] for field in ("quoted", "offered")]
            nearest = f"{document}/{reply['nearest']}" if reply["nearest"] else ""
            moved = bool(right) and all(r.kind in MOVES.values() for part in right for r in part)
            talks[name] = talk.after("" if moved else message, reply["outcome"], keys[0], nearest, keys[1])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(path, f"no labelled turn: {error}.", number) from error
