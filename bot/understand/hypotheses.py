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
    best = {name: max(r.passages, key=lambda k: r.passages[k], default="") for name, r in (("alone", alone), ("context", inside))}
    situation = np.array(
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
    likely = (k for r in (alone, inside) for k in heapq.nlargest(_MOST_PASSAGES, r.passages, key=r.passages.__getitem__))
    ranked = sorted(set(likely), key=lambda k: (-max(alone.passages.get(k, 0.0), inside.passages.get(k, 0.0)), k))
    if cues.foreign_script:
        # Both readings were taught with one script; in another one they see nothing but unknown pieces.
        ranked = []
    extra = [*cues.picked, *(cues.placed or ()), *(cues.mentioned or ())[:3]]
    keys = list(dict.fromkeys([*ranked[:_MOST_PASSAGES], *extra]))
    shares = {m: max(alone.moves.get(m, 0.0), inside.moves.get(m, 0.0)) for m in {*alone.moves, *inside.moves}}
    meant = [m for m, said in ((_COUNT, cues.counts), (_LANGUAGE, cues.foreign_script), (_REFUSED, cues.refused)) if said]
    moves = (
        [_LANGUAGE]
        if cues.foreign_script
        else list(dict.fromkeys([*meant, *sorted(shares, key=lambda m: (-shares[m], m))[:_MOST_MOVES]]))
    )
    spreads = [_spread(r) for r in (alone, inside)]
    top = against(best["context"] if talk.asked else best["alone"])
    mentioned, placed = cues.mentioned, cues.placed

    def row(block: str, share: tuple[float, float] | None, own: Sequence[float]) -> Floats:
        out = np.zeros(WIDTH, dtype=np.float32)
        start = _STARTS[block]
        values = [situation] if share is None else [situation * share[0], situation * share[1], situation]
        filled = np.concatenate([*values, np.asarray(own, dtype=np.float32)])
        out[start : start + len(filled)] = filled
        return out

    def logs(name: str) -> tuple[float, float]:
        return math.log(alone[name] + _FLOOR) / 4.0, math.log(inside[name] + _FLOOR) / 4.0

    names: list[str] = []
    rows: list[Floats] = []
    for key in keys:
        fit = against(key)
        own = [
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
            key == best["alone"],
            key == best["context"],
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
        names.append(key)
        rows.append(row("passage", logs(key), [float(v) for v in own]))
    small = len(words) <= 2
    picked = bool(cues.picked)
    absent = [
        *vars(top).values(),
        mentioned is not None,
        mentioned == (),
        placed == (),
        picked,
        cues.counts,
        spreads[1],
        cues.refused,
        label == NOT_SAID,
    ]
    names.append(NOT_SAID)
    rows.append(row(NOT_SAID, logs(NOT_SAID), [float(v) for v in absent]))
    names.append(OFF_TOPIC)
    rows.append(
        row(
            OFF_TOPIC,
            logs(OFF_TOPIC),
            [float(v) for v in (top.names_absent, picked, mentioned == (), spreads[0], label == OFF_TOPIC)],
        )
    )
    names.append(CLARIFY)
    vague = [cues.unclear, *spreads, min(len(words), 6) / 6.0, picked, len(cues.picked) > 1]
    rows.append(row(CLARIFY, None, [float(v) for v in vague]))
    for move in moves:
        own = [
            move == _COUNT and cues.counts,
            move == _LANGUAGE and cues.foreign_script,
            move == _REFUSED and cues.refused,
            move == _AGREED and not talk.offered and not talk.nearest,
            picked,
            placed is not None,
            mentioned is not None,
            cues.unclear,
            alone.moves.get(move, 0.0) == max(alone.moves.values(), default=0.0) and alone.moves.get(move, 0.0) > 0,
            inside.moves.get(move, 0.0) == max(inside.moves.values(), default=0.0) and inside.moves.get(move, 0.0) > 0,
            small,
            move == label,
        ]
        names.append(move)
        rows.append(row("move", logs(move), [float(v) for v in own]))
    return Hypotheses(tuple(names), np.stack(rows))


def _spread(shares: Shares) -> float:
    """Return how evenly the share of the passages lies on them: 0 on one alone, towards 1 on many alike."""
    total = shares.answered
    if total < _FLOOR:
        return 0.0
    return 1.0 - sum((p / total) ** 2 for p in shares.passages.values())
