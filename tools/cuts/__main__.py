"""Fit `data/language/en/cuts.json`: `python -m tools.cuts` (or `make cuts`).

Where the second question begins is told by nobody: the labels only say how many questions a message holds. So what is
sure comes first (questions of the bank, alone and joined in many ways), and then, in turns, the likeliest gap of each
message with two questions is taken for the cut, and the model fitted anew (hard expectation maximisation).
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from bot.bank.bank import BANKS, Bank, load_bank
from bot.read.document import load_documents
from bot.retrieve.embedder import Floats
from bot.understand.cuts import Cuts, features, path
from bot.understand.lexicon import lexicon
from bot.understand.parts import uncorrected
from bot.understand.talks import TALKS, load_talks

_JOINED, _TURNS, _REAL = 12_000, 2, 2.0
# Of the joined, the share in which a title stands for a question, as in lists of subjects, and the share with a head.
_TERSE, _HEADED = 0.25, 0.25
_RIDGE, _FEWEST, _LEAST = 3.0, 3, 0.08
# Nearly every second question of labelled talks begins at a gap over this; a message is read in each way that such gaps allow.
_THRESHOLD = -4.2
_LINKS = (
    " and ", ", and ", " and also ", ", also ", " plus ", ", ", ", ", " ", "? ", "? ", "? ", "? And ", "\n",
    ". ", "? Also, ", " / ", "; ",
    " & ", ", then ", "? ... ", " + ", "! ", " - ", ", but ", "? But ", "?\n", ": ",
)  # fmt: skip
# What people put before several questions, or before one.
_HEADS = ("need", "questions", "two things", "quick", "for my notes", "about this text", "pls tell", "3 q", "asking for", "brief")
_STATEMENT_ENDS = (".", "!", "\n", "…")
Row = tuple[list[list[str]], list[float | None], float]


def main() -> None:
    """Fit, write and print how many messages of each kind come out with the right number of stretches."""
    (document,) = [d for d in load_documents() if d.banked][:1]
    words = lexicon(document.language)
    bank = load_bank(BANKS / document.name)
    titles = [p.title.removeprefix("The ") for p in document.quotable]
    sure = [*_joined(bank, titles), *_alone(bank)]
    real = [
        (uncorrected(t.message, words), len(t.right))
        for file in sorted((TALKS / "train").glob("*.jsonl"))
        for t in load_talks(file, document.name)
    ]
    model = Cuts(_fit(sure))
    for turn in range(_TURNS):
        model = Cuts(_fit([*sure, *(_labelled(text, count, model) for text, count in real)]), _THRESHOLD)
        got = Counter((count, len(model.doubtful(text, words)) + 1) for text, count in real)
        print(f"turn {turn + 1}: {sorted(got.items())}", flush=True)
    weights = {f: round(w, 2) for f, w in model.weights.items() if abs(w) >= _LEAST}
    file = path(document.language)
    file.write_text(
        json.dumps({"threshold": _THRESHOLD, "weights": weights}, ensure_ascii=False, indent=0) + "\n", encoding="utf-8"
    )
    print(f"wrote {len(weights)} weights")


def _alone(bank: Bank) -> Iterator[Row]:
    for text in [*(q.text for q in bank.questions), *(f.text for f in bank.follow_ups)]:
        rows = [row for _, row in features(text, lexicon("en"))]
        yield rows, [0.0] * len(rows), 1.0


def _joined(bank: Bank, titles: Sequence[str]) -> Iterator[Row]:
    chance = random.Random(1)
    first = [q.text for q in bank.questions]
    later = [f.text for f in bank.follow_ups]
    # "by whom", "since when": whole questions, though they are short.
    later += sorted(w for w in lexicon("en")["asking"] if " " in w) * (len(later) // 300)
    for _ in range(_JOINED):
        one, link, two = (
            chance.choice(first).rstrip("?!. "),
            chance.choice(_LINKS),
            chance.choice(first if chance.random() < 0.6 else later),
        )
        if chance.random() < _TERSE:
            one, two = (chance.choice(titles) if chance.random() < 0.7 else x for x in (one, two))
        if link[0] not in "?\n." and two[1:2].islower():
            two = two[0].lower() + two[1:]
        if chance.random() < _HEADED:
            one = f"{chance.choice(_HEADS)}: {one}"
        if chance.random() < 0.35:
            two = two.rstrip("?!. ")
        seen = features(one + link + two, lexicon("en"))
        at = next((start for start, _ in seen if start >= len(one)), -1)
        yield [row for _, row in seen], [float(start == at) for start, _ in seen], 1.0


def _labelled(text: str, count: int, model: Cuts) -> Row:
    """Return a message labelled with its likeliest gaps as cuts; where it has none, gaps behind a statement get no label."""
    rows = [row for _, row in features(text, lexicon("en"))]
    scored = model.scores(text, lexicon("en"))
    if count > 1:
        best = model.likeliest(text, lexicon("en"), count - 1)
        return rows, [float(gap in best) for gap in scored], _REAL
    told = [
        None if text[:start].rstrip(" \"'”’)").endswith(_STATEMENT_ENDS) or "\n" in text[max(0, start - 2) : start] else 0.0
        for start, _ in scored
    ]
    return rows, list(told), _REAL


def _fit(data: Sequence[Row]) -> dict[str, float]:
    counts = Counter(f for rows, _, _ in data for row in rows for f in row)
    place = {f: i for i, f in enumerate(["", *sorted(f for f, n in counts.items() if n >= _FEWEST)])}
    columns: list[int] = []
    ends, labels, weights = [0], [], []
    for rows, told, weight in data:
        for row, label in zip(rows, told):
            if label is not None:
                columns += [0, *(place[f] for f in row if f in place)]
                ends.append(len(columns))
                labels.append(2 * label - 1)
                weights.append(weight)
    table = csr_matrix((np.ones(len(columns), dtype=np.float32), columns, ends), shape=(len(labels), len(place)))
    sign, heavy = np.array(labels), np.array(weights)

    def loss(w: Floats) -> tuple[float, Floats]:
        margins = sign * (table @ w)
        penalty = np.concatenate([[0.0], w[1:]]) * _RIDGE
        slope = -(table.T @ (heavy * sign / (1 + np.exp(margins)))) + penalty
        return float((heavy * np.logaddexp(0, -margins)).sum() + 0.5 * penalty @ w), slope

    found = minimize(loss, np.zeros(len(place)), jac=True, method="L-BFGS-B", options={"maxiter": 150})
    return dict(zip(place, found.x.tolist()))


if __name__ == "__main__":
    main()
