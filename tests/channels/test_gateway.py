"""The one door to Rasa, before the trained model: what it takes, what it refuses, and what it says when something fails."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic

from actions import actions
from bot.channels.gateway import MAX_CHARACTERS, Gateway, Refused, apology
from bot.memory.store import StoreError
from bot.rasa.tracker_store import RecentTrackerStore
from bot.run.build import model_path

JOINED = "When did Albania join NATO?"
Run = Callable[[Coroutine[Any, Any, Any]], Any]


class Endpoint(EndpointConfig):
    """Runs the actions; can be made slow for once."""

    def __init__(self) -> None:
        super().__init__(url="here", enable_selective_domain=True)
        self.delay = 0.0
        self._executor = ActionExecutor()
        self._executor.register_package("actions")

    async def request(self, method: str = "post", subpath: str | None = None, **named: Any) -> Any:
        delay, self.delay = self.delay, 0.0
        await asyncio.sleep(delay)
        return json.loads(json.dumps(await self._executor.run(json.loads(json.dumps(named["json"])))))


@pytest.fixture(scope="module")
def agent(model: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """The trained model as Rasa loads it, on the server that a gateway looks for."""
    app = Sanic("rasa_core_no_api")
    store = RecentTrackerStore(dialect="sqlite", db=str(tmp_path_factory.mktemp("gateway") / "tracker.db"))
    app.ctx.agent = Agent.load(str(model_path()), action_endpoint=Endpoint(), tracker_store=store)
    yield app.ctx.agent
    Sanic._app_registry.clear()


@pytest.fixture(scope="module")
def run(agent: Agent) -> Iterator[Run]:
    """Run something on a loop that the agent knows."""
    loop = asyncio.new_event_loop()
    yield loop.run_until_complete
    loop.close()


@pytest.fixture
def gateway(agent: Agent) -> Gateway:
    return Gateway("web", agent.handle_message)


@pytest.fixture
def conversation() -> str:
    return uuid.uuid4().hex


def refused(run: Run, work: Coroutine[Any, Any, Any]) -> Refused:
    with pytest.raises(Refused) as found:
        run(work)
    return found.value


def test_a_question_is_answered_in_its_conversation(gateway: Gateway, run: Run, conversation: str) -> None:
    reply = run(gateway.ask(conversation, f"  \u202e/{JOINED}\x00 "))
    assert (reply.outcome, reply.citations[0].passage) == ("answered", "p1s1")
    assert reply.disclosure
    again = run(gateway.ask(conversation, "repeat that"))
    assert (again.citations[0].passage, again.disclosure) == ("p1s1", "")


def test_the_plain_messages_say_the_same_as_the_reply(gateway: Gateway, run: Run, conversation: str) -> None:
    output = run(gateway.collect(conversation, JOINED))
    (custom,) = [m["custom"] for m in output.messages if "custom" in m]
    assert custom == output.reply().as_json()
    assert any(output.reply().citations[0].quote in m.get("text", "") for m in output.messages)


def test_rasa_hears_the_clean_text_and_never_an_intent(run: Run) -> None:
    heard: list[UserMessage] = []

    async def listen(message: UserMessage) -> None:
        heard.append(message)
        await message.output_channel.send_text_message(message.sender_id, "yes")

    for typed in ("/restart", "／restart", "\u200b/ /restart", " re\x07start "):
        run(Gateway("rest", listen).ask("somebody", typed))
    assert {(m.text, m.sender_id, m.input_channel) for m in heard} == {("restart", "rest-somebody", "rest")}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("\u202e\u200b\x07\x00", "empty"),
        ("///", "empty"),
        ("x" * (MAX_CHARACTERS + 1), "too_long"),
        # One sign that unfolds into eighteen.
        ("\ufdfa" * 200, "too_long"),
    ],
)
def test_what_is_no_question_is_refused_before_rasa_hears_it(run: Run, text: str, code: str) -> None:
    async def never(message: UserMessage) -> None:
        raise AssertionError("heard")

    assert refused(run, Gateway("web", never, {"conversation": (1, 1.0)}).ask("x", text)).code == code


def test_only_what_the_bot_reads_counts_as_length(gateway: Gateway, run: Run, conversation: str) -> None:
    padded = "\u200b" * MAX_CHARACTERS + " " * MAX_CHARACTERS + JOINED
    assert run(gateway.ask(conversation, padded)).outcome == "answered"


def test_the_rate_is_counted_by_conversation_and_by_address(agent: Agent, run: Run) -> None:
    door = Gateway("web", agent.handle_message, {"conversation": (2, 0.1), "address": (3, 0.1)})
    one, two = uuid.uuid4().hex, uuid.uuid4().hex
    for _ in range(2):
        assert run(door.ask(one, "hello")).outcome == "smalltalk"
    slow = refused(run, door.ask(one, "hello"))
    assert slow.code == "rate_limited" and 400 < slow.retry_after <= 600
    # What is refused for its words costs nothing.
    assert refused(run, door.ask(two, "", "10.0.0.1")).code == "empty"
    for _ in range(3):
        run(door.ask(uuid.uuid4().hex, "hello", "10.0.0.1"))
    assert refused(run, door.ask(two, "hello", "10.0.0.1")).code == "rate_limited"
    assert run(door.ask(two, "hello", "10.0.0.2")).outcome == "smalltalk"


def test_what_is_not_counted_is_not_refused(run: Run) -> None:
    door = Gateway("web", Agent().handle_message, {"person": (1, 1.0)})
    run(door.admit(person="x"))
    assert refused(run, door.admit(person="x")).code == "rate_limited"
    for _ in range(3):
        run(door.admit(person="", address="10.0.0.1"))


def test_a_conversation_that_is_too_fast_costs_its_address_nothing(run: Run) -> None:
    door = Gateway("web", Agent().handle_message, {"conversation": (1, 0.1), "address": (2, 0.1)})
    for number in range(2):
        run(door.admit(address="10.0.0.1", conversation=f"{number}"))
        if not number:
            for _ in range(5):
                assert refused(run, door.admit(address="10.0.0.1", conversation="0")).code == "rate_limited"


def test_two_channels_with_the_same_conversation_do_not_meet(agent: Agent, run: Run, conversation: str) -> None:
    web, rest = Gateway("web", agent.handle_message), Gateway("rest", agent.handle_message)
    run(web.ask(conversation, "What does Albania do in the Aegean Sea?"))
    run(rest.ask(conversation, JOINED))
    assert run(web.ask(conversation, "repeat that")).citations[0].passage == "p7s2"
    assert run(rest.ask(conversation, "repeat that")).citations[0].passage == "p1s1"
    run(rest.forget(conversation))
    assert not run(rest.ask(conversation, "repeat that")).citations
    assert run(web.ask(conversation, "repeat that")).citations[0].passage == "p7s2"


def test_a_forgotten_conversation_begins_anew(gateway: Gateway, agent: Agent, run: Run, conversation: str) -> None:
    run(gateway.ask(conversation, JOINED))
    run(gateway.forget(conversation))
    assert f"web-{conversation}" not in run(agent.tracker_store.keys())
    reply = run(gateway.ask(conversation, "repeat that"))
    assert reply.disclosure and not reply.citations
    run(gateway.forget("never-heard-of"))


def test_a_time_out_is_apologised_for_and_the_conversation_goes_on(
    gateway: Gateway, agent: Agent, run: Run, conversation: str
) -> None:
    run(gateway.ask(conversation, "What does Albania do in the Aegean Sea?"))
    endpoint = agent.processor.action_endpoint
    endpoint.delay, gateway.seconds = 60.0, 1
    output = run(gateway.collect(conversation, JOINED))
    assert output.reply() == apology()
    assert [m.get("text") or m["custom"]["outcome"] for m in output.messages] == [apology().lead, "error"]
    endpoint.delay, gateway.seconds = 0.0, 20
    # The question that was given up is not remembered: the last quote is the one that was shown.
    assert run(gateway.ask(conversation, "repeat that")).citations[0].passage == "p7s2"
    assert run(gateway.ask(conversation, JOINED)).citations[0].passage == "p1s1"


def test_an_action_that_fails_is_apologised_for_and_the_conversation_goes_on(
    gateway: Gateway, run: Run, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("inner workings")

    run(gateway.ask(conversation, JOINED))
    with monkeypatch.context() as broken:
        broken.setattr(actions.ActionAnswer, "reply", fail)
        reply = run(gateway.ask(conversation, "What does Albania do in the Aegean Sea?"))
    assert (reply.outcome, reply.lead) == ("error", apology().lead)
    assert run(gateway.ask(conversation, "repeat that")).citations[0].passage == "p1s1"


def test_whatever_rasa_raises_is_apologised_for(
    gateway: Gateway, agent: Agent, run: Run, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise RuntimeError("inner workings")

    with monkeypatch.context() as broken:
        # The reply has been collected by then, but nothing of it is kept.
        broken.setattr(agent.processor, "save_tracker", fail)
        assert run(gateway.ask(conversation, JOINED)) == apology()
        with pytest.raises(RuntimeError):
            run(gateway.put(conversation, JOINED))
    assert run(gateway.ask(conversation, "repeat that")).disclosure


def test_what_cannot_be_saved_is_said(run: Run, conversation: str) -> None:
    async def fail(*_: Any) -> None:
        raise StoreError("tracker.db: database or disk is full")

    broken = Gateway("web", fail)
    assert run(broken.ask(conversation, JOINED)) == apology("not_saved") != apology()
    assert refused(run, broken.within(broken.put(conversation, JOINED))).code == "not_saved"


def test_saying_nothing_is_not_being_ready(run: Run) -> None:
    empty = Gateway("web", Agent().handle_message)
    found = refused(run, empty.ask("x", JOINED))
    assert (found.code, found.retry_after) == ("not_ready", 2)
