"""All that may be meant by a part, each with the evidence for it as a row of figures."""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.retrieve.embedder import Floats
from bot.retrieve.shares import NOT_SAID, OFF_TOPIC, Shares
from bot.understand.cues import Against, Cues
from bot.understand.lexicon import Lexicon
from bot.understand.parts import Part
from bot.understand.talk import Talk

CLARIFY = "clarify"
# Passages by their share in either reading; more of them change nothing.
_MOST_PASSAGES = 8
_MOST_MOVES = 6
_FLOOR = 1e-4
_FAILED = ("declined", "clarify", "closest")
# Moves that a cue speaks for.
_COUNT, _LANGUAGE, _REFUSED, _AGREED = "ask_count", "other_language", "not_what_i_asked", "acknowledge"

# What the situation is: every reading's weight may depend on it.
SITUATION = ("one", "talk", "short", "long", "points", "opens", "asks", "alone_sure", "context_sure", "offers", "failed", "known")
_PASSAGE = (
    "picked", "placed", "mentioned", "offered", "nearest", "about", "given", "names", "names_absent", "dates", "denied",
    "best_alone", "best_context", "unclear", "counts", "picked_others", "placed_others", "mentioned_others", "about_picked",
    "refused", "no_number", "no_date", "labelled",
)  # fmt: skip
_ABSENT = (
    "names", "names_absent", "dates", "denied", "no_number", "no_date", "mentioned", "mentioned_none", "placed_none", "picked",
    "counts", "spread", "refused", "labelled",
)  # fmt: skip
_FOREIGN = ("names_absent", "picked", "mentioned_none", "spread", "labelled")
_CLARIFY = ("unclear", "spread_alone", "spread_context", "words", "picked", "picked_several")
_MOVE = (
    "counts",
    "foreign_script",
    "refused",
    "agreed",
    "picked",
    "placed",
    "mentioned",
    "unclear",
    "best_alone",
    "best_context",
    "small",
    "labelled",
)
# Features of each kind of hypothesis. All kinds have the features of the situation too; all but `clarify` have in addition the
# log-probability by either reading, each multiplied by every feature of the situation (interaction terms).
OWN = {"passage": _PASSAGE, NOT_SAID: _ABSENT, OFF_TOPIC: _FOREIGN, CLARIFY: _CLARIFY, "move": _MOVE}
BLOCKS = {name: len(SITUATION) * (1 if name == CLARIFY else 3) + len(own) for name, own in OWN.items()}
_STARTS = dict(zip(BLOCKS, np.cumsum([0, *BLOCKS.values()])))
WIDTH = sum(BLOCKS.values())


@dataclass(frozen=True)
class Hypotheses:
    """The `h` hypotheses about one part, or the arrangements of one message.

    Attributes:
        names: Keys of passages, `not_said`, `off_topic`, `clarify`, and intents of moves; of arrangements, their indices.
        rows: The feature vectors, shape `(h, WIDTH)`; of arrangements, `(h, len(arrangement.EVIDENCE))`.
    """

    names: tuple[str, ...]
    rows: Floats


class _Rows:
    """The rows of one part, filled block by block."""

    def __init__(self, situation: Floats, alone: Shares, inside: Shares) -> None:
        self.names: list[str] = []
        self.rows: list[Floats] = []
        self._situation, self._readings = situation, (alone, inside)

    def add(self, block: str, name: str, own: Sequence[float | bool]) -> None:
        """Add a hypothesis with the figures of its own, in the order of `OWN`."""
        values = [self._situation, np.asarray(own, dtype=np.float32)]
        if block != CLARIFY:
            values = [*(self._situation * math.log(r[name] + _FLOOR) / 4.0 for r in self._readings), *values]
        row = np.zeros(WIDTH, dtype=np.float32)
        filled = np.concatenate(values)
        row[_STARTS[block] : _STARTS[block] + len(filled)] = filled
        self.names.append(name)
        self.rows.append(row)


def hypotheses(
    part: Part,
    talk: Talk,
    alone: Shares,
    inside: Shares,
    cues: Cues,
    against: Callable[[str], Against],
    label: str,
    lexicon: Lexicon,
) -> Hypotheses:
    """Gather the evidence for all that a part may mean.

    Args:
        part: A piece of a message.
        talk: What was before it.
        alone: Its reading alone.
        inside: Its reading after the talk.
        cues: What its words say without a model.
        against: From the key of a passage to what speaks against it (`cues.Fit`).
        label: What it was labelled in the bank or among the moves, if it stands there.
        lexicon: Of its language.
    """
    words = re.findall(r"[\w'’]+", part.text.lower())
    rows = _Rows(_situation(part, words, talk, alone, inside, label, lexicon), alone, inside)
    likeliest = [max(r.passages, key=lambda k: r.passages[k], default="") for r in (alone, inside)]
    for key in _passages(talk, alone, inside, cues):
        rows.add("passage", key, _of_passage(key, talk, cues, against(key), likeliest, label))
    top, spreads = against(likeliest[bool(talk.asked)]), [_spread(r) for r in (alone, inside)]
    picked, mentioned, placed = bool(cues.picked), cues.mentioned, cues.placed
    rows.add(
        NOT_SAID,
        NOT_SAID,
        [
            *vars(top).values(),
            mentioned is not None,
            mentioned == (),
            placed == (),
            picked,
            cues.counts,
            spreads[1],
            cues.refused,
            label == NOT_SAID,
        ],
    )
    rows.add(OFF_TOPIC, OFF_TOPIC, [top.names_absent, picked, mentioned == (), spreads[0], label == OFF_TOPIC])
    rows.add(CLARIFY, CLARIFY, [cues.unclear, *spreads, min(len(words), 6) / 6.0, picked, len(cues.picked) > 1])
    for move in _moves(alone, inside, cues):
        rows.add("move", move, _of_move(move, talk, alone, inside, cues, len(words) <= 2, label))
    return Hypotheses(tuple(rows.names), np.stack(rows.rows))


