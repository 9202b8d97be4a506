"""What to say to an update: commands in words, questions to the bot, the rest politely."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from bot.channels.gateway import MAX_CHARACTERS, Gateway, Refused, read
from bot.channels.telegram.light import Light, of, shed
from bot.channels.telegram.render import Reader, render_reply, render_words
from bot.channels.telegram.state import TelegramState
from bot.channels.telegram.texts import TelegramTexts
from bot.channels.telegram.updates import Incoming, Me

logger = logging.getLogger("bot.channels.telegram")

Messages = list[dict[str, Any]]

# Messages whose words are kept as a hash, to know an edit that left them alone; Python salts it anew in every process.
_MOST_HEARD = 10_000

# The payload of somebody else's deep link: a token, not words to answer.
_PAYLOAD = re.compile(r"(?=.*[\d_-])[\w-]{1,64}", re.ASCII)


@dataclass
class Responder:
    """Decides what is sent for an update.

    Attributes:
        gateway: Counts updates of a `person`, answers questions and forgets.
        state: Conversations and options.
        texts: The channel's words.
        me: The bot's name, for groups.
        reader: Where quotes can be read in context.
        options_lead: What leads from a quote to the buttons below it.
        disclosure: What is said at /start: a bot, whose words, what is stored.
        retention_days: Days that a conversation is kept.
        typing: Shows in a chat (and topic) that the bot is at work.
        passages: The question that `/start NAME` asks, by the name of the passage in lower case.
        light: The conversation and the light of each answer, by update, until the service takes it out.
    """

    gateway: Gateway
    state: TelegramState
    texts: TelegramTexts
    me: Me
    reader: Reader
    options_lead: str
    disclosure: str
    retention_days: int
    typing: Callable[[int, int | None], AbstractAsyncContextManager[None]]
    passages: Mapping[str, str] = field(default_factory=dict)
    light: dict[int, tuple[str, Light]] = field(default_factory=dict)
    _slowed: set[str] = field(default_factory=set)
    _heard: OrderedDict[tuple[int, int], int] = field(default_factory=OrderedDict)

    async def answer(self, incoming: Incoming) -> Messages:
        """Return the `sendMessage` parameters to answer an update with; empty for silence."""
        said = await self._said(incoming)
        for index, message in enumerate(said):
            message["chat_id"] = incoming.chat
            if incoming.thread is not None:
                message["message_thread_id"] = incoming.thread
            if index == 0 and (incoming.edited or not incoming.private) and incoming.kind != "joined":
                message["reply_parameters"] = {"message_id": incoming.message, "allow_sending_without_reply": True}
        return said

    async def _said(self, incoming: Incoming) -> Messages:
        if incoming.kind == "joined":
            return self._words("group_hello", username=self.me.username)
        if incoming.kind == "command" and not self._is_ours(incoming):
            return []
        if self._is_known(incoming):
            return []
        waiting = await self._must_wait(incoming)
        if waiting is not None:
            return waiting
        if incoming.kind == "media":
            return self._words("only_text")
        if incoming.kind == "command":
            return await self._command(incoming, incoming.text.rstrip("@"))
        if incoming.kind == "tap":
            question = self.state.option_question(incoming.text)
            return await self._ask(incoming, question, chosen=question) if question else []
        return await self._ask(incoming, incoming.text)

    def _is_ours(self, incoming: Incoming) -> bool:
        """Tell whether a command is for us: in groups, an unknown one is so only with our name."""
        return incoming.private or incoming.text.endswith("@") or incoming.text in self.texts.commands

    def _is_known(self, incoming: Incoming) -> bool:
        """Tell whether an edit left the words as they were: Telegram tells of any change, a link's preview too."""
        # Edits in groups are not answered.
        if not incoming.private or incoming.kind not in ("text", "command"):
            return False
        key, said = (incoming.chat, incoming.message), hash((incoming.kind, incoming.text, incoming.words))
        known = incoming.edited and self._heard.get(key) == said
        self._heard[key] = said
        while len(self._heard) > _MOST_HEARD:
            self._heard.popitem(last=False)
        return known

    async def _must_wait(self, incoming: Incoming) -> Messages | None:
        """Return what to say to somebody who is too fast, once; None for everybody else."""
        key = f"{incoming.chat}/{incoming.person}"
        try:
            # Counted here and not in `ask`, since commands, media and taps count too.
            await self.gateway.admit(person=key)
        except Refused as refused:
            if key in self._slowed:
                return []
            if len(self._slowed) > 10_000:
                self._slowed.clear()
            self._slowed.add(key)
            return self._words("slow_down", seconds=refused.retry_after)
        self._slowed.discard(key)
        return None

    async def _command(self, incoming: Incoming, command: str) -> Messages:
        words = incoming.words
        if command == "start" and words.lower() in self.passages:
            asked = self.passages[words.lower()]
            return await self._ask(incoming, asked, chosen=asked)
        if words and not (command == "start" and _PAYLOAD.fullmatch(words)):
            # With words behind it even `/delete` deletes nothing: it goes to the bot as a message, which says how to delete.
            return await self._ask(incoming, f"{command} {words}" if command == "delete" else words)
        if command == "start":
            return await self._ask(incoming, self.texts.said["topics"], disclosure=self.disclosure)
        if command in self.texts.said:
            return await self._ask(incoming, self.texts.said[command])
        if command == "help":
            return self._words("help", username=self.me.username)
        if command == "privacy":
            return self._words("privacy", retention_days=self.retention_days)
        if command == "delete":
            return await self._delete(incoming)
        return self._words("unknown_command")

    async def _ask(self, incoming: Incoming, text: str, disclosure: str = "", chosen: str = "") -> Messages:
        try:
            question = read(text)
        except Refused as refused:
            return self._words(refused.code, limit=MAX_CHARACTERS)
        conversation = self.state.conversation(incoming.chat, incoming.person)
        try:
            light = self.state.light(incoming.chat, incoming.replied) if incoming.replied else None
            async with self.typing(incoming.chat, incoming.thread):
                with shed(light):
                    # The update's number: if another worker has asked before, but sent nothing, it gets the same reply.
                    reply = await self.gateway.ask(conversation, question, key=str(incoming.update))
        except Exception as error:
            logger.error("Telegram: the bot gave no answer (%s).", type(error).__name__)
            return self._words("no_answer")
        if about := of(reply):
            self.light[incoming.update] = conversation, about
        reply = replace(reply, disclosure=disclosure or reply.disclosure)
        said = render_reply(reply, self.texts, self.state.option_id, self.reader, chosen, self.options_lead)
        return said or self._words("no_answer")

    async def _delete(self, incoming: Incoming) -> Messages:
        conversation = self.state.known_conversation(incoming.chat, incoming.person)
        if conversation is None:
            return self._words("nothing_to_delete")
        try:
            await self.gateway.forget(conversation)
        except Exception as error:
            logger.error("Telegram: a conversation could not be deleted (%s).", type(error).__name__)
            return self._words("no_answer")
        self.state.drop_conversation(conversation)
        return self._words("deleted")

    def _words(self, key: str, **words: str | int) -> Messages:
        return render_words(self.texts.say(key, **words))
