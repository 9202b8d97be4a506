"""The bot's actions: carry out what was decided, fetch the passages, remember."""

from __future__ import annotations

import functools
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any, cast

from async_timeout import timeout
from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, EventType, Restarted, SessionStarted
from rasa_sdk.executor import CollectingDispatcher

from actions.memory import after, changes, in_light, remembered
from bot.read.document import load_documents
from bot.reply import Library, PartOutcome, PartReply, Utterance
from bot.settings import RETENTION_DAYS
from bot.understand.listener import Meant
from bot.understand.talk import Talk

logger = logging.getLogger(__name__)
TIMEOUT_SECONDS = 5.0
_LOST_AFTER = 3
_TOPICS_SHOWN = 5
_MOST_OPTIONS = 3

Run = Callable[[Any, CollectingDispatcher, Tracker, dict[str, Any]], Awaitable[list[EventType]]]


@lru_cache(maxsize=1)
def library() -> Library:
    """Return the documents, loaded once, at the first question."""
    return Library(load_documents())


def send(dispatcher: CollectingDispatcher, utterance: Utterance) -> None:
    """Send a reply: its texts, its options as buttons, and last the contract."""
    for text in utterance.texts:
        dispatcher.utter_message(text=text)
    buttons = [{"title": o.title, "payload": o.question} for o in utterance.reply.options]
    if buttons:
        dispatcher.utter_message(text=library().texts.say("options_lead"), buttons=buttons)
    dispatcher.utter_message(json_message=utterance.reply.as_json())


def apologising(run: Run) -> Run:
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


class Replying(Action, ABC):
    """An action that replies to the latest message and remembers how it came out."""

    # Whether what was typed is a question, to be remembered as the last one.
    asks = False

    @apologising
    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Send the reply and store what changed in the memory."""
        talk = in_light(tracker)
        parts = [Meant.from_json(p) for p in tracker.latest_message.get("parts") or []]
        said = self.reply(talk, parts)
        send(dispatcher, said)
        asked = str(tracker.latest_message.get("text") or "") if self.asks else ""
        return changes(remembered(tracker), after(talk, asked, said.reply))

    @abstractmethod
    def reply(self, talk: Talk, parts: Sequence[Meant]) -> Utterance:
        """Return the reply to a message, from what was decided about its parts and from the talk so far."""


class ActionAnswer(Replying):
    """Quote the passages that answer, say where it is not certain, or decline and offer what is said."""

    asks = True

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_answer"

    def reply(self, talk: Talk, parts: Sequence[Meant]) -> Utterance:
        """Carry out what was decided about each part."""
        books = library()
        questions = [p for p in parts if p.outcome != "move"]
        if not questions:
            return books.say("declined", "declined_off_topic", talk.failures, books.topics()[:_MOST_OPTIONS])
        if len(questions) == 1:
            return _single(questions[0], talk)
        return _several(questions)


def _single(part: Meant, talk: Talk) -> Utterance:
    books = library()
    ranked = [k for k in part.ranked if k not in part.answers]
    if part.outcome == "answered":
        return books.answered(part.answers, text=part.text)
    if part.outcome == "closest":
        return books.parts([PartReply(part.text, "closest", (), part.ranked[0])], "", ranked[1:_MOST_OPTIONS])
    if part.outcome == "clarify":
        offered = talk.offered if talk.offered and not set(part.ranked) & set(talk.offered) else part.ranked
        return books.say("clarify", "clarify", talk.failures, list(offered)[:_MOST_OPTIONS])
    return _declined(part, talk)


def _declined(part: Meant, talk: Talk) -> Utterance:
    """Decline: with the nearest passage, or with topics if off the subject; from the third failure on also say where to ask."""
    books, failures, ranked = library(), talk.failures + 1, part.ranked[:_MOST_OPTIONS]
    if failures >= _LOST_AFTER and part.foreign:
        return books.say("declined", "declined_lost", 0, books.topics())
    if part.foreign or not ranked:
        return books.say("declined", "declined_off_topic", talk.failures, books.topics()[:_MOST_OPTIONS])
    return books.declined(books.texts.say("declined", talk.failures), ranked[0], ranked[1:], part.text)


def _several(parts: Sequence[Meant]) -> Utterance:
    """Reply to each question by itself; what is not answered is named, with the nearest thing where that helps."""
    replies = []
    quoted = {k for p in parts if p.outcome == "answered" for k in p.answers}
    for part in parts:
        # `parts` holds no moves, so that every outcome is a `PartOutcome`.
        outcome = cast(PartOutcome, "declined" if part.outcome == "clarify" else part.outcome)
        near = next((k for k in part.ranked if k not in quoted), "") if outcome != "answered" and not part.foreign else ""
        # Beside an answer the nearest thing to the other question would only be in the way, unless it may be its answer.
        shown = near if outcome == "closest" or not quoted else ""
        if outcome == "closest" and part.ranked and part.ranked[0] in quoted:
            outcome, shown = "answered", ""
            replies.append(PartReply(part.text, outcome, (part.ranked[0],)))
            continue
        replies.append(PartReply(part.text, outcome, part.answers, shown, part.foreign))
    options = [k for p in parts for k in p.ranked[:2] if k not in quoted] if not quoted else []
    return library().parts(replies, "", options[:_MOST_OPTIONS])


class ActionMore(Replying):
    """Go on: the next sentence of the paragraph that was not given yet."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_more"

    def reply(self, talk: Talk, parts: Sequence[Meant]) -> Utterance:
        """Quote what was just shown or the next unread sentence, or say that there is none."""
        books = library()
        if talk.nearest and talk.nearest not in talk.given and books.get(talk.nearest):
            # "Go on" after a refusal: with the thing that was shown.
            return books.answered([talk.nearest])
        pair = books.get(talk.about[-1] if talk.about else "")
        if pair is None:
            offered = [k for k in talk.offered if books.get(k)] if talk.outcome in ("topics", "clarify", "declined") else []
            return books.answered(offered[:1]) if offered else _nothing_before()
        document, passage = pair
        rest = [p for p in document.quotable if f"{document.name}/{p.id}" not in talk.given]
        inside = [p for p in rest if p.paragraph == passage.paragraph]
        following_ = [p for p in inside if p.sentence > passage.sentence] or inside
        if following_:
            return books.answered([f"{document.name}/{following_[0].id}"])
        near = [f"{document.name}/{p.id}" for p in rest if abs(p.paragraph - passage.paragraph) == 1]
        return books.say("declined", "exhausted", len(talk.given), near[:_MOST_OPTIONS] or books.topics()[:_MOST_OPTIONS])


