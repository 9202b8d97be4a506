"""The really running bot when the network, Telegram and the machine misbehave."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from tests.telegram.conftest import start_bot
from tests.telegram.double import BotApiDouble, Faults, Person, Sent
from tests.telegram.running import ActionServer, RunningBot

ROOT = Path(__file__).resolve().parents[2]
PEOPLE, EACH = 125, 8


def known_questions(double: BotApiDouble, count: int) -> list[tuple[str, str]]:
    """Return questions with the quote that answers each, found by asking the undisturbed bot."""
    asks = [
        passage["ask"]
        for document in json.loads((ROOT / "data" / "generated" / "documents.json").read_text(encoding="utf-8"))["documents"]
        for passage in document["passages"]
        if passage["kind"] == "sentence" and passage["ask"]
    ]
    found: dict[str, str] = {}
    for number, ask in enumerate(asks):
        # Somebody new each time, so that no answer depends on the one before.
        quotes = Person(double, 60_000 + number).asks(ask).spans("blockquote")
        if len(quotes) == 1 and quotes[0] not in found.values():
            found[ask] = quotes[0]
        if len(found) == count:
            break
    assert len(found) == count, "too few questions are answered with one quote each"
    return list(found.items())


def answers(sent: list[Sent]) -> list[str]:
    """Return what was quoted in answer, in order."""
    return [quote for s in sent for quote in s.spans("blockquote")]


def expect(double: BotApiDouble, asked: dict[int, list[str]], seconds: float) -> None:
    """Wait until everybody has as many answers as questions; then check that they are the right ones, once, in order."""
    try:
        double.wait_for(lambda: all(len(answers(double.sent_to(p))) >= len(q) for p, q in asked.items()), seconds)
    finally:
        wrong = {p: (q, answers(double.sent_to(p))) for p, q in asked.items() if answers(double.sent_to(p)) != q}
        assert not wrong, f"{len(wrong)} of {len(asked)} chats, for instance {next(iter(wrong.items()))}"
    # Nothing comes after.
    count = len(double.sent)
    time.sleep(1.5)
    assert len(double.sent) == count


def ask_all(
    double: BotApiDouble, questions: list[tuple[str, str]], seed: int, people: int, each: int, over: float
) -> dict[int, list[str]]:
    """Let people ask, all mixed up but each in order; returns the quotes due to each."""
    chance = random.Random(seed)
    first = 100_000 * seed
    lists = {first + n: chance.sample(questions, each) for n in range(people)}
    turns = [person for person, mine in lists.items() for _ in mine]
    chance.shuffle(turns)
    at = dict.fromkeys(lists, 0)
    for person in turns:
        Person(double, person).says(lists[person][at[person]][0])
        at[person] += 1
        time.sleep(over / len(turns))
    return {person: [quote for _, quote in mine] for person, mine in lists.items()}


@pytest.fixture(scope="module")
def questions(double: BotApiDouble, bot: RunningBot) -> list[tuple[str, str]]:
    return known_questions(double, 12)


def test_thousand_updates_are_each_answered_once_and_in_order(
    double: BotApiDouble, bot: RunningBot, questions: list[tuple[str, str]], record_property: pytest.RecordProperty
) -> None:
    double.faults = Faults(too_many=0.05, dropped=0.05, repeated=0.05, shuffled=True)
    calls, started = len(double.calls), time.monotonic()
    try:
        asked = ask_all(double, questions, seed=3, people=PEOPLE, each=EACH, over=20.0)
        expect(double, asked, 400.0)
    finally:
        double.faults = Faults()
    outcomes = [c.outcome for c in double.calls[calls:]]
    figures = {
        "updates": PEOPLE * EACH,
        "seconds": round(time.monotonic() - started),
        "calls": len(outcomes),
        "too_many": outcomes.count("429"),
        "dropped": outcomes.count("dropped"),
        "carried_out_then_dropped": outcomes.count("carried out, answer dropped"),
        "impatient": len(double.impatient),
    }
    for name, value in figures.items():
        record_property(name, value)
    assert double.impatient == []
    assert figures["too_many"] > 50
    assert figures["dropped"] > 20
    assert figures["carried_out_then_dropped"] > 20


def test_network_loss_is_outlived(double: BotApiDouble, bot: RunningBot, questions: list[tuple[str, str]]) -> None:
    person = Person(double, 61_000)
    person.asks(questions[0][0])
    double.down = True
    try:
        person.says(questions[1][0])
        # A poll that was under way may end well; the next one cannot.
        double.wait_for(lambda: "Telegram cannot be reached" in bot.said(), 60)
    finally:
        double.down = False
    double.wait_for(lambda: len(answers(double.sent_to(person.id))) == 2, 30)
    assert answers(double.sent_to(person.id)) == [questions[0][1], questions[1][1]]
    # It is said when a poll ends, and the first one after the loss may be waiting for something to happen.
    person.asks(questions[2][0])
    double.wait_for(lambda: "Telegram can be reached again" in bot.said(), 30)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_restart_in_the_middle_loses_nothing_and_repeats_nothing(
    tmp_path: Path, actions: ActionServer, bot: RunningBot, questions: list[tuple[str, str]], how: int
) -> None:
    with BotApiDouble() as other:
        other.faults = Faults(dropped=0.05, repeated=0.1, shuffled=True)
        running = start_bot(tmp_path, actions, other).wait_until_up()
        try:
            asked = ask_all(other, questions, seed=5, people=30, each=6, over=2.0)
            other.wait_for(lambda: len(other.sent) > 40, 60)
            status = running.stop(how)
            assert status == (0 if how == signal.SIGTERM else -signal.SIGKILL)
            if how == signal.SIGTERM:
                with sqlite3.connect(tmp_path / "telegram.db") as db:
                    taken_in = {number for (number,) in db.execute("SELECT id FROM updates")}
                assert taken_in
                assert not other.unconfirmed_numbers() & taken_in
            left = 180 - len(other.sent)
            assert left > 0, "stopped too late to show anything"
            running = start_bot(tmp_path, actions, other).wait_until_up()
            expect(other, asked, 120.0)
        finally:
            running.stop()
