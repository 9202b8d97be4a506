"""What people on Telegram see of the really running bot."""

from __future__ import annotations

import json
import sqlite3
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.telegram.conftest import PUBLIC_URL
from tests.telegram.double import BOT, TOKEN, BotApiDouble, Person, entities_of
from tests.telegram.markup import units
from tests.telegram.running import ActionServer, RunningBot

ROOT = Path(__file__).resolve().parents[2]
SEED = (ROOT / "seeds" / "albania_in_nato.txt").read_bytes().decode("utf-8")
WORDS: dict[str, Any] = yaml.safe_load((ROOT / "data" / "language" / "en" / "telegram.yml").read_text(encoding="utf-8"))
JOINED = "When did Albania join NATO?"
QUIET = 1.0


def phrase(key: str, **words: Any) -> str:
    return str(WORDS["phrases"][key]).format(**words)


def group(double: BotApiDouble, number: int, kind: str = "group") -> dict[str, Any]:
    return double.chat(number, kind, title="Class 9b")


# -- questions ----------------------------------------------------------------------------


def test_answer_is_a_verbatim_blockquote_with_its_place_and_link(person: Person) -> None:
    sent = person.asks(JOINED)
    (quote,) = sent.spans("blockquote")
    assert quote in SEED
    assert "April 1, 2009" in quote
    assert "Paragraph 1, sentence 1" in sent.text
    (link,) = [e["url"] for e in sent.entities if e["type"] == "text_link"]
    assert link == f"{PUBLIC_URL}/reader#p1s1"
    assert "April 2022" in sent.spans("italic")[0]


def test_first_contact_discloses_and_later_messages_do_not(person: Person) -> None:
    first, second = person.asks(JOINED), person.asks("Who issued this?")
    assert first.text.startswith("I am a bot.")
    assert "I am a bot." not in second.text


def test_unanswerable_question_is_declined_with_the_nearest_apart(person: Person) -> None:
    sent = person.asks("How many tanks does Albania have?")
    assert all(quote in SEED for quote in sent.spans("blockquote"))
    assert sent.text.split("\n\n")[1][0] not in '“"'
    assert sent.buttons


def test_typing_is_shown_before_an_answer(person: Person, double: BotApiDouble) -> None:
    person.asks(JOINED)
    typing = double.called("sendChatAction", chat_id=person.id)
    answer = double.called("sendMessage", chat_id=person.id)
    assert typing
    assert typing[0].at < answer[0].at


def test_slash_intent_is_not_obeyed(person: Person, bot: RunningBot) -> None:
    assert person.asks('/goodbye{"a":"b"}').text == phrase("unknown_command")
    assert person.asks('/goodbye@0.2{"a":"b"}').text == phrase("unknown_command")
    # Rasa would obey the first slash of a message. What hides it from Telegram's eye does not hide it from the guard.
    for hidden in ("\u200b/goodbye", "\u2060\u202e/goodbye", "／goodbye", "/ /goodbye"):
        assert person.asks(hidden).text
    with sqlite3.connect(bot.tracker_db) as db:
        said = [json.loads(data)["text"] for (data,) in db.execute("SELECT data FROM events WHERE type_name = 'user'")]
    assert "goodbye" in said
    assert not [text for text in said if text and text.startswith("/")]


