"""What each cue is worth, taught with messages made from the statement: talks alone show too few of each kind.

Every message is made from a frame and from what the statement has or lacks; none is one that the bot is tested with.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from bot.read.document import Document
from bot.understand.lessons import Lesson
from bot.understand.talk import Talk
from bot.understand.talks import ANSWERED, DECLINED, Right, Turn

_PLACES = (
    "paragraph {p} sentence {s}", "sentence {s} in paragraph {p}", "read me paragraph {p}, sentence {s}",
    "para {p} sentence {s} please", "sentence number {s} of paragraph number {p}", "paragraph {p}, line {s}",
    "give me sentence {s} from paragraph {p}",
    "paragraph {p} / sentence {s}", "in paragraph {p}, the sentence number {s}", "what stands in paragraph {p} sentence {s}",
    "what does sentence {s} of paragraph {p} say?", "p{p}s{s}", "{p}.{s}", "quote paragraph {p} line {s}",
)  # fmt: skip
_PARAGRAPHS = (
    "show paragraph {p}",
    "paragraph {p} please",
    "what does paragraph {p} say",
    "what's in para {p}",
    "go to paragraph {p}",
)
_PICKS = (
    (
        "{n}",
        "number {n}",
        "option {n}",
        "the {o} one",
        "the {o}",
        "{o} please",
        "ok {n}",
        "I take the {o} one",
        "{n}.",
        "let's see the {o}",
    ),
    ("1st", "2nd", "3rd"),
    ("first", "second", "third"),
)
_YES = ("yes", "yes please", "yeah go on", "ok", "sure", "please do", "yep show me", "ok tell me then")
_MENTIONED = (
    "is {w} mentioned?", "does it mention {w}", "is the word {w} in the text", "does the statement name {w}",
    "is {w} named anywhere",
    "do they mention {w}?", "{w} mentioned?",
)  # fmt: skip
_PRESENT = (
    "Poland",
    "Romania",
    "propaganda",
    "the Cold War",
    "Kosovo",
    "extremism",
    "deterrence",
    "public diplomacy",
    "the Middle East",
    "anachronism",
)
_ABSENT = (
    "Serbia",
    "Greece",
    "helicopters",
    "the president",
    "Article 5",
    "climate",
    "Montenegro",
    "drones",
    "oil",
    "the parliament",
    "Turkey",
    "women",
)
_OWNERS = (
    "Russian",
    "Chinese",
    "Serbian",
    "Iranian",
    "Belarusian",
    "Kosovar",
    "Ukrainian",
    "Greek",
    "Moldovan",
    "Syrian",
    "Swiss",
    "Indian",
)
_OWNED = (
    "Where do {o} troops serve?", "in which countries are {o} soldiers", "where is the {o} army deployed", "{o} soldiers where",
    "which missions have {o} forces", "where are {o} troops stationed?",
    "what priority does the {o} government give to its defence budget",
)  # fmt: skip
_ELSEWHERE = (
    "Italy",
    "Greece",
    "Hungary",
    "Croatia",
    "Iraq",
    "Mali",
    "Norway",
    "Slovakia",
    "Afghanistan",
    "Portugal",
    "Belgium",
    "Serbia",
    "Ukraine",
    "Canada",
)
_THERE = ("Poland", "Romania", "Bulgaria", "Kosovo", "Latvia", "Estonia", "Lithuania")
_SERVING = (
    "are Albanian soldiers in {c}?", "does Albania have troops in {c}", "do Albanian soldiers serve in {c}",
    "albanian troops {c}?",
    "is {c} one of the places where Albanians serve", "Are there any Albanian forces in {c}?",
)  # fmt: skip
_DENIED = (
    ("where does Albania not send soldiers", "p4s1"), ("which country has no Albanian troops in it", "p4s1"),
    ("where are Albanian troops not serving?", "p4s1"), ("in which missions do Albanian soldiers not take part", "p4s1"),
    ("where don't the Albanians have soldiers", "p4s1"), ("which places have no Albanian forces", "p4s1"),
    ("Name places where there aren't any Albanian soldiers", "p4s1"), ("where can't you find Albanian troops", "p4s1"),
    ("what does Albania never support", "p2s1"), ("what isn't supported by Albania", "p2s1"),
    ("who did not condemn the attack", "p3s1"),
    ("what has Albania not condemned?", "p3s1"), ("what is not a threat to NATO", "p2s4"),
    ("which threats does it not face", "p2s2"),
    ("what does the narrative not claim", "p6s2"), ("what is the budget not for", "p5s1"),
    ("what does the EU not do for NATO", "p7s4"),
    ("what does Albania not do in the Aegean Sea", "p7s2"), ("what does it not contribute to", "p3s4"),
    ("who is not a partner of NATO", "p7s4"),
    ("which event is not important for the country", "p1s1"), ("what was not modernised", "p4s2"),
)  # fmt: skip
_DATED = (
    "what happened on {d}", "What took place on {d}?", "why is {d} important", "what was decided on {d}", "{d}, what was that",
    "tell me what happened on {d}", "did Albania join on {d}?", "Albania became a member on {d}, right?",
    "it entered NATO {d}, correct?", "they are in since {d}, no?",
)  # fmt: skip
_WRONG = (
    "2 April 2009",
    "April 1, 2007",
    "1 April 2012",
    "March 1, 2009",
    "3 May 2009",
    "1 January 2009",
    "April 2008",
    "12 April 2009",
    "1 June 1999",
)
_WRONG_ATTACK = ("February 20", "24 March", "February 24, 2016", "24 February 2010", "26 February", "24 January")
_RIGHT = ("April 1, 2009", "1 April 2009", "the 1st of April 2009")
_SCRIPTS = (
    "Когда Албания вступила в НАТО?", "привет", "спасибо", "Πότε μπήκε η Αλβανία στο ΝΑΤΟ;", "γεια σας",
    "ما هو دور ألبانيا؟", "مرحبا",
    "何ですか", "早上好", "再见", "北约是什么", "안녕하세요", "धन्यवाद", "สวัสดี", "שלום", "კარგი", "Բարև",
    "ありがとう", "阿尔巴尼亚军队", "ขอบคุณ",
)  # fmt: skip
_COUNTS = (
    "how many times does it say threat", "how often is the EU named", "how many times is Russia mentioned",
    "count the word security",
    "how many organisations are mentioned", "how many dates are listed", "number of times Kosovo is mentioned",
)  # fmt: skip
# Behind a comma: what the statement lacks, as somebody jots it down.
_JOTTED = (
    "name of the minister",
    "number of tanks",
    "cost in euros",
    "size of the fleet",
    "names of the generals",
    "date of the vote",
)
# Thanks choose nothing of what was offered.
_THANKS = (
    "thanks",
    "thank you",
    "thx",
    "thx a lot",
    "many thanks",
    "ok thanks",
    "ok thank you then",
    "cheers",
    "ty",
    "alright, thanks anyway",
    "thanks for trying",
)
# Who, without a word of what: the statement names no person.
_UNNAMED = (
    "who decides?",
    "who is in charge?",
    "who leads it",
    "who gives the orders?",
    "who is the boss",
    "name of the general",
    "who commands?",
)
# The clock is no subject of the statement, nor the date of the day.
_CLOCK = (
    "what day is it today?",
    "what time is it now",
    "which month do we have",
    "what's today's date?",
    "is it Monday or Tuesday",
    "what date is it today",
)
_NONE = ("none of them", "neither", "none", "neither of those", "no, none of these")


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
        for jotted in chance.sample(_JOTTED, 2)
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
        for frame in chance.sample(_PLACES, 6):
            text = frame.format(p=passage.paragraph, s=passage.sentence)
            yield Lesson(_talks(document, chance), text, (Right(ANSWERED, (passage.id,)),))
    for number in sorted({p.paragraph for p in document.quotable}):
        ids = tuple(p.id for p in document.paragraph(number))
        for frame in chance.sample(_PARAGRAPHS, 2):
            yield Lesson(_talks(document, chance), frame.format(p=number), (Right(ANSWERED, ids),))
    for number in (9, 12, 40):
        yield Lesson(_talks(document, chance), chance.choice(_PARAGRAPHS).format(p=number), (Right(DECLINED),))
    for words, found in ((_PRESENT, True), (_ABSENT, False)):
        for word in words:
            for frame in chance.sample(_MENTIONED, 2):
                holding = tuple(p.id for p in document.quotable if word.removeprefix("the ").lower() in document.quote(p).lower())
                right = Right(ANSWERED, holding) if found else Right(DECLINED)
                yield Lesson(_talks(document, chance), frame.format(w=word), (right,))
    yield from (Lesson(_talks(document, chance), text, (Right("other_language"),)) for text in _SCRIPTS)
    yield from (Lesson(_talks(document, chance), text, (Right("ask_count"),)) for text in _COUNTS)
    yield from (Lesson(_talks(document, chance), text, (Right("off_topic"),)) for text in _CLOCK)
    yield from (Lesson(Talk(), text, (Right(DECLINED),)) for text in _UNNAMED)


def _choices(document: Document, chance: random.Random) -> Iterator[Lesson]:
    frames, *ordinals = _PICKS
    ids = [p.id for p in document.quotable]
    for outcome in ("declined", "clarify", "topics", "closest"):
        for _ in range(14):
            shown, *offered = chance.sample(ids, 4)
            keys: Sequence[str] = [f"{document.name}/{i}" for i in offered]
            near = f"{document.name}/{shown}" if outcome in ("declined", "closest") else ""
            talk = Talk().after("who pays for that?", outcome, (), near, keys)
            n = chance.randrange(3)
            text = chance.choice(frames).format(n=n + 1, o=chance.choice(ordinals)[n])
            yield Lesson(talk, text, (Right(ANSWERED, (offered[n],)),), asks=False)
            if near and chance.random() < 0.6:
                yield Lesson(talk, chance.choice(_YES), (Right(ANSWERED, (shown,)),), asks=False)
            if chance.random() < 0.5:
                yield Lesson(talk, chance.choice(_THANKS), (Right("thanks"),), asks=False)
            if chance.random() < 0.3:
                yield Lesson(talk, chance.choice(_NONE), (Right("not_what_i_asked"), Right("acknowledge")), asks=False)


def _facts(document: Document, chance: random.Random) -> Iterator[Lesson]:
    for owner in _OWNERS:
        for frame in chance.sample(_OWNED, 2):
            yield Lesson(_talks(document, chance), frame.format(o=owner), (Right(DECLINED, ("p4s1",)),))
    for countries, right in ((_ELSEWHERE, Right(DECLINED, ("p4s1",))), (_THERE, Right(ANSWERED, ("p4s1",)))):
        for country in countries:
            for frame in chance.sample(_SERVING, len(_SERVING) if right.kind == ANSWERED else 3):
                yield Lesson(_talks(document, chance), frame.format(c=country), (right,))
    for text, near in _DENIED:
        for talk in (Talk(), _talks(document, chance)):
            yield Lesson(talk, text, (Right(DECLINED, (near,)),))
    for dates, right in (
        (_WRONG, Right(DECLINED, ("p1s1",))),
        (_WRONG_ATTACK, Right(DECLINED, ("p3s1",))),
        (_RIGHT, Right(ANSWERED, ("p1s1",))),
    ):
        for date in dates:
            for frame in chance.sample(_DATED, 4):
                yield Lesson(_talks(document, chance), frame.format(d=date), (right,))
