"""Replies to older messages, albums, words behind commands and deep links, as people see them of the really running bot."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.telegram.double import BOT, BotApiDouble, Person, Sent
from tests.telegram.running import RunningBot
from tests.telegram.test_behaviour import JOINED, QUIET, group, phrase

AEGEAN = "What does Albania do in the Aegean Sea?"
SOLDIERS = "Where are Albanian soldiers deployed?"
PHOTO = {"photo": [{"file_id": "x", "width": 1, "height": 1}]}


def place(paragraph: int, sentence: int) -> str:
    return phrase("where", paragraph=paragraph, sentence=sentence)


def below(message: int, chat: dict[str, Any], sender: dict[str, Any] = BOT, **more: Any) -> dict[str, Any]:
    """Return what makes a message a reply to another."""
    return {"reply_to_message": {"message_id": message, "chat": chat, "from": sender, **more}}


def replies(person: Person, sent: Sent, text: str) -> Sent:
    return person.asks(text, **below(sent.message_id, person.private))


# -- replies ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "then", "text", "where"),
    [
        (AEGEAN, SOLDIERS, "since when?", (7, 2)),
        (AEGEAN, SOLDIERS, "is it for the EU?", (7, 2)),
        (AEGEAN, SOLDIERS, "is that with the EU?", (7, 2)),
        (JOINED, SOLDIERS, "since when?", (1, 1)),
        (JOINED, SOLDIERS, "tell me more", (1, 2)),
        (JOINED, AEGEAN, "why is that important?", (1, 1)),
        (AEGEAN, JOINED, "say that again", (7, 2)),
        (AEGEAN, JOINED, "/source", (7, 2)),
        (JOINED, AEGEAN, "/more", (1, 2)),
        (SOLDIERS, JOINED, "which countries exactly?", (4, 1)),
    ],
)
def test_a_reply_is_about_what_it_replies_to(person: Person, first: str, then: str, text: str, where: tuple[int, int]) -> None:
    answer = person.asks(first)
    person.asks(then)
    assert place(*where) in replies(person, answer, text).text


def test_a_reply_to_ones_own_question_is_about_its_answer(person: Person) -> None:
    answer = person.asks(AEGEAN)
    person.asks(SOLDIERS)
    question = below(answer.message_id - 1, person.private, person.user, text=AEGEAN)
    assert place(7, 2) in person.asks("since when?", **question).text


def test_the_talk_goes_on_from_the_reply(person: Person) -> None:
    answer = person.asks(JOINED)
    person.asks(SOLDIERS)
    assert place(1, 2) in replies(person, answer, "tell me more").text
    assert place(1, 2) in person.asks("say that again").text


def test_a_choice_below_an_older_offer_is_of_that_offer(person: Person) -> None:
    offer = person.asks("/topics")
    chosen = person.taps(offer, 1)
    quoted = person.api.wait_for(lambda: [s for s in person.api.sent_to(person.id) if s.message_id > offer.message_id])[0]
    assert chosen
    person.asks("Who is the minister of defence?")
    assert replies(person, offer, "the second one").spans("blockquote") == quoted.spans("blockquote")


def test_a_reply_to_the_answer_of_a_tap_is_about_that(person: Person) -> None:
    offer = person.asks("/topics")
    before = len(person.api.sent_to(person.id))
    person.taps(offer, 0)
    answer = person.next_after(before)
    person.asks(SOLDIERS)
    assert replies(person, answer, "say that again").spans("blockquote") == answer.spans("blockquote")


def test_a_whole_question_is_answered_below_any_message(person: Person) -> None:
    answer = person.asks(AEGEAN)
    assert place(4, 1) in replies(person, answer, SOLDIERS).text


def test_in_a_group_one_may_reply_to_the_answer_for_another(people: Callable[[int], list[Person]], double: BotApiDouble) -> None:
    ana, besa = people(2)
    room = group(double, -930)
    answer = ana.asks(f"@{BOT['username']} {AEGEAN}", room)
    ana.asks(f"@{BOT['username']} {SOLDIERS}", room)
    assert place(7, 2) in besa.asks("since when?", room, **below(answer.message_id, room)).text


def test_the_mention_alone_reads_what_it_replies_to(people: Callable[[int], list[Person]], double: BotApiDouble) -> None:
    ana, besa = people(2)
    room = group(double, -931)
    asked = {"text": "Does anybody know where Albanian soldiers serve?"}
    for mention in (f"@{BOT['username']}", f"@{BOT['username']} ?"):
        assert place(4, 1) in besa.asks(mention, room, **below(1, room, ana.user, **asked)).text
    captioned = below(2, room, ana.user, caption=AEGEAN, **PHOTO)
    assert place(7, 2) in besa.asks(f"@{BOT['username']}", room, **captioned).text
    assert besa.asks(f"@{BOT['username']}", room, **below(3, room, ana.user, **PHOTO)).text == phrase("empty")


def test_what_messages_are_about_is_kept_without_words_and_deleted(person: Person, bot: RunningBot) -> None:
    answer = person.asks("pray tell me when Albania joined NATO")

    def rows() -> list[str]:
        with sqlite3.connect(f"file:{bot.state}?mode=ro", uri=True) as db:
            return [row[0] for row in db.execute("SELECT light FROM lights WHERE chat = ?", (person.id,))]

    # The question's own number, and that of the answer.
    assert len(person.api.wait_for(lambda: rows() if len(rows()) == 2 else [])) == 2
    assert all("/p1s1" in light and "pray" not in light for light in rows())
    person.asks("/delete")
    assert rows() == []
    assert place(1, 2) not in replies(person, answer, "tell me more").text


# -- albums -------------------------------------------------------------------------------


def album(person: Person, *captions: str, chat: dict[str, Any] | None = None, kind: str = "photo", **more: Any) -> None:
    for caption in captions:
        content = {kind: PHOTO["photo"] if kind == "photo" else {"file_id": "x"}, **({"caption": caption} if caption else {})}
        person.sends(chat, media_group_id=f"album of {person.id}", **content, **more)


def all_said(person: Person, chat: int | None = None) -> list[Sent]:
    """Return all that is said in a chat, once nothing more comes."""
    where = person.id if chat is None else chat
    person.api.wait_for(lambda: person.api.sent_to(where))
    time.sleep(QUIET)
    return person.api.sent_to(where)


@pytest.mark.parametrize(("kind", "count"), [("photo", 4), ("video", 2), ("document", 3), ("audio", 10)])
def test_an_album_is_answered_once(person: Person, kind: str, count: int) -> None:
    album(person, *[""] * count, kind=kind)
    assert [s.text for s in all_said(person)] == [phrase("only_text")]


@pytest.mark.parametrize("captions", [(JOINED, "", ""), ("", "", JOINED), ("", JOINED)])
def test_the_caption_of_an_album_is_the_question(person: Person, captions: tuple[str, ...]) -> None:
    album(person, *captions)
    (said,) = all_said(person)
    assert place(1, 1) in said.text


def test_two_captions_of_an_album_are_two_questions_of_one_message(person: Person) -> None:
    album(person, JOINED, "", SOLDIERS)
    (said,) = all_said(person)
    assert place(1, 1) in said.text
    assert place(4, 1) in said.text


def test_a_command_as_the_caption_of_an_album(person: Person) -> None:
    album(person, "", "/help")
    assert [s.text for s in all_said(person)] == [phrase("help", username=BOT["username"])]


def test_a_picture_that_comes_late_is_no_second_album(person: Person) -> None:
    album(person, "", "")
    all_said(person)
    time.sleep(QUIET)
    album(person, "")
    assert len(all_said(person)) == 1
    album(person, JOINED)
    person.api.wait_for(lambda: len(person.api.sent_to(person.id)) == 2)


def test_an_album_below_a_message_of_the_bot_in_a_group(person: Person, double: BotApiDouble) -> None:
    room = group(double, -932)
    answer = person.asks(f"@{BOT['username']} {JOINED}", room)
    album(person, "", "", chat=room, **below(answer.message_id, room))
    double.wait_for(lambda: len(double.sent_to(-932)) == 2)
    assert len(all_said(person, -932)) == 2


# -- words behind a command ---------------------------------------------------------------


@pytest.mark.parametrize(
    "command", ["/ask", "/help", "/start", "/topics", "/ASK@statement_bot", "/q:", "/privacy", "/restart", "/delete"]
)
def test_words_behind_a_command_are_the_question(person: Person, command: str) -> None:
    assert place(1, 1) in person.asks(f"{command} {JOINED}").text


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("/topics budget", (5, 1)),
        ("/nato when did albania join", (1, 1)),
        (f"/ask\n{AEGEAN}", (7, 2)),
        (f"/ask - {JOINED}", (1, 1)),
    ],
)
def test_words_behind_a_command_in_other_forms(person: Person, text: str, where: tuple[int, int]) -> None:
    assert place(*where) in person.asks(text).text


def test_a_command_with_words_in_a_group_is_heard_if_it_is_for_the_bot(person: Person, double: BotApiDouble) -> None:
    room = group(double, -933)
    person.says(f"/ask {JOINED}", room)
    person.says(f"/ask@other_bot {JOINED}", room)
    answer = person.asks(f"/start@{BOT['username']} {JOINED}", room)
    person.says("/ban", room, **below(answer.message_id, room))
    asked = person.asks(f"/ask @{BOT['username']} {AEGEAN}", room)
    assert place(1, 1) in answer.text
    assert place(7, 2) in asked.text
    assert len(all_said(person, -933)) == 2


def test_nothing_is_deleted_by_the_way(person: Person) -> None:
    person.asks(JOINED)
    assert person.asks("/delete everything, please").text != phrase("deleted")
    assert place(1, 1) in person.asks("say that again").text
    assert person.asks("/delete").text == phrase("deleted")


@pytest.mark.parametrize("command", ["/stop", "/cancel"])
def test_usual_commands_are_no_unknown_ones(person: Person, command: str) -> None:
    person.asks(JOINED)
    assert person.asks(command).text not in (phrase("unknown_command"), phrase("no_answer"))


# -- deep links ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "where"),
    [("p7s2", (7, 2)), ("P1S1", (1, 1)), ("albania_in_nato_p4s1", (4, 1)), ("p2s4", (2, 4))],
)
def test_a_deep_link_opens_its_passage(person: Person, payload: str, where: tuple[int, int]) -> None:
    sent = person.asks(f"/start {payload}")
    assert sent.text.startswith("I am a bot.")
    assert place(*where) in sent.text


def test_the_talk_goes_on_from_a_deep_link(person: Person) -> None:
    person.asks("/start p7s2")
    assert place(7, 2) in person.asks("since when?").text


@pytest.mark.parametrize("payload", ["p99s1", "from_poster", "qr-2026", "p7s2x", "source_3"])
def test_any_other_deep_link_is_start(person: Person, payload: str) -> None:
    sent = person.asks(f"/start {payload}")
    assert sent.text.startswith("I am a bot.")
    assert len(sent.buttons) >= 3
