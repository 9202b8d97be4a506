"""The worker that polls Telegram, hurt while people write to it, in the form of the other trials."""

from __future__ import annotations

import signal
import tempfile
import time
from collections import Counter
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from tests.scale.crowd import Verdict
from tests.scale.faults import STOPPED_SECONDS, Trial
from tests.scale.test_telegram import EVERY, START_SECONDS, Talk, Worker, own_postgres, seconds_to_take_over
from tests.telegram.double import BotApiDouble

# For the last messages to be answered.
_END_SECONDS = 60.0


def attempt(how: str, messages: int, talks: int) -> Trial:
    """Let people write to two workers' channel, and kill the one that polls, or let it hang; `how` says which."""
    with own_postgres() as server, BotApiDouble() as api, tempfile.TemporaryDirectory() as folder:
        workers = [Worker(Path(folder), f"worker-{n}", api, DATABASE_URL=server.url) for n in range(2)]
        try:
            api.wait_for(lambda: all(w.turns or "has this bot's messages" in w.said() for w in workers), START_SECONDS)
            first, second = sorted(workers, key=lambda w: -w.turns)
            began = time.monotonic()
            with Talk(api, talks) as talk:
                time.sleep(messages * EVERY / 3)
                hurt = time.monotonic()
                number = signal.SIGKILL if how == "killed" else signal.SIGSTOP
                took = seconds_to_take_over([second], api, lambda: first.send(number))
                if how == "stopped":
                    time.sleep(max(0.0, hurt + STOPPED_SECONDS - time.monotonic()))
                    first.send(signal.SIGCONT)
                time.sleep(max(0.0, began + messages * EVERY - time.monotonic()))
            count = sum(map(len, talk.said.values()))
            with suppress(AssertionError):
                api.wait_for(lambda: len(api.sent) >= count, _END_SECONDS)
            time.sleep(1.0)
            name = "Telegram poller killed" if how == "killed" else f"Telegram poller stopped for {STOPPED_SECONDS:.0f} s"
            return Trial(name, _judge(talk), took, took, [], (0, 0, 0), [])
        finally:
            for worker in workers:
                worker.send(signal.SIGCONT)
                worker.stop()


def _judge(talk: Talk) -> Verdict:
    found = Verdict(sent=sum(map(len, talk.said.values())))
    for chat, said in talk.said.items():
        heard = talk.heard(chat)
        times = Counter(heard)
        for words in said:
            if times[words]:
                found.answered += 1
            else:
                found.note("silent", words)
        for words, count in times.items():
            for _ in range(count - 1):
                found.note("doubled", words)
            if words not in said:
                found.note("mixed", f"{words} to {chat}")
        numbers = [said.index(words) for words in heard if words in said]
        for before, after in pairwise(numbers):
            if after < before:
                found.note("disordered", f"{said[after]} after {said[before]}")
    return found
