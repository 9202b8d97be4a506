"""Our agent says and stores what Rasa's does, and stays what it is when a model is loaded anew."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from aiohttp import web
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.events import UserUttered
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

from bot.errors import ROOT
from bot.rasa.agent import BotAgent, load_agent
from bot.rasa.lock_store import InTurnLockStore
from bot.rasa.processor import BotProcessor
from bot.rasa.runner import PlannedRunner
from bot.run.build import model_path
from bot.run.process import free_port
from tests.conftest import start_unit

MESSAGES = (
    "hello",
    "When did Albania join NATO?",
    "why is that?",
    "tell me more",
    "threats?",
    "who is the minister?",
    "start over",
)


class Served(EndpointConfig):
    """What the action server answers, without one."""

    def __init__(self) -> None:
        super().__init__(url="served", enable_selective_domain=True)
        self.executor = ActionExecutor()
        self.executor.register_package("actions")

    async def request(self, method: str = "post", subpath: str | None = None, **named: Any) -> Any:
        return json.loads(json.dumps(await self.executor.run(json.loads(json.dumps(named["json"])))))


@pytest.fixture
def endpoints(tmp_path: Path) -> AvailableEndpoints:
    """Those of the project, with a database of their own."""
    given = yaml.safe_load((ROOT / "endpoints.yml").read_text(encoding="utf-8"))
    given["tracker_store"]["db"] = str(tmp_path / "tracker.db")
    path = tmp_path / "endpoints.yml"
    path.write_text(yaml.safe_dump(given))
    return AvailableEndpoints.read_endpoints(str(path))


async def ask(agent: Agent, text: str, sender: str = "one", key: str | None = None) -> list[dict[str, Any]]:
    output = CollectingOutputChannel()
    await agent.handle_message(UserMessage(text, output, sender, message_id=key))
    return list(output.messages)


def outcome(messages: list[dict[str, Any]]) -> Any:
    return next(m["custom"]["outcome"] for m in messages if "outcome" in (m.get("custom") or {}))


def test_it_says_and_stores_the_same_as_rasas(model: None, endpoints: AvailableEndpoints) -> None:
    async def hold(agent: Agent) -> list[Any]:
        # Rasa draws one of the ways to greet.
        np.random.seed(1)
        said: list[Any] = [await ask(agent, text, key=f"{n}") for n, text in enumerate(MESSAGES)]
        tracker = await agent.tracker_store.retrieve_full_tracker("one")
        left_out = ("timestamp", "metadata")
        return [*said, *({k: v for k, v in e.as_dict().items() if k not in left_out} for e in tracker.events)]

    async def both() -> None:
        rasas = Agent.load(str(model_path()), action_endpoint=Served())
        ours = await load_agent(model_path(), endpoints)
        assert await hold(ours) == await hold(rasas)

    asyncio.run(both())


def is_ours(agent: BotAgent) -> bool:
    return isinstance(agent.processor, BotProcessor) and isinstance(agent.processor.graph_runner, PlannedRunner)


def watch_into(seen: list[str]) -> Any:
    @contextmanager
    def watch(message: UserMessage) -> Iterator[None]:
        yield
        seen.append(message.text)

    return watch


async def in_order(agent: BotAgent, sender: str) -> bool:
    """Tell whether messages that come at once are handled in the order in which they come."""
    texts = [f"{m} {n}" for n, m in enumerate(MESSAGES[:5])]
    await asyncio.gather(*(ask(agent, text, sender) for text in texts))
    tracker = await agent.tracker_store.retrieve_full_tracker(sender)
    return [e.text for e in tracker.events if isinstance(e, UserUttered)] == texts


def test_a_reload_keeps_turns_actions_runner_and_watch(model: None, endpoints: AvailableEndpoints) -> None:
    async def steps() -> None:
        agent = await load_agent(model_path(), endpoints)
        seen: list[str] = []
        agent.watch(watch_into(seen))
        for sender in ("before", "after"):
            count, processor = len(seen), agent.processor
            assert is_ours(agent)
            assert isinstance(agent.lock_store, InTurnLockStore)
            # No action server runs.
            assert outcome(await ask(agent, "When did Albania join NATO?", sender)) == "answered"
            assert await in_order(agent, f"{sender}-2")
            assert len(seen) == count + 6
            agent.load_model(model_path())
            assert agent.processor is not processor

    asyncio.run(steps())


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve an app on a free port; gives its address."""
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def model_server(tags: list[str]) -> AsyncIterator[str]:
    """Serve the trained model under the last of the tags."""

    async def model(request: web.Request) -> web.StreamResponse:
        if request.headers.get("If-None-Match") == tags[-1]:
            return web.Response(status=304)
        headers = {"ETag": tags[-1], "filename": "model.tar.gz"}
        return web.Response(body=model_path().read_bytes(), headers=headers)

    app = web.Application()
    app.router.add_get("/", model)
    async with serving(app) as url:
        yield url