def _situation(
    part: Part, words: Sequence[str], talk: Talk, alone: Shares, inside: Shares, label: str, lexicon: Lexicon
) -> Floats:
    """Return the figures of `SITUATION`."""
    return np.array(
        [
            1.0,
            bool(talk.asked),
            len(words) <= 3,
            math.log1p(len(words)) / 3.0,
            part.points,
            bool(words) and words[0] in lexicon["opening"],
            part.asks,
            max(alone.passages.values(), default=0.0),
            max(inside.passages.values(), default=0.0),
            bool(talk.offered or talk.nearest),
            talk.outcome in _FAILED,
            bool(label),
        ],
        dtype=np.float32,
    )


def _passages(talk: Talk, alone: Shares, inside: Shares, cues: Cues) -> list[str]:
    """Return the passages that may be meant: likely ones by either reading, those that a cue speaks for, and that of the talk."""
    likely = (k for r in (alone, inside) for k in heapq.nlargest(_MOST_PASSAGES, r.passages, key=r.passages.__getitem__))
    ranked = sorted(set(likely), key=lambda k: (-max(alone.passages.get(k, 0.0), inside.passages.get(k, 0.0)), k))
    if cues.foreign_script:
        # Both readings were taught with one script; in another one they see nothing but unknown pieces.
        ranked = []
    extra = [*cues.picked, *(cues.placed or ()), *(cues.mentioned or ())[:3], *talk.about[:1]]
    return list(dict.fromkeys([*ranked[:_MOST_PASSAGES], *extra]))


def _of_passage(key: str, talk: Talk, cues: Cues, fit: Against, likeliest: Sequence[str], label: str) -> list[float | bool]:
    """Return the figures of `_PASSAGE`."""
    mentioned, placed = cues.mentioned, cues.placed
    return [
        key in cues.picked,
        bool(placed and key in placed),
        bool(mentioned and key in mentioned),
        key in talk.offered,
        key == talk.nearest,
        key in talk.about,
        key in talk.given,
        fit.names,
        fit.names_absent,
        fit.dates,
        fit.denied,
        *(key == one for one in likeliest),
        cues.unclear,
        cues.counts,
        bool(cues.picked) and key not in cues.picked,
        placed is not None and key not in placed,
        mentioned is not None and key not in mentioned,
        key in talk.about and key in cues.picked,
        cues.refused,
        fit.no_number,
        fit.no_date,
        key == label,
    ]


def _moves(alone: Shares, inside: Shares, cues: Cues) -> list[str]:
    """Return the moves that may be meant: those that a cue speaks for, and likely ones by either reading."""
    if cues.foreign_script:
        return [_LANGUAGE]
    shares = {m: max(alone.moves.get(m, 0.0), inside.moves.get(m, 0.0)) for m in {*alone.moves, *inside.moves}}
    meant = [m for m, said in ((_COUNT, cues.counts), (_REFUSED, cues.refused)) if said]
    return list(dict.fromkeys([*meant, *sorted(shares, key=lambda m: (-shares[m], m))[:_MOST_MOVES]]))


def _of_move(move: str, talk: Talk, alone: Shares, inside: Shares, cues: Cues, small: bool, label: str) -> list[float | bool]:
    """Return the figures of `_MOVE`."""
    likeliest = [0.0 < r.moves.get(move, 0.0) == max(r.moves.values(), default=0.0) for r in (alone, inside)]
    return [
        move == _COUNT and cues.counts,
        move == _LANGUAGE and cues.foreign_script,
        move == _REFUSED and cues.refused,
        move == _AGREED and not talk.offered and not talk.nearest,
        bool(cues.picked),
        cues.placed is not None,
        cues.mentioned is not None,
        cues.unclear,
        *likeliest,
        small,
        move == label,
    ]


def _spread(shares: Shares) -> float:
    """Return how evenly the share of the passages lies on them: 0 on one alone, towards 1 on many alike."""
    total = shares.answered
    if total < _FLOOR:
        return 0.0
    return 1.0 - sum((p / total) ** 2 for p in shares.passages.values())
