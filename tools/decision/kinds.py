"""What each cue is worth, taught with messages made from the statement: talks alone show too few of each kind.

Every message is made from a frame of `data/calibration/kinds.yml` and from what the statement has or lacks.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import yaml

from bot.errors import ROOT
from bot.read.document import Document
from bot.understand.lessons import Lesson
from bot.understand.talk import Talk
from bot.understand.talks import ANSWERED, DECLINED, Right, Turn

_FRAMES = ROOT / "data" / "calibration" / "kinds.yml"


@cache
def _frames() -> dict[str, Any]:
    frames: dict[str, Any] = yaml.safe_load(_FRAMES.read_text(encoding="utf-8"))
    return frames


def lessons(document: Document) -> list[Lesson]:
    """Return lessons of every kind of cue, the same at every call."""
    chance = random.Random(0)
    return [*_texts(document, chance), *_choices(document, chance), *_facts(document, chance)]


def lists(document: Document) -> list[Turn]:
    """Return messages that jot down two things: the title of a passage, and what no passage has."""
    chance = random.Random(0)
    titles = [(p.id, p.title) for p in document.quotable if not re.search(r"[,:]|\band\b", p.title)]
    return [
        Turn("", "", f"{title.lower()}, {jotted}", Talk(), ((Right(ANSWERED, (passage,)),), (Right(DECLINED),)), 0)
        for passage, title in titles
        for jotted in chance.sample(_frames()["jotted"], 2)
    ]


def _talks(document: Document, chance: random.Random) -> Talk:
    """Return some talk: none, one after a quote, or one after a refusal."""
    passages = list(document.quotable)
    shown = chance.choice(passages)
    key = f"{document.name}/{shown.id}"
    kind = chance.randrange(3)
    if kind == 0:
        return Talk()
    if kind == 1:
        return Talk().after(shown.ask, ANSWERED, [key])
    others = [f"{document.name}/{p.id}" for p in chance.sample(passages, 2)]
    return Talk().after("and how many exactly?", DECLINED, (), key, others)


def _texts(document: Document, chance: random.Random) -> Iterator[Lesson]:
    for passage in document.quotable:
        for frame in chance.sample(_frames()["places"], 6):
            text = frame.format(p=passage.paragraph, s=passage.sentence)
            yield Lesson(_talks(document, chance), text, (Right(ANSWERED, (passage.id,)),))
    for number in sorted({p.paragraph for p in document.quotable}):
        ids = tuple(p.id for p in document.paragraph(number))
        for frame in chance.sample(_frames()["paragraphs"], 2):
            yield Lesson(_talks(document, chance), frame.format(p=number), (Right(ANSWERED, ids),))
    for number in (9, 12, 40):
        yield Lesson(_talks(document, chance), chance.choice(_frames()["paragraphs"]).format(p=number), (Right(DECLINED),))
    for words, found in ((_frames()["words_there"], True), (_frames()["words_not_there"], False)):
        for word in words:
            for frame in chance.sample(_frames()["mentions"], 2):
                holding = tuple(p.id for p in document.quotable if word.removeprefix("the ").lower() in document.quote(p).lower())
                right = Right(ANSWERED, holding) if found else Right(DECLINED)
                yield Lesson(_talks(document, chance), frame.format(w=word), (right,))
    yield from (Lesson(_talks(document, chance), text, (Right("other_language"),)) for text in _frames()["scripts"])
    yield from (Lesson(_talks(document, chance), text, (Right("ask_count"),)) for text in _frames()["counts"])
    yield from (Lesson(_talks(document, chance), text, (Right("off_topic"),)) for text in _frames()["clock"])
    yield from (Lesson(Talk(), text, (Right(DECLINED),)) for text in _frames()["unnamed"])


def _choices(document: Document, chance: random.Random) -> Iterator[Lesson]:
    ids = [p.id for p in document.quotable]
    for outcome in ("declined", "clarify", "topics", "closest"):
        for _ in range(14):
            shown, *offered = chance.sample(ids, 4)
            keys: Sequence[str] = [f"{document.name}/{i}" for i in offered]
            near = f"{document.name}/{shown}" if outcome in ("declined", "closest") else ""
            talk = Talk().after("who pays for that?", outcome, (), near, keys)
            n = chance.randrange(3)
            text = chance.choice(_frames()["picks"]).format(n=n + 1, o=chance.choice(_frames()["ordinals"])[n])
            yield Lesson(talk, text, (Right(ANSWERED, (offered[n],)),), asks=False)
            if near and chance.random() < 0.6:
                yield Lesson(talk, chance.choice(_frames()["assents"]), (Right(ANSWERED, (shown,)),), asks=False)
            if chance.random() < 0.5:
                yield Lesson(talk, chance.choice(_frames()["thanks"]), (Right("thanks"),), asks=False)
            if chance.random() < 0.3:
                either = (Right("not_what_i_asked"), Right("acknowledge"))
                yield Lesson(talk, chance.choice(_frames()["refusals"]), either, asks=False)


def _facts(document: Document, chance: random.Random) -> Iterator[Lesson]:
    for owner in _frames()["owners"]:
        for frame in chance.sample(_frames()["owned"], 2):
            yield Lesson(_talks(document, chance), frame.format(o=owner), (Right(DECLINED, ("p4s1",)),))
    for countries, right in (
        (_frames()["countries_not_there"], Right(DECLINED, ("p4s1",))),
        (_frames()["countries_there"], Right(ANSWERED, ("p4s1",))),
    ):
        for country in countries:
            for frame in chance.sample(_frames()["serving"], len(_frames()["serving"]) if right.kind == ANSWERED else 3):
                yield Lesson(_talks(document, chance), frame.format(c=country), (right,))
    for passage, text, said in _frames()["leaning"]:
        talk = Talk().after(document.by_id[passage].ask, ANSWERED, [f"{document.name}/{passage}"])
        yield Lesson(talk, text, (Right(ANSWERED if said == "A" else DECLINED, (passage,)),))
    for near, text in _frames()["denials"]:
        for talk in (Talk(), _talks(document, chance)):
            yield Lesson(talk, text, (Right(DECLINED, (near,)),))
    for dates, right in (
        (_frames()["dates_of_nothing"], Right(DECLINED, ("p1s1",))),
        (_frames()["dates_near_the_attack"], Right(DECLINED, ("p3s1",))),
        (_frames()["dates_of_accession"], Right(ANSWERED, ("p1s1",))),
    ):
        for date in dates:
            for frame in chance.sample(_frames()["dated"], 4):
                yield Lesson(_talks(document, chance), frame.format(d=date), (right,))
