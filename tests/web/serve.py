"""A server with the real web and REST channels and a stand-in for the bot's mind.

    python -m tests.web.serve PORT STATE_FOLDER [DOCUMENTS_JSON SEEDS_FOLDER]

It answers as the contract of a reply says, from the question's words alone, so
that what the browser does can be tried without a trained model: `slow 3` takes
three seconds, `error` fails, `silent` says nothing, `plain` has no `custom`,
`decline`, `clarify`, `hello`; a number cites the passage of that number;
anything else cites the first passage that shares a longer word with it.
"""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage, register
from sanic import HTTPResponse, Request, Sanic
from sanic.response import text as text_response
from sanic_cors import CORS

from bot.channels.rest import GuardedRest
from bot.channels.web import WebChannel
from bot.channels.web.settings import load_settings
from bot.read import Document, Passage, load_documents
from bot.reply import Citation, Option, Reply, Source
from bot.texts import load_texts


class Answerer:
    """Stands where Rasa's agent stands."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._said: dict[tuple[str, str], Reply] = {}

    async def handle_message(self, message: UserMessage) -> None:
        """Reply to a message through its output channel; to one that comes again, the same without delay."""
        key = message.sender_id, message.message_id
        text = "" if key in self._said else message.text or ""
        seconds = re.match(r"slow (\d+)", text)
        if seconds:
            await asyncio.sleep(int(seconds[1]))
        if text == "error":
            raise RuntimeError("asked for")
        if text == "silent":
            return
        if text == "plain":
            await message.output_channel.send_text_message(message.sender_id, "Two lines, no citation.")
            return
        reply = self._said.setdefault(key, self._said.get(key) or self._reply(text))
        for said in filter(None, [reply.lead, *(f"“{c.quote}”" for c in reply.citations)]):
            await message.output_channel.send_text_message(message.sender_id, said)
        await message.output_channel.send_custom_json(message.sender_id, reply.as_json())

    def _reply(self, text: str) -> Reply:
        document = self._document
        source = Source.of(document)
        if text.startswith("hello"):
            return Reply("smalltalk", lead=f"Hello! You said: {text}")
        if text == "Start over":
            return Reply("restarted", lead="Let's start over. What would you like to know?", source=source)
        if text == "decline":
            return Reply(
                "declined",
                lead="The statement does not say that.",
                nearest_lead="What the statement does say:",
                nearest=Citation.of(document, document.quotable[4]),
                options=self._options(2, 5),
                source=source,
            )
        if text == "clarify":
            return Reply("clarify", lead="Do you mean one of these?", options=self._options(0, 3), source=source)
        passage = self._passage(text)
        notes = tuple(load_texts(document.language).date_notes(document.quote(passage), document))
        return Reply("answered", (Citation.of(document, passage),), notes=notes, source=source)

    def _passage(self, text: str) -> Passage:
        quotable = self._document.quotable
        if text.isdigit():
            return quotable[int(text) % len(quotable)]
        asked = next((p for p in quotable if p.ask == text), None)
        words = [w for w in re.findall(r"\w+", text.lower()) if len(w) > 4]
        found = next((p for p in quotable if any(w in self._document.quote(p).lower() for w in words)), None)
        return asked or found or quotable[0]

    def _options(self, start: int, end: int) -> tuple[Option, ...]:
        document = self._document
        return tuple(
            Option(f"{document.name}/{p.id}", p.title or document.quote(p)[:40], p.ask or document.quote(p)[:40])
            for p in document.quotable[start:end]
        )


def application(state: Path, documents: list[Document]) -> Sanic:
    """Return an app as Rasa makes it (which would load TensorFlow), with the channel mounted by Rasa."""
    app = Sanic("rasa_core_no_api")

    @app.get("/")
    async def hello(request: Request) -> HTTPResponse:
        return text_response("Hello from Rasa: 3.6.21")

    app.config.CORS_AUTOMATIC_OPTIONS = True
    app.config.CORS_SUPPORTS_CREDENTIALS = True
    app.config.CORS_EXPOSE_HEADERS = "filename"
    CORS(app, resources={r"/*": {"origins": ""}}, automatic_options=True)
    channel = WebChannel(replace(load_settings(), state=state), documents)
    register([channel, GuardedRest()], app, route="/webhooks/")
    answerer = Answerer(documents[0])

    async def ready(*_: Any) -> None:
        app.ctx.agent = _Agent(answerer, state)

    app.register_listener(ready, "before_server_start")
    return app


class _Agent:
    """What the channel uses of an agent: messages, and a memory to delete from."""

    def __init__(self, answerer: Answerer, state: Path) -> None:
        from rasa.core.lock_store import InMemoryLockStore

        from bot.rasa.tracker_store import RecentTrackerStore

        self.handle_message = answerer.handle_message
        self.lock_store = InMemoryLockStore()
        self.tracker_store = RecentTrackerStore(dialect="sqlite", db=str(state / "tracker.db"))


def main() -> None:
    """Serve on the loopback until ended."""
    port, state, *given = sys.argv[1:]
    documents = load_documents(Path(given[0]), Path(given[1])) if given else load_documents()
    application(Path(state), documents).run(host="127.0.0.1", port=int(port), access_log=False)


if __name__ == "__main__":
    main()