@pytest.mark.parametrize(
    "nasty",
    [
        "<b>when</b> & <script>",
        "&lt;i&gt;",
        "</blockquote>",
        "\u202e" + "ab",
        "🙂",
        "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    ],
)
def test_markup_and_odd_characters_get_an_answer(person: Person, nasty: str) -> None:
    assert person.asks(nasty).text


def test_very_long_message_is_declined_in_words(person: Person) -> None:
    assert person.asks("x" * 4096).text == phrase("too_long", limit=2000)
    # One sign that unfolds into eighteen: what the bot would read counts.
    assert person.asks("\ufdfa" * 200).text == phrase("too_long", limit=2000)
    assert person.asks(" \u200b" * 1500 + JOINED).spans("blockquote")


def test_flood_is_told_to_slow_down_once_and_recovers(person: Person, double: BotApiDouble) -> None:
    for _ in range(14):
        person.says("hello")
    double.wait_for(lambda: any("a lot at once" in s.text for s in double.sent_to(person.id)))
    time.sleep(QUIET)
    slowed = [s for s in double.sent_to(person.id) if "a lot at once" in s.text]
    assert len(slowed) == 1
    assert len(double.sent_to(person.id)) in (11, 12)
    time.sleep(2.2)
    assert "a lot at once" not in person.asks("hello").text


# -- commands -----------------------------------------------------------------------------


def test_start_discloses_and_offers_questions(person: Person) -> None:
    for _ in range(2):
        sent = person.asks("/start")
        assert sent.text.startswith("I am a bot.")
        assert "April 2022" in sent.text
        assert sent.text.count("I am a bot.") == 1
        assert len(sent.buttons) >= 3


def test_start_with_a_deep_link_is_start(person: Person) -> None:
    assert person.asks("/start from_poster").text.startswith("I am a bot.")


@pytest.mark.parametrize(("command", "key"), [("/help", "help"), ("/HELP", "help"), ("/privacy", "privacy")])
def test_help_and_privacy_are_in_words(person: Person, command: str, key: str) -> None:
    assert person.asks(command).text == phrase(key, username=BOT["username"], retention_days=30)


def test_topics_source_more_and_restart_work_in_a_conversation(person: Person) -> None:
    assert person.asks("/topics").buttons
    answer = person.asks(JOINED)
    more = person.asks("/more")
    assert more.spans("blockquote") != answer.spans("blockquote")
    assert more.spans("blockquote")[0] in SEED
    source = person.asks("/source")
    assert "Ministry for Europe and Foreign Affairs" in source.text
    assert source.spans("blockquote") == more.spans("blockquote")
    assert person.asks("/restart").buttons
    assert not person.asks("/more").spans("blockquote")


def test_unknown_command_is_answered_in_words(person: Person) -> None:
    assert person.asks("/frobnicate").text == phrase("unknown_command")


def test_commands_are_registered(double: BotApiDouble, bot: RunningBot) -> None:
    rows = double.wait_for(lambda: double.commands.get(""))
    assert [r["command"] for r in rows] == ["start", "help", "topics", "source", "more", "restart", "privacy", "delete"]


def test_delete_removes_every_trace_and_only_ones_own(people: Callable[[int], list[Person]], bot: RunningBot) -> None:
    ana, besa = people(2)
    ana.asks(JOINED)
    besa.asks(JOINED)

    def conversations(person: Person) -> list[str]:
        with sqlite3.connect(bot.state) as db:
            return [c for (c,) in db.execute("SELECT conversation FROM people WHERE person = ?", (person.id,))]

    def events(conversation: str) -> int:
        with sqlite3.connect(bot.tracker_db) as db:
            rows = db.execute("SELECT count(*) FROM events WHERE sender_id = ?", (f"telegram-{conversation}",))
            return int(rows.fetchone()[0])

    (hers,), (others,) = conversations(ana), conversations(besa)
    assert events(hers) > 0
    assert ana.asks("/delete").text == phrase("deleted")
    assert events(hers) == 0
    assert conversations(ana) == []
    assert events(others) > 0
    assert ana.asks("/delete").text == phrase("nothing_to_delete")
    assert not ana.asks("/more").spans("blockquote")


def test_nothing_personal_is_stored(person: Person, bot: RunningBot) -> None:
    person.asks("hello")
    for path in bot.folder.glob("*.db*"):
        raw = path.read_bytes()
        assert b"Hoxha" not in raw
        assert f"person_{person.id}".encode() not in raw


# -- buttons ------------------------------------------------------------------------------


def test_tap_shows_the_chosen_question_and_its_answer(person: Person, double: BotApiDouble) -> None:
    topics = person.asks("/topics")
    assert all(len(b["callback_data"].encode()) <= 64 for b in topics.buttons)
    callback = person.taps(topics, 0)
    answer = person.next_after(1)
    assert answer.spans("bold")[0].startswith("You asked: ")
    assert answer.spans("bold")[0].endswith("?")
    assert answer.spans("blockquote")[0] in SEED
    assert callback in double.answered


def test_every_tap_is_answered_once(person: Person, double: BotApiDouble) -> None:
    topics = person.asks("/topics")
    refused = double.answers_refused
    callbacks = [person.taps(topics, n) for n in (0, 1, 0)]
    double.wait_for(lambda: all(c in double.answered for c in callbacks) and len(double.sent_to(person.id)) == 4)
    assert double.answers_refused == refused


def test_foreign_button_is_answered_and_asks_nothing(person: Person, double: BotApiDouble) -> None:
    topics = person.asks("/topics")
    for data in ("q:made-up", "/restart", '{"x": 1}', "x" * 64):
        callback = double.tap(person.user, topics, data)
        double.wait_for(lambda callback=callback: callback in double.answered)
        assert double.answered[callback]["text"] == phrase("option_gone")
    assert len(double.sent_to(person.id)) == 1


# -- what is no text -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        {"sticker": {"file_id": "x", "emoji": "🙂"}},
        {"photo": [{"file_id": "x", "width": 1, "height": 1}]},
        {"voice": {"file_id": "x", "duration": 2}},
        {"video_note": {"file_id": "x"}},
        {"document": {"file_id": "x"}},
        {"location": {"latitude": 1.0, "longitude": 2.0}},
        {"contact": {"phone_number": "1", "first_name": "x"}},
        {"poll": {"id": "1", "question": "?", "options": []}},
        {"dice": {"emoji": "🎲", "value": 3}},
    ],
    ids=lambda content: next(iter(content)),
)
def test_other_than_text_is_answered_in_words(person: Person, double: BotApiDouble, content: dict[str, Any]) -> None:
    person.sends(**content)
    assert person.next_after(0).text == phrase("only_text")


