"""Read an update: who says what to whom, and whether it is meant for the bot.

Whatever Telegram (or anybody who pretends) sends, reading never raises: what
is not understood is not meant for us.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal

# What a message may be instead of text; answered in words when meant for us.
_MEDIA = (
    "animation", "audio", "contact", "dice", "document", "game", "giveaway", "invoice", "location", "paid_media", "photo",
    "poll", "sticker", "story", "venue", "video", "video_note", "voice", "checklist",
)  # fmt: skip

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

# Entities of a text: type, start and end in characters, and the entity itself.
Spans = list[tuple[str, int, int, dict[str, Any]]]
Kind = Literal["text", "command", "media", "tap", "joined", "moved", "nothing"]


@dataclass(frozen=True)
class Incoming:
    """An update as the channel sees it.

    Attributes:
        kind: `text`, `command`, `media`, `tap` (on a button), `joined` (the
            bot was added to a group), `moved` (a group got a new id) or
            `nothing` (not for us).
        update: Number of the update.
        chat: The chat; 0 where there is none.
        person: Who speaks; a group's anonymous speaker is the group itself.
        private: Whether bot and person are alone.
        message: Number of the message, to reply to and to count by.
        thread: Topic of a forum, if the message is in one.
        text: Words of a text or caption, without the mention of the bot; name
            of a command; data of a tapped button; id of the old chat if moved.
        callback: Id of a tap.
        words: What stands behind a command.
        album: Id of the album that the message belongs to, if any.
        replied: Number of the message that it replies to; 0 if none.
        edited: Whether the message has come before, perhaps in other words.
    """

    kind: Kind
    update: int
    chat: int = 0
    person: int = 0
    private: bool = True
    message: int = 0
    thread: int | None = None
    text: str = ""
    callback: str = ""
    words: str = ""
    album: str = ""
    replied: int = 0
    edited: bool = False


@dataclass(frozen=True)
class Me:
    """The bot itself, as `getMe` has it."""

    id: int
    username: str


def update_number(update: Any) -> int | None:
    """Return the number of an update, or None if it is no update."""
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**62 else None


def read_update(update: dict[str, Any], me: Me) -> Incoming:
    """Return what an update means to the bot.

    Args:
        update: The decoded JSON of an `Update`.
        me: The bot.
    """
    number = update_number(update) or 0
    try:
        if isinstance(update.get("message"), dict):
            return _message(number, update["message"], me)
        if isinstance(update.get("edited_message"), dict):
            return _edited(number, update["edited_message"], me)
        if isinstance(update.get("callback_query"), dict):
            return _tap(number, update["callback_query"])
        if isinstance(update.get("my_chat_member"), dict):
            return _membership(number, update["my_chat_member"])
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    return Incoming("nothing", number)


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**62


def _id(value: Any) -> int:
    if not _is_id(value):
        raise ValueError("no id")
    return int(value)


def _whole(value: Any) -> str:
    """Return a text without lone surrogates, which JSON can hold but UTF-8 cannot; empty if it is no text."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def _where(number: int, message: dict[str, Any], sender: dict[str, Any] | None) -> dict[str, Any]:
    thread = message.get("message_thread_id") if message.get("is_topic_message") else None
    answered = message.get("reply_to_message")
    replied = answered.get("message_id") if isinstance(answered, dict) else 0
    return {
        "update": number,
        "chat": _id(message["chat"]["id"]),
        "person": _id(sender["id"] if sender else message["chat"]["id"]),
        "private": message["chat"].get("type") == "private",
        "message": _id(message["message_id"]),
        "thread": thread if _is_id(thread) else None,
        "album": _whole(message.get("media_group_id")),
        "replied": replied if isinstance(replied, int) and _is_id(replied) else 0,
    }


def _sender(message: dict[str, Any]) -> dict[str, Any] | None:
    """Return who speaks: a person, or the chat in whose name an admin speaks; None for bots and channels."""
    if message.get("is_automatic_forward"):
        return None
    behind = message.get("sender_chat")
    if isinstance(behind, dict):
        return behind
    person = message.get("from")
    return person if isinstance(person, dict) and not person.get("is_bot") else None


