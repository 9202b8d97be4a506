"""`python -m tools.bench.native COUNT`: how much of reading a message is native code that lets other threads go on.

One JSON object goes to standard output: for each of so many held-out questions the processor milliseconds of its whole
reading and of the encoders within, during which the interpreter's lock is free; both over all threads.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Any

import onnxruntime

from bot.run.build import model_path
from tools.bench.load import load_questions

_WARM_UP = 20


def main() -> None:
    """Read questions one after the other and take the time of both."""
    native = [0.0]
    run = onnxruntime.InferenceSession.run

    def timed(*given: Any, **named: Any) -> Any:
        began = time.thread_time()
        try:
            return run(*given, **named)
        finally:
            native[0] += time.thread_time() - began

    onnxruntime.InferenceSession.run = timed
    from bot.run.light import import_rasa

    import_rasa()
    from rasa.core.channels.channel import UserMessage
    from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
    from rasa.shared.core.trackers import DialogueStateTracker
    from rasa.utils.log_utils import configure_structlog

    from bot.rasa.processor import BotProcessor

    configure_structlog(logging.WARNING)
    _, metadata, runner = BotProcessor._load_model(model_path())
    tracker = DialogueStateTracker.from_events("nobody", [])
    found = []
    questions = load_questions()
    for question in [*questions[-_WARM_UP:], *questions[: int(sys.argv[1])]]:
        native[0], began = 0.0, time.process_time()
        inputs = {PLACEHOLDER_MESSAGE: [UserMessage(question)], PLACEHOLDER_TRACKER: tracker}
        runner.run(inputs, [metadata.nlu_target])
        found.append([round((time.process_time() - began) * 1000, 3), round(native[0] * 1000, 3)])
    json.dump({"read_native": found[_WARM_UP:]}, sys.stdout)


if __name__ == "__main__":
    main()