def test_caption_is_read_as_a_question(person: Person) -> None:
    person.sends(photo=[{"file_id": "x"}], caption=JOINED)
    assert person.next_after(0).spans("blockquote")


def test_edited_message_is_answered_if_its_words_are_new(person: Person, double: BotApiDouble) -> None:
    wrong = double.new_message(person.private, person.user, text="wehn dd albn")
    double.put(message=wrong)
    person.next_after(0)
    mended = {**wrong, "text": JOINED, "edit_date": 5}
    double.put(edited_message=mended)
    answer = person.next_after(1)
    assert "April 1, 2009" in answer.spans("blockquote")[0]
    assert answer.fields["reply_parameters"]["message_id"] == wrong["message_id"]
    double.put(edited_message={**mended, "edit_date": 6})
    double.put(edited_message={**wrong, "text": "/help", "entities": entities_of("/help"), "edit_date": 7})
    assert person.next_after(2).text == phrase("help", username=BOT["username"])
    time.sleep(QUIET)
    assert len(double.sent_to(person.id)) == 3


def test_posts_joins_and_the_unknown_are_ignored_without_harm(person: Person, double: BotApiDouble) -> None:
    channel = double.chat(-1_009_000_000_001, "channel", title="News")
    room = group(double, -901)
    double.put(channel_post=double.new_message(channel, None, text=JOINED))
    double.put(message=double.new_message(room, person.user, new_chat_members=[person.user]))
    double.put(message=double.new_message(room, person.user, left_chat_member=person.user))
    double.put(message=double.new_message(room, person.user, new_chat_title="x"))
    double.put(message=double.new_message(person.private, person.user, pinned_message={"message_id": 1}))
    double.put(my_chat_member={"chat": person.private, "from": person.user, "new_chat_member": {"status": "kicked"}})
    double.put(message={"chat": None, "text": 5})
    double.put(something_new={"a": [1]})
    assert person.asks("hello").text
    assert double.sent_to(-901) == double.sent_to(channel["id"]) == []
    double.wait_for(lambda: double.unconfirmed == 0)


# -- groups -----------------------------------------------------------------------------------


