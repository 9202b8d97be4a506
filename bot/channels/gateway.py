"""The one door to Rasa: cleans, caps and counts a message, bounds the wait for its reply, and apologises where none comes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from async_timeout import timeout
from rasa.core.channels.channel import UserMessage
from sanic import Sanic

from bot.channels.collector import Collector
from bot.channels.rate import LocalRates, Rate, Rates
from bot.clean import clean
from bot.memory.forget import forget
from bot.memory.store import StoreError
from bot.read import load_documents
from bot.reply import Reply
from bot.settings import REDIS_URL, WEB_ANSWER_SECONDS
from bot.texts import Texts, load_texts

logger = logging.getLogger(__name__)

MAX_CHARACTERS = 2_000

Handler = Callable[[UserMessage], Awaitable[Any]]
T = TypeVar("T")


@dataclass(eq=False)
class Refused(Exception):
    """What gets no reply, to be told to whoever sent it.

    Attributes:
        code: Why: `empty`, `too_long`, `rate_limited`, `slow`, `not_saved` or `not_ready`; the page has more.
        retry_after: Seconds to wait before the next try, if that helps.
    """

    code: str
    retry_after: int = 0


def read(text: str) -> str:
    """Return a message as the bot reads it, or raise `Refused`: `empty`, `too_long`."""
    question = clean(text)
    if not question:
        raise Refused("empty")
    # Counted after cleaning: NFKC makes several characters of some, and others are dropped.
    if len(question) > MAX_CHARACTERS:
        raise Refused("too_long")
    return question


def apology(phrase: str = "error", **words: str) -> Reply:
    """Return a reply that says a phrase of the bot's texts instead of an answer."""
    return Reply("error", lead=_texts().say(phrase, words=words))


@lru_cache(maxsize=1)
def _texts() -> Texts:
    return load_texts(load_documents()[0].language)


class Gateway:
    """The door of one channel.

    Args:
        channel: Its name; what Rasa calls a conversation begins with it, so that no channel reaches those of another.
        on_new_message: Rasa's handler, as channels get it.
        rates: Rate limits, by what is counted: `address`, `conversation`, or a kind that the channel hands to `admit`.
    """

    def __init__(self, channel: str, on_new_message: Handler, rates: Mapping[str, Rate] | None = None) -> None:
        self._channel = channel
        self._on_new_message = on_new_message
        self._counted = frozenset(rates or ())
        self._rates = _open_rates(channel, rates or {})
        self.seconds = WEB_ANSWER_SECONDS()

    async def ask(self, conversation: str, text: str, address: str = "", key: str = "") -> Reply:
        """Return the reply to a message, or an apology: then nothing of the message is remembered, or it came too late.

        Args:
            conversation: Its id in the channel.
            text: As it was typed.
            address: Where it comes from, if that is counted.
            key: As for `put`.

        Raises:
            Refused: `empty`, `too_long`, `rate_limited`, or `not_ready` where Rasa says nothing.
        """
        return (await self.collect(conversation, text, address, key)).reply() or apology()

    async def collect(self, conversation: str, text: str, address: str = "", key: str = "") -> Collector:
        """Do as `ask`, and return the plain messages too."""
        try:
            return await self.within(self.put(conversation, text, address, key))
        except Refused as refused:
            if refused.code == "not_saved":
                return Collector.of(apology(refused.code))
            if refused.code != "slow":
                raise
            logger.error("no reply within %s s", self.seconds)
        except Exception:
            logger.exception("a message failed")
        return Collector.of(apology())

    async def put(self, conversation: str, text: str, address: str = "", key: str = "") -> Collector:
        """Return what Rasa says, with no time limit and no error caught: for a channel that handles both in its own way.

        Args:
            conversation: As for `ask`.
            text: As for `ask`.
            address: As for `ask`.
            key: Names the message in its conversation: if it comes again, the reply that it had is said again.
        """
        question = read(text)
        await self.admit(address=address, conversation=conversation)
        output = Collector()
        sender = self.sender(conversation)
        await self._on_new_message(UserMessage(question, output, sender, input_channel=self._channel, message_id=key or None))
        if not output.messages:
            raise Refused("not_ready", 2)
        return output

    async def within(self, work: Awaitable[T]) -> T:
        """Return what some work gives.

        Raises:
            Refused: `slow` after the longest wait, which ends it; `not_saved` where a store cannot be read or written.
        """
        try:
            async with timeout(self.seconds):
                return await work
        except asyncio.TimeoutError as error:
            raise Refused("slow", 2) from error
        except StoreError as error:
            logger.error("not saved: %s", error)
            raise Refused("not_saved", 2) from error

    async def admit(self, **who: str) -> None:
        """Count something against all the rates that it is under, at once, or against none if one of them is used up.

        Args:
            who: Whom to count, by kind; those without a name and kinds without a rate are not counted.

        Raises:
            Refused: `rate_limited`.
        """
        taken = [(kind, name) for kind, name in who.items() if name and kind in self._counted]
        if taken and (seconds := await self._rates.wait(taken)):
            raise Refused("rate_limited", seconds)

    async def forget(self, conversation: str) -> None:
        """Delete what Rasa has stored of a conversation; raises `Refused`: `slow`, `not_saved`."""
        await self.within(forget(Sanic.get_app().ctx.agent, self.sender(conversation)))

    def sender(self, conversation: str) -> str:
        """Return what Rasa calls a conversation of the channel."""
        return f"{self._channel}-{conversation}"


def _open_rates(channel: str, rates: Mapping[str, Rate]) -> Rates:
    """Return the rates of a channel: counted for all workers where `REDIS_URL` is set, else in this process."""
    if rates and REDIS_URL():
        # Only there: its package is one of `make setup-scale`.
        from bot.channels.shared_rate import SharedRates, link

        return SharedRates(link(), channel, rates)
    return LocalRates(rates)
