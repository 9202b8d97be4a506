"""Two running bots beside each other in one run, by turns: what a change costs, on a machine whose speed wavers."""

from __future__ import annotations

import asyncio

from bot.run.build import RunError
from tools.bench.load import Load, closed_loop, from_turn, load_questions

_TURNS = 5
_SECONDS = 8.0
_CLIENTS = (1, 8)


def beside(before: str, now: str) -> str:
    """Measure both and return a table.

    Args:
        before: Address of the bot that the other is compared with, for instance that of an earlier commit.
        now: Address of the other.

    Raises:
        RunError: If one of them does not answer.
    """
    loads = {(url, clients): Load() for url in (before, now) for clients in _CLIENTS}
    questions = load_questions()
    for turn in range(_TURNS):
        for clients in _CLIENTS:
            # By turns, the first one first every second time: a machine that slows down slows both.
            for url in (before, now) if turn % 2 else (now, before):
                loads[url, clients].add(asyncio.run(closed_loop(url, from_turn(questions, turn), clients, _SECONDS)))
    for (url, _), load in loads.items():
        if not load.messages or load.errors:
            raise RunError(f"{url} did not answer {load.errors} messages. Is a bot running there?")
    one, eight = ({url: loads[url, clients] for url in (before, now)} for clients in _CLIENTS)
    p50 = {url: load.milliseconds(50) for url, load in one.items()}
    lines = [
        "| | p50, 1 client | messages/s, 8 clients |",
        "| --- | --- | --- |",
        *(f"| {url} | {p50[url]:.1f} ms | {eight[url].rate:.1f} |" for url in (before, now)),
        f"| ratio | {p50[now] / p50[before]:.2f}x | {eight[now].rate / eight[before].rate:.2f}x |",
    ]
    return "\n".join(lines)
