"""Everything that a statement's readings are taught with, gathered from the bank, the moves and the labelled talks."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.bank.bank import BANKS, load_bank
from bot.read.document import Document
from bot.retrieve.shares import ASIDE, NOT_SAID
from bot.understand.lessons import Lesson, from_follow_ups, from_turns
from bot.understand.parts import bare
from bot.understand.talk import Talk
from bot.understand.talks import ANSWERED, DECLINED, MOVES, TALKS, Right, load_talks

# The reader is taught one in so many of the questions that stand alone, half of them behind an unrelated talk. Moves may stand
# anywhere in a talk: it is taught all of them.
_ALONE_EACH = 3
_ANYWHERE = frozenset(MOVES.values())
FOLLOW_UP = "follow_up"


def lessons(documents: Sequence[Document]) -> dict[str, list[Lesson]]:
    """Return lessons in talks by the name of their document: labelled turns and follow-ups of the bank."""
    taught: dict[str, list[Lesson]] = {}
    for document in documents:
        found: list[Lesson] = []
        if document.banked:
            bank = load_bank(BANKS / document.name)
            found += from_follow_ups(bank, document)
            for path in sorted((TALKS / "train").glob("*.jsonl")):
                turns = [t for t in load_talks(path, document.name) if _is_about(t.right, document)]
                found += from_turns(turns, document)
        taught[document.name] = found
    return taught


def examples(
    pairs: Iterable[tuple[str, str]], taught: dict[str, list[Lesson]], documents: Sequence[Document]
) -> list[tuple[str, str]]:
    """Return labelled texts that stand alone: Rasa's examples and first messages of talks; and add a share of Rasa's to `taught`.

    Args:
        pairs: Texts with their intents.
        taught: Lessons by document; lessons without a talk, or with one that has nothing to do with them, are added.
        documents: All of them.
    """
    typed = [(text, intent) for text, intent in pairs if intent != FOLLOW_UP]
    found = [(bare(text), intent) for text, intent in typed]
    intents = {d.name: {p.id: p.intent for p in d.quotable} for d in documents}
    alone = [
        (bare(x.text), name) for d, xs in taught.items() for x in xs if not x.talk.asked for name in _intent_of(x, intents[d])
    ]
    _add_alone(typed, taught, documents)
    known = {t.lower() for t, _ in found}
    return found + [(t, i) for t, i in alone if t.lower() not in known]


def _intent_of(lesson: Lesson, intents: Mapping[str, str]) -> Iterator[str]:
    right = lesson.right[0]
    if right.kind == ANSWERED and right.passages[0] in intents:
        yield intents[right.passages[0]]
    elif right.kind == DECLINED and right.passages and right.passages[0] in intents:
        yield NOT_SAID + "_" + intents[right.passages[0]].removeprefix("ask_")
    elif right.kind not in (ANSWERED, DECLINED, "clarify", ASIDE):
        yield right.kind


def _add_alone(found: Sequence[tuple[str, str]], taught: dict[str, list[Lesson]], documents: Sequence[Document]) -> None:
    asked = {p.intent: (d.name, p.id) for d in documents for p in d.quotable}
    first = documents[0].name
    talks = {d: [x.talk for x in xs if x.talk.asked] for d, xs in taught.items()}
    for text, intent in sorted(set(found)):
        # A hash of the text in place of a random number: what is drawn does not depend on the order of the files.
        chance = zlib.crc32(text.encode())
        if chance % _ALONE_EACH and intent not in _ANYWHERE:
            continue
        document, passage = asked.get(intent, (first, ""))
        # Without a bank the reader learns no passages: a question is taught as `declined`, to be told from moves and off topic.
        absent = Right(DECLINED) if intent.startswith(NOT_SAID) or passage else Right(intent)
        passage = passage if talks[document] else ""
        others = talks[document]
        before = others[chance // 7 % len(others)] if others and chance // _ALONE_EACH % 2 else Talk()
        taught[document].append(Lesson(before, text, (Right(ANSWERED, (passage,)) if passage else absent,)))


def _is_about(right: tuple[tuple[Right, ...], ...], document: Document) -> bool:
    return all(p in document.by_id for part in right for r in part for p in r.passages)