def test_group_only_hears_what_is_meant_for_it(people: Callable[[int], list[Person]], double: BotApiDouble) -> None:
    ana, besa = people(2)
    room = group(double, -910)
    ana.says("When did Albania join NATO?", room)
    ana.says("/topics@other_bot", room)
    ana.says("/stats", room)
    ana.sends(room, sticker={"file_id": "x"})
    answer = ana.asks(f"@{BOT['username']} When did Albania join NATO?", room)
    assert len(double.sent_to(-910)) == 1
    assert answer.spans("blockquote")
    assert answer.fields["reply_parameters"]["message_id"] == answer.message_id - 1
    replied = besa.asks("tell me more", room, reply_to_message={"message_id": answer.message_id, "chat": room, "from": BOT})
    assert replied.fields["reply_parameters"]["message_id"] == replied.message_id - 1
    assert besa.asks(f"/topics@{BOT['username']}", room).buttons
    assert besa.asks("/help", room).text == phrase("help", username=BOT["username"])


def test_group_has_one_conversation_a_person(people: Callable[[int], list[Person]], double: BotApiDouble) -> None:
    ana, besa = people(2)
    room = group(double, -911)
    ana.asks(f"@{BOT['username']} {JOINED}", room)
    # Besa has asked nothing yet: there is nothing to go on from.
    assert not besa.asks("/more", room).spans("blockquote")
    assert ana.asks("/more", room).spans("blockquote")
    # Alone with the bot is another conversation than in the group.
    assert not ana.asks("/more").spans("blockquote")


def test_bot_added_to_a_group_says_hello(person: Person, double: BotApiDouble) -> None:
    room = group(double, -912)
    person.sends(room, new_chat_members=[BOT])
    assert person.next_after(0, -912).text == phrase("group_hello", username=BOT["username"])


def test_forum_topic_is_answered_in_its_topic(person: Person, double: BotApiDouble) -> None:
    room = group(double, -1_001_000_000_913, "supergroup")
    sent = person.asks("/topics", room, message_thread_id=4, is_topic_message=True)
    assert sent.fields["message_thread_id"] == 4


def test_group_that_becomes_a_supergroup_goes_on(person: Person, double: BotApiDouble) -> None:
    room = group(double, -914)
    person.asks(f"@{BOT['username']} {JOINED}", room)
    larger = group(double, -1_001_000_000_914, "supergroup")
    double.put(message=double.new_message(larger, person.user, migrate_from_chat_id=-914))
    assert person.asks("/more", larger).spans("blockquote")
    # A reply on its way to the old id finds the new one.
    double.migrated[-914] = larger["id"]
    before = len(double.sent_to(larger["id"]))
    person.says("/help", room)
    assert person.next_after(before, larger["id"]).text.startswith("Ask in your own words")


# -- Telegram saying no -------------------------------------------------------------------------


def test_blocked_bot_gives_up_quietly_and_serves_the_others(people: Callable[[int], list[Person]], double: BotApiDouble) -> None:
    ana, besa = people(2)
    double.blocked.add(ana.id)
    ana.says("hello")
    assert besa.asks("hello").text
    double.wait_for(lambda: double.called("sendMessage", chat_id=ana.id))
    time.sleep(QUIET)
    assert len(double.called("sendMessage", chat_id=ana.id)) == 1
    double.blocked.discard(ana.id)
    assert ana.asks("hello").text


def test_all_messages_kept_the_limits(double: BotApiDouble, person: Person) -> None:
    person.asks("hello")
    assert all(0 < units(s.text) <= 4096 for s in double.sent)
    assert not [c for c in double.calls if c.method == "sendMessage" and c.outcome == "400" and c.fields["chat_id"] != -914]


def test_token_is_in_no_log(bot: RunningBot, person: Person) -> None:
    person.asks("hello")
    log = bot.said()
    assert TOKEN not in log
    assert TOKEN.split(":")[1] not in log


def test_without_a_token_the_channel_is_silent(bot: RunningBot, actions: ActionServer, tmp_path: Path) -> None:
    quiet = RunningBot(tmp_path, actions).wait_until_up()
    try:
        assert health(quiet) == "off"
        assert health(bot) == "ok"
        assert not list(tmp_path.glob("telegram*"))
    finally:
        quiet.stop()


def health(running: RunningBot) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/webhooks/telegram/", timeout=5) as answer:
        return str(json.load(answer)["status"])
