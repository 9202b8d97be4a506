"""Spares what Rasa does for every message and need not do, such as checking a schema against its own schema."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from weakref import WeakValueDictionary

import jsonschema  # type: ignore[import-untyped]
import rasa.core.policies.rule_policy
import rasa.core.processor
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from bot.operate.rules import look_up_quickly
from bot.operate.runner import PlannedRunner

_VALIDATOR = jsonschema.Draft202012Validator(RemoteAction.action_response_format_spec())
_URL = "inside"
# Two: while one works outside of Python, which is most of it, the other or the event loop goes on.
_READERS = ThreadPoolExecutor(2, thread_name_prefix="reader")


class ActionsInside(EndpointConfig):
    """An action endpoint that runs the actions in this process, with the SDK's own executor.

    The action gets what the action server would hand it: plain data, and a
    tracker of its own made from it.

    Args:
        package: The package of the actions.
    """

    def __init__(self, package: str = "actions") -> None:
        super().__init__(url=_URL, enable_selective_domain=True)
        self._executor = ActionExecutor()
        self._executor.register_package(package)

    async def request(self, method: str = "post", subpath: str | None = None, **named: Any) -> Any:
        """Run the action that the body of the request names.

        Raises:
            ClientResponseError: As the action server would have answered.
        """
        call: dict[str, Any] = named["json"]
        try:
            # Actions bound their time themselves; a second bound would cost a task for every message.
            return await self._executor.run(call)
        except ActionExecutionRejection as error:
            raise _refused(400, error.message, error.action_name) from error
        except ActionNotFoundException as error:
            raise _refused(404, error.message, error.action_name) from error


def make_lean(agent: Agent, inside: bool = True) -> None:
    """Spare a running agent what it need not do.

    Args:
        agent: With its model loaded.
        inside: Whether actions run in this process rather than in the action server.
    """
    # Rasa looks through all its classes of events for each event that it reads.
    if not hasattr(Event.resolve_by_type, "cache_info"):
        Event.resolve_by_type = staticmethod(lru_cache(maxsize=64)(Event.resolve_by_type))
    # What actions in this process return was never on its way through JSON.
    RemoteAction._validate_action_result = _trusted if inside else _validated
    look_up_quickly()
    if inside:
        agent.action_endpoint = ActionsInside()
    _take_turns(agent)
    if agent.processor is not None:
        _make_processor_lean(agent.processor, agent.action_endpoint)


def _take_turns(agent: Agent) -> None:
    """Let a message wait for those before it in its conversation here: Rasa's lock looks once a second whether it is free."""
    handle = agent.handle_message
    turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def handle_in_turn(message: UserMessage) -> Any:
        # Kept alive by those who wait for it or hold it.
        turn = turns.setdefault(message.sender_id, asyncio.Lock())
        async with turn:
            return await handle(message)

    agent.handle_message = handle_in_turn


def _make_processor_lean(processor: MessageProcessor, endpoint: EndpointConfig | None) -> None:
    processor.action_endpoint = endpoint
    if isinstance(processor.graph_runner, DaskGraphRunner):
        processor.graph_runner = PlannedRunner.of(processor.graph_runner)
    _parse_aside(processor)
    if all(m == {"type": "custom"} for slot in processor.domain.slots for m in slot.mappings):
        # Actions alone set the slots: nothing is to be extracted from a message.
        processor.run_action_extract_slots = _unchanged
    if not logging.getLogger("rasa").isEnabledFor(logging.DEBUG):
        # Copies for lines that are not logged.
        for module in (rasa.core.processor, rasa.core.policies.rule_policy):
            module.copy = SimpleNamespace(deepcopy=_same)


def _parse_aside(processor: MessageProcessor) -> None:
    """Let a processor read messages on other threads, while the event loop goes on with other messages."""
    parse = processor.parse_message

    async def parse_aside(
        message: UserMessage, tracker: DialogueStateTracker | None = None, only_output_properties: bool = True
    ) -> dict[str, Any]:
        if processor.http_interpreter:
            return await parse(message, tracker, only_output_properties)
        tracker = tracker or DialogueStateTracker.from_events(message.sender_id, [])
        loop, read = asyncio.get_running_loop(), processor._parse_message_with_graph
        parsed = await loop.run_in_executor(_READERS, read, message, tracker, only_output_properties)
        processor._update_full_retrieval_intent(parsed)
        # Rasa would look for intents that the domain has not; they come from the model that the domain came with.
        return parsed

    processor.parse_message = parse_aside


def _same(value: Any) -> Any:
    return value


async def _unchanged(_: OutputChannel, tracker: DialogueStateTracker) -> DialogueStateTracker:
    return tracker


def _trusted(_: RemoteAction, result: Mapping[str, Any]) -> bool:
    return True


def _validated(_: RemoteAction, result: Mapping[str, Any]) -> bool:
    # Rasa checks the schema itself anew for every answer, which takes longer than everything else together.
    _VALIDATOR.validate(result)
    return True


def _refused(status: int, message: str, action: str) -> ClientResponseError:
    return ClientResponseError(status, message, json.dumps({"error": message, "action_name": action}))
