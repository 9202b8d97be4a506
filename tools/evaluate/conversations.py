"""Hold written conversations with the running bot and count the turns it gets right."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

# From a message and a sender to the bot's messages.
Ask = Callable[[str, str], list[dict[str, Any]]]


@dataclass(frozen=True)
class Turn:
    """One turn as it was held.

    Attributes:
        conversation: Its id.
        user: What was said.
        follow_up: Whether it needs the turns before it.
        expected: What would be right, for people to read.
        got: What the bot did.
        right: 1 if outcome and passage are accepted ones, 0.5 for a fair doubt, else 0.
    """

    conversation: str
    user: str
    follow_up: bool
    expected: str
    got: str
    right: float


def hold(path: Path, ask: Ask) -> Iterator[Turn]:
    """Hold every conversation of a file, each with a sender of its own.

    Args:
        path: A YAML list of conversations: `id` and `turns`, each turn with
            `user`, accepted `outcome`s, accepted `passages` (any may be the
            first citation), `also` (must be cited too) and `followup`.
        ask: Talks to the bot.
    """
    for conversation in yaml.safe_load(path.read_text(encoding="utf-8")):
        sender = f"conversation-{uuid.uuid4().hex}"
        for turn in conversation["turns"]:
            custom: dict[str, Any] = next((m["custom"] for m in ask(turn["user"], sender) if "custom" in m), {})
            cited = [c["passage"] for c in custom.get("citations", [])]
            outcome = custom.get("outcome", "nothing")
            accepted, also = turn.get("passages", []), turn.get("also", [])
            right = float(outcome in turn["outcome"])
            if outcome == "closest" and not right:
                # An honest doubt is worth half where its sentence is right or nothing answers.
                near = (custom.get("nearest") or {}).get("passage")
                right = 0.5 * float("declined" in turn["outcome"] or near in accepted)
            if right and outcome == "answered" and accepted:
                # Of two questions in a message either may come first, as long as both are cited.
                right = float(bool(cited) and cited[0] in [*accepted, *also] and all(p in cited for p in also))
            yield Turn(
                str(conversation["id"]),
                str(turn["user"]),
                bool(turn.get("followup")),
                f"{'/'.join(turn['outcome'])} {','.join([*accepted, *also])}".strip(),
                f"{outcome} {','.join(cited)}".strip(),
                right,
            )


def figures(turns: list[Turn]) -> dict[str, float]:
    """Return the shares of right turns: all of them, and the follow-ups alone."""
    follow_ups = [t for t in turns if t.follow_up]
    return {
        "turns": float(len(turns)),
        "turns right": sum(t.right for t in turns) / max(len(turns), 1),
        "follow-ups": float(len(follow_ups)),
        "follow-ups right": sum(t.right for t in follow_ups) / max(len(follow_ups), 1),
    }
