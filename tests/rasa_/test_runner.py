"""The planned runner against Rasa's own, on the trained model."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa.processor import BotProcessor
from bot.rasa.runner import PlannedRunner
from bot.run.build import model_path
from tests.rasa_.conftest import Conversations


@pytest.fixture(scope="module")
def planned(model: None) -> PlannedRunner:
    return BotProcessor(model_path=model_path(), tracker_store=None, lock_store=None, generator=None).graph_runner


def test_the_graph_gives_the_same_predictions(stock: Agent, planned: PlannedRunner, conversations: Conversations) -> None:
    target = stock.processor.model_metadata.core_target
    for tracker in conversations(60):
        expected, got = (r.run({"__tracker__": tracker}, [target])[target] for r in (stock.processor.graph_runner, planned))
        assert (got.probabilities, got.policy_name, got.events) == (expected.probabilities, expected.policy_name, expected.events)


def test_the_graph_reads_the_same_in_a_message(stock: Agent, planned: PlannedRunner) -> None:
    target = stock.processor.model_metadata.nlu_target
    for text in ("When did Albania join NATO?", "hello", "why?", ""):
        tracker = DialogueStateTracker.from_events("c", [ActionExecuted("action_listen")], stock.domain.slots)
        inputs: dict[str, Any] = {"__message__": [UserMessage(text)], "__tracker__": tracker}
        expected, got = (r.run(inputs, [target])[target] for r in (stock.processor.graph_runner, planned))
        assert [m.as_dict_nlu() for m in got] == [m.as_dict_nlu() for m in expected]


def test_a_target_that_is_no_node_is_refused(planned: PlannedRunner) -> None:
    with pytest.raises(KeyError):
        planned.run({}, ["nowhere"])