def _message(number: int, message: dict[str, Any], me: Me) -> Incoming:
    if message["chat"].get("type") not in ("private", "group", "supergroup"):
        return Incoming("nothing", number, chat=_id(message["chat"]["id"]))
    if "migrate_from_chat_id" in message:
        where = _where(number, message, None)
        return Incoming("moved", text=str(_id(message["migrate_from_chat_id"])), **where)
    joined = message.get("new_chat_members")
    if isinstance(joined, list):
        meant = any(isinstance(p, dict) and p.get("id") == me.id for p in joined)
        return Incoming("joined" if meant else "nothing", **_where(number, message, None))
    sender = _sender(message)
    where = _where(number, message, sender)
    if sender is None:
        return Incoming("nothing", **where)
    text, spans = _written(message)
    command, behind, for_other = _command(text, spans, me)
    text, mentioned = _without_mention(text, spans, me)
    answered = message.get("reply_to_message")
    answered = answered if isinstance(answered, dict) else {}
    replied = isinstance(answered.get("from"), dict) and answered["from"].get("id") == me.id
    if for_other and not where["private"]:
        return Incoming("nothing", **where)
    if command:
        # A trailing "@" marks a command as meant for this bot: a bare "/stats" in a group may be any bot's, even in a reply.
        ours = "@" if (mentioned or (replied and behind)) and not command.endswith("@") else ""
        return Incoming("command", text=command + ours, words=behind, **where)
    if not (where["private"] or mentioned or replied):
        return Incoming("nothing", **where)
    if mentioned and not replied and not _has_words(text):
        # Nothing but the mention, below what somebody else wrote: that is the question.
        text = _without_mention(*_written(answered), me)[0] or text
    if text.strip() or (mentioned and not any(kind in message for kind in _MEDIA)):
        return Incoming("text", text=text, **where)
    if any(kind in message for kind in _MEDIA):
        return Incoming("media", **where)
    # Pinned messages, changed titles, timers: Telegram speaks, not a person.
    return Incoming("text", text=text, **where) if "text" in message else Incoming("nothing", **where)


def _edited(number: int, message: dict[str, Any], me: Me) -> Incoming:
    read = _message(number, message, me)
    # A live location edits itself every few seconds, and in a group every slip that is mended would be answered anew.
    said = read.private and read.kind in ("text", "command")
    # By itself: the album that it belongs to has been answered.
    return replace(read, kind=read.kind if said else "nothing", album="", edited=True)


def _tap(number: int, tap: dict[str, Any]) -> Incoming:
    callback, data = _whole(tap.get("id")), _whole(tap.get("data"))
    if not callback:
        return Incoming("nothing", number)
    message = tap.get("message")
    where: dict[str, Any] = {"update": number}
    if isinstance(message, dict) and isinstance(message.get("chat"), dict):
        # What is said of the message with the button is not said of the tap.
        where = {**_where(number, message, tap["from"]), "album": "", "replied": 0}
    return Incoming("tap", text=data, callback=callback, **where)


def _membership(number: int, change: dict[str, Any]) -> Incoming:
    # Being thrown out or blocked needs no answer; being added comes as a message too.
    return Incoming("nothing", number, chat=_id(change["chat"]["id"]))


def _spans(text: str, entities: list[Any]) -> Spans:
    """Return entities as (type, start, end, entity) in characters; Telegram counts UTF-16 units."""
    at, places = 0, {0: 0}
    for index, character in enumerate(text):
        at += 2 if ord(character) > 0xFFFF else 1
        places[at] = index + 1
    spans = []
    for entity in entities:
        if not isinstance(entity, dict):
            continue
        start, length = entity.get("offset"), entity.get("length")
        if isinstance(start, int) and isinstance(length, int) and start in places and start + length in places:
            spans.append((str(entity.get("type")), places[start], places[start + length], entity))
    return spans


def _written(message: dict[str, Any]) -> tuple[str, Spans]:
    """Return the text or caption of a message, and its entities."""
    captioned = "text" not in message and "caption" in message
    text = _whole(message.get("caption" if captioned else "text"))
    entities = message.get("caption_entities" if captioned else "entities")
    return text, _spans(text, entities if isinstance(entities, list) else [])


def _has_words(text: str) -> bool:
    return any(c.isalnum() for c in text)


def _command(text: str, spans: Spans, me: Me) -> tuple[str, str, bool]:
    """Return the command that a message begins with, the words behind it, and whether it is for another bot."""
    for kind, start, end, _ in spans:
        if kind == "bot_command" and not text[:start].strip():
            name, _, bot = text[start + 1 : end].partition("@")
            other = bool(bot) and bot.lower() != me.username.lower()
            return name.lower() + ("@" if bot else ""), _behind(text, end, spans, me), other
    return "", "", False


def _behind(text: str, start: int, spans: Spans, me: Me) -> str:
    """Return the words behind a command that ends at `start`; what clings to its name are none."""
    if not re.match(r":?\s", text[start:]):
        return ""
    words = _without_mention(text[start:], [(k, s - start, e - start, x) for k, s, e, x in spans if s >= start], me)[0]
    words = words.lstrip(":,-–— \t\n").rstrip()
    return words if _has_words(words) else ""


def _without_mention(text: str, spans: Spans, me: Me) -> tuple[str, bool]:
    mentioned = False
    for kind, start, end, entity in sorted(spans, key=lambda span: -span[1]):
        by_name = kind == "mention" and text[start:end].lower() == f"@{me.username.lower()}"
        person = entity.get("user")
        by_link = kind == "text_mention" and isinstance(person, dict) and person.get("id") == me.id
        if by_name or by_link:
            mentioned = True
            text = (text[:start].rstrip() + " " + text[end:].lstrip(" ,:")).strip()
    return text, mentioned
