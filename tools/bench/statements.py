"""Statements made up to any length, with questions that each of their sentences answers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

_PLACES = ("Arbena", "Belsh", "Corvala", "Drinar", "Elbana", "Fushara", "Gramosh", "Hotova", "Ishmar", "Jubana")
_BODIES = (
    "council",
    "brigade",
    "parliament",
    "academy",
    "hospital",
    "port authority",
    "observatory",
    "archive",
    "railway",
    "school",
)
_VERBS = ("opened", "trained", "inspected", "funded", "repaired", "registered", "delivered", "sheltered", "surveyed", "replaced")
_THINGS = (
    "bridges",
    "officers",
    "vessels",
    "libraries",
    "shelters",
    "engineers",
    "tunnels",
    "nurses",
    "radars",
    "maps",
    "wells",
    "students",
)
_SEASONS = ("spring", "summer", "autumn", "winter")
# A question is never asked twice in the same words: a cached one would cost nothing.
_LEADS = (
    "",
    "Please tell me: ",
    "Is it said ",
    "I would like to know ",
    "Do you know ",
    "A friend asks ",
    "Quick question: ",
    "For a school paper: ",
)
_TAILS = ("", " And when?", " I forgot.", " In which season?", " Roughly?", " Thank you.")
_SENTENCES_A_PARAGRAPH = 5


def statement(passages: int, seed: int = 11) -> tuple[str, list[str]]:
    """Make a statement.

    Args:
        passages: Number of its sentences; all different.
        seed: The same seed gives the same statement.

    Returns:
        The text of the seed, with a heading, and one question a sentence.
    """
    random_ = random.Random(seed)
    seen: set[tuple[str, ...]] = set()
    sentences: list[str] = []
    questions: list[str] = []
    while len(sentences) < passages:
        fact = tuple(random_.choice(words) for words in (_PLACES, _BODIES, _VERBS, _THINGS))
        if fact in seen:
            continue
        seen.add(fact)
        place, body, verb, things = fact
        year, number = random_.randrange(1950, 2020), random_.randrange(3, 900)
        season = random_.choice(_SEASONS)
        sentences.append(f"In the {season} of {year} the {body} of {place} {verb} {number} {things}.")
        questions.append(f"How many {things} were {verb} by the {body} of {place}?")
    paragraphs = [" ".join(sentences[i : i + _SENTENCES_A_PARAGRAPH]) for i in range(0, len(sentences), _SENTENCES_A_PARAGRAPH)]
    return "\n\n".join(["A record of the ten valleys", *paragraphs]) + "\n", questions


def asked(questions: Sequence[str], count: int) -> list[str]:
    """Return so many questions, spread over a statement, all in different words."""
    step = max(1, len(questions) // count)
    found = []
    for number in range(count):
        # The same mixture of wordings for statements of every length.
        lead, tail = _LEADS[number % len(_LEADS)], _TAILS[number // len(_LEADS) % len(_TAILS)]
        found.append(f"{lead}{questions[number * step % len(questions)]}{tail}")
    return found


def write(folder: Path, passages: int) -> list[str]:
    """Write a statement as a seed into a folder and return its questions."""
    text, questions = statement(passages)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "valleys.txt").write_text(text, encoding="utf-8")
    (folder / "valleys.yml").write_text("title: A record of the ten valleys\nissuer: Nobody\nlanguage: en\n", encoding="utf-8")
    return questions