def test_a_model_pulled_from_a_server_is_served_by_our_agent(model: None, endpoints: AvailableEndpoints) -> None:
    async def steps() -> None:
        tags, seen = ["first"], list[str]()
        async with model_server(tags) as url:
            endpoints.model = EndpointConfig(url, wait_time_between_pulls=1)
            agent = await load_agent("", endpoints)
            agent.watch(watch_into(seen))
            assert (agent.fingerprint, is_ours(agent)) == ("first", True)
            tags.append("second")
            for _ in range(100):
                await asyncio.sleep(0.2)
                if agent.fingerprint == "second":
                    break
            assert (agent.fingerprint, is_ours(agent)) == ("second", True)
            assert outcome(await ask(agent, "When did Albania join NATO?")) == "answered"
            assert seen == ["When did Albania join NATO?"]

    asyncio.run(steps())


def test_an_action_that_nobody_knows_is_told_and_the_talk_goes_on(
    model: None, endpoints: AvailableEndpoints, caplog: pytest.LogCaptureFixture
) -> None:
    async def steps() -> None:
        agent = await load_agent(model_path(), endpoints)
        executor = agent._executor
        assert executor is not None
        known = executor.actions.pop("action_answer")
        assert not any("custom" in m for m in await ask(agent, "When did Albania join NATO?"))
        assert "action_answer" in caplog.text
        executor.actions["action_answer"] = known
        assert outcome(await ask(agent, "When did Albania join NATO?")) == "answered"

    asyncio.run(steps())


def test_a_message_that_comes_again_is_answered_again_and_handled_once(model: None, endpoints: AvailableEndpoints) -> None:
    async def steps() -> None:
        agent = await load_agent(model_path(), endpoints)
        for text, key in (("When did Albania join NATO?", "a"), ("who paid?", "b")):
            first = await ask(agent, text, key=key)
            assert await ask(agent, "whatever", key=key) == first
        tracker = await agent.tracker_store.retrieve_full_tracker("one")
        assert tracker is not None
        assert [e.message_id for e in tracker.events if isinstance(e, UserUttered)] == ["a", "b"]
        # Another conversation's message is another one.
        assert await ask(agent, "hello", "two", key="b") != first

    asyncio.run(steps())


def test_a_message_that_was_not_answered_is_handled_when_it_comes_again(model: None, endpoints: AvailableEndpoints) -> None:
    async def steps() -> None:
        agent = await load_agent(model_path(), endpoints)
        executor = agent._executor
        assert executor is not None
        known = executor.actions.pop("action_answer")
        await ask(agent, "When did Albania join NATO?", key="a")
        executor.actions["action_answer"] = known
        assert outcome(await ask(agent, "When did Albania join NATO?", key="a")) == "answered"

    asyncio.run(steps())


def test_without_a_model_there_is_no_agent(tmp_path: Path, endpoints: AvailableEndpoints) -> None:
    with pytest.raises(Exception, match="No file or directory"):
        asyncio.run(load_agent(tmp_path / "none.tar.gz", endpoints))


def test_actions_may_be_served_apart(model: None, tmp_path: Path) -> None:
    """Without `inside` in the endpoints, the address is asked."""
    asked: list[str] = []

    async def steps() -> None:
        served = Served()

        async def action(request: web.Request) -> web.Response:
            call = await request.json()
            asked.append(call["next_action"])
            return web.json_response(await served.executor.run(call))

        app = web.Application()
        app.router.add_post("/webhook", action)

        def live(url: str) -> list[dict[str, Any]]:
            given = yaml.safe_load((ROOT / "endpoints.yml").read_text(encoding="utf-8"))
            del given["action_endpoint"]["inside"]
            given["action_endpoint"]["url"] = f"{url}webhook"
            path = tmp_path / "endpoints.yml"
            path.write_text(yaml.safe_dump(given))
            with start_unit(ENDPOINTS=str(path)) as unit:
                return unit.ask("When did Albania join NATO?", "apart")

        async with serving(app) as url:
            assert outcome(await asyncio.get_running_loop().run_in_executor(None, live, url)) == "answered"

    asyncio.run(steps())
    assert "action_answer" in asked
