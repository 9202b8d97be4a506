"""Keeps the bot running: restarts it when it dies, with backoff and up to a limit."""

from __future__ import annotations

import signal
import time

from bot.run.build import RunError, say, shown, tail
from bot.run.process import BotProcess

# Restarts in a row; the row ends once the bot has served for `SERVED_SECONDS`.
MOST_RESTARTS = 3
SERVED_SECONDS = 60.0
# Backoff before the first restart of a row, in seconds; doubled for each further one.
_FIRST_WAIT = 1.0


def keep(unit: BotProcess) -> int:
    """Watch a unit that has started, and start it again whenever it dies.

    Returns:
        The exit status 0, once Rasa was told to stop by somebody else and did so cleanly.

    Raises:
        RunError: If it dies again after `MOST_RESTARTS` restarts in a row.
    """
    restarts, since = 0, time.monotonic()
    while status := unit.wait():
        if time.monotonic() - since >= SERVED_SECONDS:
            restarts = 0
        if restarts == MOST_RESTARTS:
            raise RunError(
                f"Rasa died again ({_cause(status)}) after {MOST_RESTARTS} restarts, and is not started once more. "
                f"Look in {shown(unit.log)} for the reason, mend it, then run this again. Its end:\n{tail(unit.log)}"
            )
        seconds = _FIRST_WAIT * 2**restarts
        restarts += 1
        say(f"Rasa died ({_cause(status)}); it is started again in {seconds:.0f} s ...")
        time.sleep(seconds)
        try:
            seconds = unit.start(again=True)
        except RunError as error:
            say(f"The restart failed: {error}")
            unit.kill()
        else:
            since = time.monotonic()
            say(f"The bot answers again, after {seconds:.0f} s. Conversations go on where they were.")
    say("Rasa was stopped by somebody else; it is not started again.")
    return 0


def _cause(status: int) -> str:
    if status >= 0:
        return f"status {status}"
    if -status == signal.SIGKILL:
        return "killed; the system does so when memory runs out"
    return f"signal {signal.Signals(-status).name}"
