"""Reads a short message as a choice among what was offered, shown or quoted before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.understand.lexicon import Lexicon, alternatives
from bot.understand.talk import Talk

_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*|#|§")
# Longer messages describe what they choose, and are read as questions.
_CHOICE_WORDS, _OPENING_WORDS = 12, 4


@dataclass(frozen=True)
class Choice:
    """What a message chooses.

    Attributes:
        picked: Keys of what is chosen among the options, or accepted of what was shown.
        refused: Whether all options are turned down.
        unclear: Whether something is chosen, but it cannot be told what.
    """

    picked: tuple[str, ...] = ()
    refused: bool = False
    unclear: bool = False


def choice(text: str, talk: Talk, lexicon: Lexicon) -> Choice:
    """Return what a message chooses; nothing where it is no choice."""
    before = _told_before(text, talk.given, lexicon)
    if before:
        return Choice(before)
    offered, shown = talk.offered, talk.nearest
    if not (offered or shown) or re.search(rf"(?<!\w)(?:{alternatives(lexicon['no_choice'])})(?!\w)", text, flags=re.IGNORECASE):
        return Choice()
    words = _words(text, lexicon)
    if not words or len(words) > _CHOICE_WORDS:
        # "Second one then, whatever it is ...": longer ones choose with their first words only.
        return Choice(_named_place(" ".join(text.split()[:_OPENING_WORDS]), offered, lexicon))
    telling = _telling(words, lexicon)
    if telling and all(word in lexicon["all"] for word in telling):
        return Choice(offered or (shown,))
    return _placed(telling, text, talk, lexicon) or _assented(words, talk, lexicon)


def _words(text: str, lexicon: Lexicon) -> list[str]:
    """Return the words by which a message may choose, in lower case."""
    # "All right" chooses nothing.
    chosen = re.sub(rf"(?<!\w)(?:{alternatives(lexicon['not_all'])})(?!\w)", " ", text, flags=re.IGNORECASE)
    # "The last of the three" is one of them.
    plain = re.sub(rf"(?<!\w){lexicon.out_of.pattern}", " ", chosen, flags=re.IGNORECASE)
    return [w.lower().replace("’", "'") for w in _WORD.findall(plain)] or [w.lower() for w in _WORD.findall(chosen)]


def _telling(words: Sequence[str], lexicon: Lexicon) -> list[str]:
    """Return the words that tell what is chosen, without those that stand around them in any choice."""
    found = []
    for number, word in enumerate(words):
        # "one" is a number only alone or behind a word such as "option"; in "the second one" it is a filler.
        numbered = word in lexicon["also_number"] and (len(words) == 1 or words[number - 1] in lexicon["choice_things"])
        filler = word in lexicon["choice_filler"] and not numbered and not (word in lexicon["assent"] and len(words) == 1)
        # "a" and "I" are letters of a list only where they stand alone.
        article = word in lexicon["also_letters"] and len(words) > 2 and number == 0
        if not filler and not article:
            found.append(word)
    return found


def _placed(telling: Sequence[str], text: str, talk: Talk, lexicon: Lexicon) -> Choice | None:
    """Return what is chosen by its place in the list, or `None` if no place is named."""
    offered = talk.offered
    places = _run_of(telling, len(offered), lexicon)
    for word in telling if not places else ():
        if word in lexicon["none"]:
            return Choice(refused=True)
        if word in lexicon["other"]:
            left = [n for n, key in enumerate(offered) if key not in talk.about]
            if len(left) != 1:
                return Choice(unclear=len(telling) == 1 and bool(left) and word in lexicon["other_one"])
            places += left
        elif word not in lexicon["assent"]:
            found = _place_of(word, len(offered), lexicon)
            if found is None:
                unclear = word.isdigit() and len(telling) == 1
                return Choice(() if unclear else _named_place(text, offered, lexicon), unclear=unclear)
            places.append(found)
    if any(not 0 <= n < len(offered) for n in places):
        # "The first one", where only one thing was shown.
        return Choice((talk.nearest,)) if talk.nearest and not offered and places == [0] else Choice(unclear=True)
    return Choice(tuple(dict.fromkeys(offered[n] for n in places))) if places else None


def _place_of(word: str, count: int, lexicon: Lexicon) -> int | None:
    """Return the place that a word names in a list of so many, from 0."""
    for names, number in (("last", count - 1), ("top", 0), ("middle", count // 2)):
        if word in lexicon[names]:
            return number
    return next((n for n, names in enumerate(lexicon.ordinals) if word in names), None)


def _told_before(text: str, given: Sequence[str], lexicon: Lexicon) -> tuple[str, ...]:
    """Return what is meant by its place among all that was quoted so far: "the second thing you said"."""
    low = text.lower()
    things, said = alternatives(lexicon["choice_things"]), alternatives(lexicon["told_before"])
    that = lexicon.patterns["that"]
    for key, names in zip(given, lexicon.ordinals):
        places = alternatives(n for n in names if len(n) > 2 or n.isdigit())
        if re.search(rf"(?<![\w,.])(?:{places})\s+(?:{things})\s+(?:(?:{that})\s+)?(?:{said})(?!\w)", low):
            return (key,)
    return ()


def _run_of(words: Sequence[str], count: int, lexicon: Lexicon) -> list[int]:
    """Return the places of "the last two" and "the first three" among so many."""
    if len(words) != 2 or not (words[0] in lexicon["last"] or words[0] in lexicon.ordinals[0]):
        return []
    several = next((n for n, names in enumerate(lexicon.ordinals, 1) if words[1] in names), 0)
    places = list(range(count))
    return (places[-several:] if words[0] in lexicon["last"] else places[:several]) if 1 < several <= count else []


def _named_place(text: str, offered: Sequence[str], lexicon: Lexicon) -> tuple[str, ...]:
    """Return what is chosen by its place among other words: "ok the second one, let's see", "number 3 since I was there"."""
    low = text.lower()
    things, offering = alternatives(lexicon["choice_things"]), alternatives(lexicon["offered_before"])
    that, the = lexicon.patterns["that"], lexicon.patterns["the"]
    found: list[tuple[int, int]] = []
    for number, place_ in [
        *enumerate(lexicon.ordinals),
        (0, lexicon["top"]),
        (len(offered) - 1, lexicon["last"]),
    ]:
        said = rf"(?P<said>{alternatives(n for n in place_ if len(n) > 2 or n.isdigit())})"
        before = rf"(?<![\w,.]){said}\s+(?:{things}|{lexicon.patterns['of_them']})(?!\w)"
        behind = rf"(?<!\w)(?:{things})\s+{said}(?![\w,.]\d)"
        opening = rf"^\W*(?:\w+[\s,]+)?(?:(?:{the})\s+)?{said}\s*(?:[,.!;:]|$)"
        proposed = rf"(?<![\w,.]){said}\s+(?:(?:{things}|{that})\s+)*(?:{offering})(?!\w)"
        listed = rf"(?<!\w){said}\s+(?:{lexicon.patterns['on_the_list']})"
        matches = (re.search(p, low) for p in (before, behind, opening, proposed, listed))
        found += [(match.start("said"), number) for match in matches if match]
    # In "third one, the budget" the first word is the place: "one" stands for the thing.
    number = min(found)[1] if found else len(offered)
    return (offered[number],) if 0 <= number < len(offered) else ()


def _assented(words: Sequence[str], talk: Talk, lexicon: Lexicon) -> Choice:
    """Read "yes" and "ok tell me": the one thing that was shown or offered, or a choice that is still to be made."""
    yes = any(w in lexicon["assent"] for w in words)
    if not yes or talk.outcome == "answered" or any(w in lexicon["dissent"] for w in words):
        return Choice()
    if talk.nearest:
        return Choice((talk.nearest,))
    if len(talk.offered) == 1:
        return Choice(talk.offered)
    return Choice(unclear=bool(talk.offered))
