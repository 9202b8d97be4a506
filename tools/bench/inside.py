"""`python -m tools.bench.inside QUESTIONS`: time the trained model of the project it stands in, without a server.

One JSON object goes to standard output: the milliseconds of each message, from
its text to the decision, and the peak of resident memory in megabytes.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

from bot.rasa.component import PARTS
from bot.run.build import MODELS
from tools.bench.process import memory_mb

_WARM_UP = 20


async def timed(questions: list[str], model: Path) -> list[float]:
    """Read and decide every question, and return the milliseconds of each."""
    # Imported here: seconds, before the clock runs.
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    # Else it prints every message, which takes longer than reading it.
    configure_structlog(logging.WARNING)
    agent = Agent.load(str(model))
    times = []
    for question in [*(f"{q} Warm-up." for q in questions[:_WARM_UP]), *questions]:
        started = time.perf_counter()
        parsed: dict[str, Any] = await agent.parse_message(question)
        if not parsed.get(PARTS):
            raise RuntimeError(f"nothing was decided about {question!r}")
        times.append((time.perf_counter() - started) * 1000)
    return times[_WARM_UP:]


def main() -> None:
    """Time the questions of a file, one a line."""
    questions = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    times = asyncio.run(timed(questions, MODELS / "scale.tar.gz"))
    json.dump({"milliseconds": times, "memory_mb": memory_mb([os.getpid()], peak=True)}, sys.stdout)


if __name__ == "__main__":
    main()
