"""Updates as the wire has them: what is for the bot, what is not, and nothing that crashes."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from bot.channels.telegram.updates import Me, read_update, update_number
from tests.telegram.double import entities_of

ME = Me(110201543, "statement_bot")
ANA = {"id": 7, "is_bot": False, "first_name": "Ana"}
GROUP = {"id": -50, "type": "group", "title": "Class"}


def message(text: str | None = None, private: bool = True, **more: Any) -> dict[str, Any]:
    chat = {"id": 7, "type": "private"} if private else GROUP
    content: dict[str, Any] = {"message_id": 5, "chat": chat, "from": ANA, "date": 1, **more}
    if text is not None:
        content |= {"text": text, "entities": entities_of(text)}
    return {"update_id": 1, "message": content}


@pytest.mark.parametrize(
    ("update", "kind", "text"),
    [
        (message("When?"), "text", "When?"),
        (message("/topics"), "command", "topics"),
        (message("/Topics@Statement_Bot now"), "command", "topics@"),
        (message("/topics@other_bot"), "command", "topics@"),
        (message("@statement_bot when?"), "text", "when?"),
        (message("When?", private=False), "nothing", ""),
        (message("@statement_bot, when?", private=False), "text", "when?"),
        (message("@Statement_BOT when?", private=False), "text", "when?"),
        (message("🙂🙂 when, @statement_bot ?", private=False), "text", "🙂🙂 when, ?"),
        (message("@statement_bot_fan when?", private=False), "nothing", ""),
        (message("a@statement_bot.org", private=False), "nothing", ""),
        (message("@statement_bot", private=False), "text", ""),
        (message("/topics", private=False), "command", "topics"),
        (message("/topics@other_bot", private=False), "nothing", ""),
        (message("When?", private=False, reply_to_message={"from": {"id": ME.id}}), "text", "When?"),
        (message("When?", private=False, reply_to_message={"from": {"id": 8}}), "nothing", ""),
        (message(private=False, new_chat_members=[{"id": ME.id}]), "joined", ""),
        (message(private=False, new_chat_members=[{"id": 8}]), "nothing", ""),
        (message(private=False, left_chat_member={"id": 8}), "nothing", ""),
        (message(private=False, migrate_from_chat_id=-49), "moved", "-49"),
        (message(sticker={"emoji": "🙂"}), "media", ""),
        (message(voice={"duration": 3}), "media", ""),
        (message(poll={"question": "?"}), "media", ""),
        (message(sticker={"emoji": "🙂"}, private=False), "nothing", ""),
        (message(photo=[], caption="When?"), "text", "When?"),
        (message(pinned_message={}), "nothing", ""),
        ({"update_id": 1, "edited_message": message("When?")["message"]}, "text", "When?"),
        ({"update_id": 1, "edited_message": message("/topics")["message"]}, "command", "topics"),
        ({"update_id": 1, "edited_message": message(photo=[], caption="When?", media_group_id="a")["message"]}, "text", "When?"),
        ({"update_id": 1, "edited_message": message(photo=[])["message"]}, "nothing", ""),
        ({"update_id": 1, "edited_message": message("x", private=False)["message"]}, "nothing", ""),
        ({"update_id": 1, "edited_message": message(location={})["message"]}, "nothing", ""),
        ({"update_id": 1, "channel_post": {"chat": {"id": -9, "type": "channel"}, "text": "x"}}, "nothing", ""),
        ({"update_id": 1, "edited_channel_post": {"chat": {"id": -9, "type": "channel"}, "text": "x"}}, "nothing", ""),
        ({"update_id": 1, "inline_query": {"id": "1", "from": ANA, "query": "x"}}, "nothing", ""),
        ({"update_id": 1, "poll": {"id": "1"}}, "nothing", ""),
        ({"update_id": 1, "my_chat_member": {"chat": GROUP, "new_chat_member": {"status": "kicked"}}}, "nothing", ""),
        ({"update_id": 1, "callback_query": {"id": "c", "from": ANA, "data": "q:1", **message("x")}}, "tap", "q:1"),
        ({"update_id": 1, "callback_query": {"id": "c", "from": ANA, "inline_message_id": "i", "data": "d"}}, "tap", "d"),
        ({"update_id": 1}, "nothing", ""),
    ],
)
def test_read_update_tells_what_is_meant_for_the_bot(update: dict[str, Any], kind: str, text: str) -> None:
    incoming = read_update(update, ME)
    assert (incoming.kind, incoming.text) == (kind, text)


@pytest.mark.parametrize(
    ("text", "private", "name", "words"),
    [
        ("/ask When?", True, "ask", "When?"),
        ("/ask\nWhen?", True, "ask", "When?"),
        ("/ask: When?", True, "ask", "When?"),
        ("/ask@statement_bot When?", False, "ask@", "When?"),
        ("/ask @statement_bot When, 🙂?", False, "ask@", "When, 🙂?"),
        ("/ask When?", False, "ask", "When?"),
        ("/ask  …", True, "ask", ""),
        ('/ask{"a": 1}', True, "ask", ""),
        ("/ask.when", True, "ask", ""),
    ],
)
def test_words_behind_a_command_are_told_from_its_name(text: str, private: bool, name: str, words: str) -> None:
    incoming = read_update(message(text, private=private), ME)
    assert (incoming.kind, incoming.text, incoming.words) == ("command", name, words)


def test_a_command_below_a_message_of_the_bot_is_for_it_if_it_has_words() -> None:
    below = {"private": False, "reply_to_message": {"message_id": 7, "from": {"id": ME.id}}}
    assert read_update(message("/ban", **below), ME).text == "ban"
    asked = read_update(message("/ask When?", **below), ME)
    assert (asked.text, asked.replied) == ("ask@", 7)


def test_the_mention_alone_takes_the_words_of_what_it_replies_to() -> None:
    below = {"private": False, "reply_to_message": {"message_id": 7, "from": ANA, "text": "@statement_bot when?"}}
    below["reply_to_message"]["entities"] = [{"type": "mention", "offset": 0, "length": 14}]
    assert read_update(message("@statement_bot", **below), ME).text == "when?"
    assert read_update(message("@statement_bot ??", **below), ME).text == "when?"
    assert read_update(message("@statement_bot and why?", **below), ME).text == "and why?"
    assert read_update(message("hm", **below), ME).kind == "nothing"


def test_a_tap_is_on_a_message_and_replies_to_none() -> None:
    answer = message("x", reply_to_message={"message_id": 7}, media_group_id="a")
    tap = read_update({"update_id": 1, "callback_query": {"id": "c", "from": ANA, "data": "q:1", **answer}}, ME)
    assert (tap.kind, tap.replied, tap.album) == ("tap", 0, "")


def test_bots_and_channels_are_not_answered() -> None:
    by_bot = message("/topics", private=False)
    by_bot["message"]["from"] = {"id": 9, "is_bot": True}
    assert read_update(by_bot, ME).kind == "nothing"
    forwarded = message("/topics", private=False, is_automatic_forward=True, sender_chat={"id": -9, "type": "channel"})
    assert read_update(forwarded, ME).kind == "nothing"


def test_anonymous_admin_speaks_as_the_group() -> None:
    update = message("/topics", private=False, sender_chat=GROUP)
    update["message"]["from"] = {"id": 1087968824, "is_bot": True}
    incoming = read_update(update, ME)
    assert (incoming.kind, incoming.person) == ("command", GROUP["id"])


def test_topic_of_a_forum_is_kept() -> None:
    assert read_update(message("/topics", private=False, message_thread_id=4, is_topic_message=True), ME).thread == 4
    assert read_update(message("/topics", private=False, message_thread_id=4), ME).thread is None


def test_text_mention_of_the_bot_counts() -> None:
    update = message("Bot when?", private=False)
    update["message"]["entities"] = [{"type": "text_mention", "offset": 0, "length": 3, "user": {"id": ME.id}}]
    assert (read_update(update, ME).kind, read_update(update, ME).text) == ("text", "when?")


def test_anything_else_is_nothing_and_never_an_error() -> None:
    """Take good updates and spoil them at random: every part replaced by something that it should not be."""
    chance = random.Random(3)
    good = [
        message("@statement_bot /topics hi", private=False, reply_to_message={"from": {"id": 1}}, new_chat_members=[ANA]),
        message(
            "@statement_bot", private=False, reply_to_message={"message_id": 1, "text": "x", "entities": [{}]}, media_group_id="a"
        ),
        message("/ask @statement_bot x"),
        {"update_id": 1, "callback_query": {"id": "c", "from": ANA, "data": "q", **message("x")}},
        {"update_id": 1, "edited_message": message("x")["message"]},
    ]
    bad: list[Any] = [None, [], {}, "", "x", "half \ud800", -1, 2**80, 1.5, True, [None], {"id": None}, [{"offset": "a"}]]

    def spoil(value: Any) -> Any:
        if chance.random() < 0.15:
            return chance.choice(bad)
        if isinstance(value, dict):
            return {k: spoil(v) for k, v in value.items()}
        return [spoil(v) for v in value] if isinstance(value, list) else value

    for _ in range(3_000):
        update = json.loads(json.dumps({k: spoil(v) if k != "update_id" else v for k, v in chance.choice(good).items()}))
        incoming = read_update(update, ME)
        assert isinstance(incoming.chat, int)
        # What is read can be stored, also where half a character came.
        f"{incoming.text}{incoming.callback}".encode()


@pytest.mark.parametrize(
    "thing", [None, [], "x", {}, {"update_id": "1"}, {"update_id": True}, {"update_id": -1}, {"update_id": 2**70}]
)
def test_update_number_refuses_what_is_no_update(thing: Any) -> None:
    assert update_number(thing) is None
