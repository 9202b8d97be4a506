"""The bot's actions: read the findings and the memory, pick a reply, remember."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from async_timeout import timeout
from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, EventType, Restarted, SessionStarted
from rasa_sdk.executor import CollectingDispatcher

from actions.memory import Memory
from bot.memory.retention import retention_days
from bot.read.document import load_documents
from bot.reply import Library, Reply
from bot.retrieve.finding import Decision, Finding, decide

logger = logging.getLogger(__name__)
TIMEOUT_SECONDS = 5.0
_LOST_AFTER = 3
_TOPICS_SHOWN = 5

Run = Callable[[Any, CollectingDispatcher, Tracker, dict[str, Any]], Awaitable[list[EventType]]]


@lru_cache(maxsize=1)
def library() -> Library:
    """Return the documents, loaded once, at the first question."""
    return Library(load_documents())


def send(dispatcher: CollectingDispatcher, reply: Reply) -> None:
    """Send a reply: its texts, its options as buttons, and last the contract."""
    for text in reply.texts:
        dispatcher.utter_message(text=text)
    buttons = [{"title": o["title"], "payload": o["question"]} for o in reply.custom["options"]]
    if buttons:
        dispatcher.utter_message(text=library().texts.say("options_lead"), buttons=buttons)
    dispatcher.utter_message(json_message=reply.custom)


def careful(run: Run) -> Run:
    """Bound an action in time, and turn any failure into an apology by the contract."""

    @functools.wraps(run)
    async def wrapper(self: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        try:
            async with timeout(TIMEOUT_SECONDS):
                return await run(self, dispatcher, tracker, domain)
        except Exception:
            logger.exception("action failed")
            dispatcher.messages.clear()
            send(dispatcher, library().say("error", "error"))
            return []

    return wrapper


class ActionAnswer(Action):
    """Quote the passage that answers, or decline and offer what is said."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_answer"

    @careful
    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Decide on the findings of the latest message."""
        memory = Memory.of(tracker)
        findings = [Finding.from_json(f) for f in tracker.latest_message.get("findings") or []]
        decision = decide(findings) if findings else Decision("declined", off_topic=True)
        turn = len(memory.given) + memory.failures
        options = tuple(c.key for c in decision.options)
        if decision.outcome == "answered":
            keys = [c.key for c in decision.answers]
            send(dispatcher, library().answered(keys))
            return memory.after_answer(keys, findings[-1].text, options).events(memory)
        if decision.outcome == "clarify":
            send(dispatcher, library().say("clarify", "clarify", turn, options))
            return memory.after_failure(options, choosing=options).events(memory)
        after = memory.after_failure(options, nearest="" if decision.off_topic else next(iter(options), ""))
        send(dispatcher, _declined(decision, after, turn))
        return after.events(memory)


def _declined(decision: Decision, memory: Memory, turn: int) -> Reply:
    """Decline; the second time in a row with questions, the third with topics and where to ask."""
    keys = tuple(c.key for c in decision.options)
    books = library()
    if memory.failures >= _LOST_AFTER:
        return books.say("declined", "declined_lost", 0, books.topics())
    if decision.off_topic:
        return books.say("declined", "declined_off_topic", turn, books.topics()[:3])
    if memory.failures > 1:
        return books.declined(books.texts.say("declined_again", turn), None, keys)
    return books.declined(books.texts.say("declined", turn), keys[0] if keys else None, keys[1:])


class ActionMore(Action):
    """Go on: the next sentence of the paragraph that was not given yet."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_more"

    @careful
    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Quote the next unread sentence, or say that there is none."""
        memory = Memory.of(tracker)
        pair = library().get(memory.last_passage)
        if pair is None:
            send(dispatcher, library().say("topics", "nothing_before", 0, library().topics()[:3]))
            return []
        document, passage = pair
        rest = [p for p in document.paragraph(passage.paragraph) if f"{document.name}/{p.id}" not in memory.given]
        following = [p for p in rest if p.sentence > passage.sentence] or rest
        if following:
            key = f"{document.name}/{following[0].id}"
            send(dispatcher, library().answered([key]))
            return memory.after_answer([key], following[0].ask).events(memory)
        near = [
            f"{document.name}/{p.id}"
            for n in (passage.paragraph + 1, passage.paragraph - 1)
            for p in document.paragraph(n)
            if f"{document.name}/{p.id}" not in memory.given
        ]
        send(dispatcher, library().say("declined", "exhausted", len(memory.given), near[:3] or library().topics()[:3]))
        return []


class ActionRepeat(Action):
    """Say the last quote again."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_repeat"

    @careful
    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Quote the last passage once more."""
        memory = Memory.of(tracker)
        if library().get(memory.last_passage) is None:
            send(dispatcher, library().say("topics", "nothing_before", 0, library().topics()[:3]))
        else:
            send(dispatcher, library().answered([memory.last_passage]))
        return []


class ActionSource(Action):
    """Say whose words these are and where they stand."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_source"

    @careful
    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Show the source of the last quote, or of the bot's knowledge."""
        send(dispatcher, library().source(Memory.of(tracker).last_passage))
        return []


class ActionTopics(Action):
    """Offer questions that the statement answers."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_topics"

    @careful
    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Offer one question a paragraph, those not answered yet first."""
        memory = Memory.of(tracker)
        topics = sorted(library().topics(), key=lambda k: k in memory.given)
        send(dispatcher, library().say("topics", "topics", len(memory.given), topics[:_TOPICS_SHOWN]))
        return []


class ActionOtherCandidates(Action):
    """The last answer was not it: offer the other candidates, never the same again."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_other_candidates"

    @careful
    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Offer what was runner-up to the last answer."""
        memory = Memory.of(tracker)
        topics = [k for k in library().topics() if k != memory.last_passage]
        runners_up = [k for k in memory.offered if k != memory.last_passage]
        others = runners_up or [k for k in topics if k not in memory.given] or topics
        send(dispatcher, library().say("clarify", "clarify_other", memory.failures, others[:3]))
        return memory.after_failure(tuple(others[3:]), choosing=tuple(others[:3])).events(memory)


class ActionStartOver(Action):
    """Forget the conversation."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_start_over"

    @careful
    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Confirm and restart the tracker."""
        send(dispatcher, library().say("restarted", "restarted", 0, library().topics()[:3]))
        return [Restarted()]


class ActionSessionStart(Action):
    """First contact: say that this is a bot, whose words it quotes and what is kept."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_session_start"

    @careful
    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Start the session; disclose once a conversation."""
        if not any(e.get("event") == "bot" for e in tracker.events):
            disclosure = library().texts.disclose(library().first, retention_days())
            dispatcher.utter_message(text=disclosure)
        return [SessionStarted(), ActionExecuted("action_listen")]
