"""Collects what Rasa says to one message, and makes it one reply of the contract."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel

from bot.reply import Reply


class Collector(CollectingOutputChannel):
    """Collects the plain messages and the contract.

    The disclosure comes before the reply, as a text of an action of its own that is marked as such; here it becomes
    part of the contract. Keys of the contract that are absent are filled with their defaults.
    """

    def __init__(self) -> None:
        super().__init__()
        self._disclosure = ""
        self._reply: Reply | None = None

    @classmethod
    def of(cls, reply: Reply) -> Collector:
        """Return the collector of a reply that is no more than its lead."""
        output = cls()
        output.messages = [{"text": reply.lead}, {"custom": reply.as_json()}]
        output._reply = reply
        return output

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Collect a text; `disclosure` marks what is said at first contact."""
        if kwargs.get("disclosure"):
            self._disclosure = text
        await super().send_text_message(recipient_id, text)

    async def send_custom_json(self, recipient_id: str, json_message: dict[str, Any], **_: Any) -> None:
        """Collect a contract.

        Raises:
            ValueError: If it is none.
        """
        reply = replace(Reply.from_json(json_message), disclosure=self._disclosure)
        self._reply = self._reply or reply
        await super().send_custom_json(recipient_id, reply.as_json())

    def reply(self) -> Reply | None:
        """Return the reply, made of the plain texts where no contract came; None if nothing came."""
        if self._reply:
            return self._reply
        said = "\n\n".join(m["text"] for m in self.messages if "text" in m)
        return Reply("error", lead=said) if said else None
