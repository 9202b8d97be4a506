"""Logs as one JSON object a line, without what people write unless LOG_TEXTS=1."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import datetime, timezone
from typing import Any

from bot.settings import LOG_TEXTS

# Their debug messages hold texts, slots and whole trackers.
_TALKATIVE = ("rasa", "rasa_sdk", "sanic", "aiohttp", "telegram", "bot", "actions")
_OWN = "details"


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON: time, level, logger, event, and its details."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line.update(getattr(record, _OWN, {}))
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            # The message of an exception may quote what somebody wrote; where it happened does not.
            line["where"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(record.exc_info[2])][-8:]
            if LOG_TEXTS():
                line["error_text"] = str(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up(handlers: list[logging.Handler] | None = None) -> None:
    """Give every handler of the process the formatter, and keep texts out of them.

    Args:
        handlers: Those to set up; by default all that exist.
    """
    formatter = JsonFormatter()
    for handler in _all_handlers() if handlers is None else handlers:
        handler.setFormatter(formatter)
    if not LOG_TEXTS():
        for name in _TALKATIVE:
            logger = logging.getLogger(name)
            if logger.getEffectiveLevel() < logging.INFO:
                logger.setLevel(logging.INFO)


def log(logger: logging.Logger, event: str, **details: Any) -> None:
    """Log an event with details that are plain data."""
    if logger.isEnabledFor(logging.INFO):
        # Made by hand: `logger.info` would go through the stack to find out where it was called from.
        logger.handle(logger.makeRecord(logger.name, logging.INFO, "", 0, event, (), None, extra={_OWN: details}))


def _all_handlers() -> list[logging.Handler]:
    loggers = [logging.getLogger(), *(logging.getLogger(n) for n in list(logging.root.manager.loggerDict))]
    return list({id(h): h for logger in loggers for h in logger.handlers}.values())
