"""Send what was planned: each message once, whatever the network does.

Telegram knows no idempotent `sendMessage`. When the answer to one is lost, the
message may or may not stand in the chat. Editing is idempotent, though: we try
to edit the messages that came after the last one we know of into the text we
meant to send. "Not modified" means that it is there, "not found" that it is not.
Since the bot speaks in one chat one thing at a time, no other message of ours
can be among them.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import OrderedDict
from typing import Any

from bot.channels.telegram.api import TelegramApi, TelegramError, TelegramUnreachable
from bot.channels.telegram.render import plain_text
from bot.channels.telegram.state import Planned, TelegramState

logger = logging.getLogger("bot.channels.telegram")

# Message numbers tried in one search: so many beyond the highest known and the messages that are under way, and at most.
_LOOK_AHEAD = 8
_MOST_TRIED = 60
_MOST_SEEN = 5_000
# Supergroups (ids at or below this) number their messages themselves; all other chats share one sequence.
_SUPERGROUPS = -1_000_000_000_000


def backoff(failures: int, first: float = 0.5, most: float = 60.0) -> float:
    """Return the seconds to wait after so many failures in a row, doubling and jittered."""
    return float(min(most, first * 2 ** min(failures - 1, 12)) * random.uniform(0.75, 1.25))


class Delivery:
    """Sends through one bot.

    Args:
        api: The Bot API.
        state: Where the outbox is.
    """

    def __init__(self, api: TelegramApi, state: TelegramState) -> None:
        """Start with no message known."""
        self._api = api
        self._state = state
        self._highest: dict[int, int] = {}
        self._seen: OrderedDict[tuple[int, int], None] = OrderedDict()

    def saw(self, chat: int, message: int) -> None:
        """Note that a message number is taken: by somebody else, or by us and accounted for."""
        scope = _scope(chat)
        self._highest[scope] = max(self._known(chat), message)
        self._seen[(scope, message)] = None
        while len(self._seen) > _MOST_SEEN:
            self._seen.popitem(last=False)

    async def deliver(self, update: int) -> None:
        """Send what is planned for an update and not sent yet, in order."""
        for planned in self._state.planned(update):
            if planned.message is None:
                message = await self._send(update, planned)
                self._state.sent(update, planned.part, message)

    async def patiently(self, method: str, **fields: Any) -> Any:
        """Call a method that may be repeated until Telegram answers.

        Raises:
            TelegramError: If it refused, other than with a 429.
        """
        failures = 0
        while True:
            try:
                return await self._api.call(method, **fields)
            except TelegramUnreachable as error:
                failures += 1
                if failures == 3:
                    logger.warning("Telegram: %s; trying on.", error)
                await asyncio.sleep(backoff(failures))
            except TelegramError as error:
                if error.code != 429:
                    raise
                await asyncio.sleep(_patience(error))

    async def _send(self, update: int, planned: Planned) -> int:
        fields, failures, unsure = dict(planned.fields), 0, planned.sending_after
        while True:
            if unsure is not None:
                found = await self._find(fields, unsure)
                if found:
                    return found
                unsure = None
            after = self._known(fields["chat_id"])
            until = self._state.sending(update, planned.part, after)
            try:
                result = await self._api.call("sendMessage", until=until, **fields)
            except TelegramUnreachable as error:
                failures += 1
                if failures == 3:
                    logger.warning("Telegram: %s; trying on.", error)
                if error.sent:
                    unsure = after
                await asyncio.sleep(backoff(failures))
            except TelegramError as error:
                if error.code == 429:
                    await asyncio.sleep(_patience(error))
                elif not self._mend(fields, error):
                    # A blocked bot, a chat that is gone: nothing more to be done.
                    logger.info("Telegram: a message could not be sent (%s).", error)
                    return 0
            else:
                return self._accounted_for(fields["chat_id"], int(result["message_id"]))

    def _mend(self, fields: dict[str, Any], error: TelegramError) -> bool:
        """Change a refused message so that it may pass; tell whether there was something to change."""
        moved = error.parameters.get("migrate_to_chat_id")
        if isinstance(moved, int) and moved != fields["chat_id"]:
            self._state.move_chat(fields["chat_id"], moved)
            fields["chat_id"] = moved
            return True
        if error.code != 400:
            return False
        if error.says("reply", "thread") and ("reply_parameters" in fields or "message_thread_id" in fields):
            fields.pop("reply_parameters", None)
            fields.pop("message_thread_id", None)
            return True
        if error.says("parse") and "parse_mode" in fields:
            logger.error("Telegram could not read the markup of a message; it is sent plain.")
            fields["text"] = plain_text(fields["text"])
            del fields["parse_mode"]
            return True
        if error.says("button", "markup") and "reply_markup" in fields:
            logger.error("Telegram refused the buttons of a message; it is sent without.")
            del fields["reply_markup"]
            return True
        return False

    def _known(self, chat: int) -> int:
        """Return the highest message number known, of this run or of those before."""
        scope = _scope(chat)
        if scope not in self._highest:
            self._highest[scope] = int(self._state.fact(f"highest message {scope}") or 0)
        return self._highest[scope]

    def _accounted_for(self, chat: int, message: int) -> int:
        """Note a message of ours, also for the next run: it must never be taken for one that is missing."""
        self.saw(chat, message)
        self._state.remember(f"highest message {_scope(chat)}", str(self._known(chat)))
        return message

    async def _find(self, fields: dict[str, Any], after: int) -> int:
        """Return the number of a message that may have been sent, or 0 if it was not."""
        chat, scope = fields["chat_id"], _scope(fields["chat_id"])
        if after == 0:
            return 0
        wanted = {
            k: v for k, v in fields.items() if k in ("chat_id", "text", "parse_mode", "link_preview_options", "reply_markup")
        }
        last, tried = max(self._known(chat), after) + _LOOK_AHEAD + self._state.under_way(), 0
        for message in range(after + 1, last + 1):
            if (scope, message) in self._seen:
                continue
            tried += 1
            if tried > _MOST_TRIED:
                break
            try:
                await self.patiently("editMessageText", message_id=message, **wanted)
            except TelegramError as error:
                if not error.says("not modified"):
                    continue
            return self._accounted_for(chat, message)
        return 0


def _scope(chat: int) -> int:
    return chat if chat <= _SUPERGROUPS else 0


def _patience(error: TelegramError) -> float:
    return (error.retry_after or 1.0) + random.uniform(0.05, 0.25)