class ActionRepeat(Replying):
    """Say the last quote again."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_repeat"

    def reply(self, talk: Talk, parts: Sequence[Meant]) -> Utterance:
        """Quote the last passages once more."""
        if any(library().texts.is_first(p.text) or library().texts.is_earlier(p.text) for p in parts):
            return _earlier(talk, parts)
        known = [k for k in talk.about if library().get(k)]
        return library().answered(known, library().texts.say("again")) if known else _nothing_before()


class ActionRepeatEarlier(Replying):
    """Go back: the first quote of the talk, or the one before the last."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_repeat_earlier"

    def reply(self, talk: Talk, parts: Sequence[Meant]) -> Utterance:
        """Quote it again, and say that it was quoted earlier."""
        return _earlier(talk, parts)


def _earlier(talk: Talk, parts: Sequence[Meant]) -> Utterance:
    known = [k for k in talk.given if library().get(k)]
    if not known:
        return _nothing_before()
    first = any(library().texts.is_first(p.text) for p in parts)
    return library().answered([known[0] if first or len(known) < 2 else known[-2]], library().texts.say("earlier"))


def _nothing_before() -> Utterance:
    return library().say("topics", "nothing_before", 0, library().topics()[:_MOST_OPTIONS])


class ActionSource(Replying):
    """Say whose words these are and where they stand."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_source"

    def reply(self, talk: Talk, parts: Sequence[Meant]) -> Utterance:
        """Show the source of the last quote, or of the bot's knowledge."""
        return library().source(talk.last)


class ActionTopics(Replying):
    """Offer questions that the statement answers."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_topics"

    def reply(self, talk: Talk, parts: Sequence[Meant]) -> Utterance:
        """Offer one question a paragraph, those not answered yet first."""
        topics = sorted(library().topics(), key=lambda k: k in talk.given)
        return library().say("topics", "topics", len(talk.given), topics[:_TOPICS_SHOWN])


class ActionOverview(Replying):
    """Tell what the statement is made of."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_overview"

    def reply(self, talk: Talk, parts: Sequence[Meant]) -> Utterance:
        """Show its size, its language and the points of each paragraph."""
        pair = library().get(talk.last)
        return library().overview(pair[0] if pair else None)


class ActionCount(Replying):
    """Say that nothing is counted."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_count"

    def reply(self, talk: Talk, parts: Sequence[Meant]) -> Utterance:
        """Decline to count."""
        return library().say("declined", "count", 0, library().topics()[:_MOST_OPTIONS])


class ActionOtherCandidates(Replying):
    """Offer other questions after an answer that was not what was asked, and never that answer again."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_other_candidates"

    def reply(self, talk: Talk, parts: Sequence[Meant]) -> Utterance:
        """Offer what the complaint itself points to, and topics: not shown last, and never given if there are such."""
        shown = {*talk.about, *talk.offered}
        near = [k for p in parts for k in p.ranked if k not in shown and k not in talk.given]
        others = [k for k in library().topics() if k not in shown]
        fresh = [k for k in others if k not in talk.given] or others or [k for k in library().topics() if k not in talk.about]
        options = list(dict.fromkeys([*near[: _MOST_OPTIONS - 1], *fresh]))
        return library().say("clarify", "clarify_other", talk.failures, options[:_MOST_OPTIONS])


class ActionSmallTalk(Action):
    """Answer small talk; the memory stays as it is."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_small_talk"

    @apologising
    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Say the words for the latest move."""
        said = [str(e.get("text")) for e in tracker.events if e.get("event") == "bot"]
        send(dispatcher, library().small_talk(tracker.latest_message["intent"]["name"], said))
        return []


class ActionStartOver(Action):
    """Forget the conversation."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_start_over"

    @apologising
    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Confirm and restart the tracker."""
        said = library().say("restarted", "restarted", 0, library().topics()[:_MOST_OPTIONS])
        send(dispatcher, said)
        return [Restarted(), *changes(Talk(), after(Talk(), "", said.reply))]


class ActionSessionStart(Action):
    """First contact: say that this is a bot, whose words it quotes and what is kept."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_session_start"

    @apologising
    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Start the session; disclose once a conversation."""
        if not any(e.get("event") == "bot" for e in tracker.events):
            disclosure = library().disclosure(RETENTION_DAYS())
            # Channels put what is marked so into the contract of the reply that follows.
            dispatcher.utter_message(text=disclosure, disclosure=True)
        return [SessionStarted(), ActionExecuted("action_listen")]
