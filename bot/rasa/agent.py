"""Rasa's agent with our processor, now and after every reload of a model, and a place from which messages are watched."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent, load_from_server
from rasa.core.brokers.broker import EventBroker
from rasa.core.channels.channel import UserMessage
from rasa.core.http_interpreter import RasaNLUHttpInterpreter
from rasa.core.lock_store import LockStore
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.tracker_store import TrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

from bot.rasa.processor import BotProcessor

Watch = Callable[[UserMessage], AbstractContextManager[None]]
# Of `action_endpoint` in endpoints.yml: the package whose actions run in this process.
_INSIDE = "inside"


class BotAgent(Agent):
    """Handles messages with `BotProcessor`.

    A message whose conversation cannot be read or stored fails. Rasa would wrap the store, take a conversation that it
    cannot read for a new one, and keep what it cannot store in memory until the next restart.

    Args:
        tracker_store: Where conversations are stored; without one they are kept in memory.
        action_endpoint: With `inside` in it, that package's actions run in this process.
        named: What `Agent` takes.
    """

    def __init__(
        self, *, tracker_store: TrackerStore | None = None, action_endpoint: EndpointConfig | None = None, **named: Any
    ) -> None:
        super().__init__(tracker_store=tracker_store, action_endpoint=action_endpoint, **named)
        if tracker_store:
            self.tracker_store = tracker_store
        self._watch: Watch = lambda _: nullcontext()
        self._executor: ActionExecutor | None = None
        if action_endpoint and action_endpoint.kwargs.get(_INSIDE):
            self._executor = ActionExecutor()
            self._executor.register_package(action_endpoint.kwargs[_INSIDE])

    def watch(self, watch: Watch) -> None:
        """Have every message handled within a context, from before it waits for its turn; a second call replaces the first."""
        self._watch = watch

    def load_model(self, model_path: str | Path, fingerprint: str | None = None) -> None:
        """Load a model, at first or anew; messages under way end with the one before."""
        self.processor = BotProcessor(
            model_path=model_path,
            tracker_store=self.tracker_store,
            lock_store=self.lock_store,
            action_endpoint=self.action_endpoint,
            generator=self.nlg,
            http_interpreter=self.http_interpreter,
            executor=self._executor,
        )
        self.domain = self.processor.domain
        self.fingerprint = fingerprint or uuid.uuid4().hex
        self.tracker_store.domain = self.domain
        if isinstance(self.nlg, TemplatedNaturalLanguageGenerator):
            self.nlg.responses = self.domain.responses

    async def handle_message(self, message: UserMessage) -> list[dict[str, Any]] | None:
        """Handle a message when its turn has come."""
        with self._watch(message):
            return await super().handle_message(message)


async def load_agent(model_path: str | Path, endpoints: AvailableEndpoints) -> BotAgent:
    """Return an agent as `endpoints.yml` describes it, as Rasa's function of this name does.

    Raises:
        RasaException: If there is no model, or an endpoint cannot be used.
    """
    agent = BotAgent(
        generator=endpoints.nlg,
        tracker_store=TrackerStore.create(endpoints.tracker_store, event_broker=await EventBroker.create(endpoints.event_broker)),
        lock_store=LockStore.create(endpoints.lock_store),
        action_endpoint=endpoints.action,
        model_server=endpoints.model,
        http_interpreter=RasaNLUHttpInterpreter(endpoints.nlu) if endpoints.nlu else None,
    )
    if endpoints.model:
        await load_from_server(agent, endpoints.model)
    else:
        agent.load_model(model_path)
    return agent
