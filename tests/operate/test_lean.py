"""What is spared for every message changes nothing of what Rasa does with it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import rasa.core.policies.rule_policy
import rasa.core.processor
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.operate.lean import ActionsInside, make_lean
from bot.operate.rules import _possible_keys as RASA_POSSIBLE_KEYS
from bot.operate.rules import possible_keys
from bot.operate.runner import PlannedRunner
from bot.run.build import model_path
from tests.conftest import start_unit


@pytest.fixture(scope="module")
def agent(model: None) -> Agent:
    """The trained model as Rasa loads it."""
    loaded = Agent.load(str(model_path()))
    assert isinstance(loaded.processor.graph_runner, DaskGraphRunner)
    return loaded


@pytest.fixture(scope="module")
def policy(agent: Agent) -> RulePolicy:
    nodes = agent.processor.graph_runner._instantiated_nodes.values()
    return next(n._component for n in nodes if isinstance(n._component, RulePolicy))


def conversations(agent: Agent, count: int) -> Iterator[DialogueStateTracker]:
    """Conversations of up to four turns that break off anywhere, also where no rule fits."""
    chance = random.Random(5)
    intents = [*agent.domain.intents, "nothing_known"]
    actions = ["action_answer", "action_more", "utter_greet", "action_listen"]
    for number in range(count):
        tracker = DialogueStateTracker.from_events(f"c{number}", [ActionExecuted("action_listen")], agent.domain.slots)
        for _ in range(chance.randint(0, 4)):
            tracker.update(UserUttered(chance.choice(["hello", "why?"]), {"name": chance.choice(intents)}))
            if chance.random() < 0.7:
                tracker.update(ActionExecuted(chance.choice(actions)))
                tracker.update(SlotSet("nearest", chance.choice(["albania_in_nato/p1s1", None])))
            if chance.random() < 0.7:
                tracker.update(ActionExecuted("action_listen"))
        yield tracker


def test_the_same_rules_apply(agent: Agent, policy: RulePolicy) -> None:
    found = 0
    for tracker in conversations(agent, 300):
        for by_text in (True, False):
            states = policy._prediction_states(tracker, agent.domain, by_text)
            # The second is equal to the first, but none that is remembered.
            for lookup in (policy.lookup[RULES], dict(policy.lookup[RULES])):
                expected = RASA_POSSIBLE_KEYS(policy, lookup, states)
                assert possible_keys(policy, lookup, states) == expected
                # Once more, from what was remembered.
                assert possible_keys(policy, lookup, states) == expected
                found += bool(expected)
    assert found > 100


def test_a_lean_agent_says_and_stores_the_same(model: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same conversation with an agent as Rasa loads it, and with a lean one."""
    for owner, name in (
        (RulePolicy, "_get_possible_keys"),
        (RulePolicy, "_find_action_from_rules"),
        (RemoteAction, "_validate_action_result"),
        (Event, "resolve_by_type"),
        (rasa.core.processor, "copy"),
        (rasa.core.policies.rule_policy, "copy"),
    ):
        # What it is now comes back after the test.
        monkeypatch.setattr(owner, name, vars(owner)[name])
    messages = (
        "hello",
        "When did Albania join NATO?",
        "why is that?",
        "tell me more",
        "threats?",
        "who is the minister?",
        "start over",
    )

    def hold(lean: bool) -> list[tuple[Any, ...]]:
        loaded = Agent.load(str(model_path()), action_endpoint=ActionsInside())
        if lean:
            make_lean(loaded)
            assert isinstance(loaded.processor.graph_runner, PlannedRunner)
        # Rasa draws one of the ways to greet.
        np.random.seed(1)
        said: list[Any] = []
        for text in messages:
            output = CollectingOutputChannel()
            asyncio.run(loaded.handle_message(UserMessage(text, output, "one")))
            said.append(output.messages)
        tracker = asyncio.run(loaded.tracker_store.retrieve("one"))
        kept = [
            {k: v for k, v in e.as_dict().items() if k not in ("timestamp", "metadata", "message_id")} for e in tracker.events
        ]
        return [*said, *kept]

    assert hold(lean=True) == hold(lean=False)


def test_actions_may_be_served_apart(model: None) -> None:
    with start_unit(ACTIONS="server") as unit:
        messages = unit.ask("When did Albania join NATO?", "apart")
    assert next(m["custom"] for m in messages if "custom" in m)["outcome"] == "answered"


def test_the_graph_gives_the_same_predictions(agent: Agent) -> None:
    rasa, ours = agent.processor.graph_runner, PlannedRunner.of(agent.processor.graph_runner)
    target = agent.processor.model_metadata.core_target
    for tracker in conversations(agent, 60):
        expected, got = (r.run({"__tracker__": tracker}, [target])[target] for r in (rasa, ours))
        assert (got.probabilities, got.policy_name, got.events) == (expected.probabilities, expected.policy_name, expected.events)


def test_the_graph_reads_the_same_in_a_message(agent: Agent) -> None:
    rasa, ours = agent.processor.graph_runner, PlannedRunner.of(agent.processor.graph_runner)
    target = agent.processor.model_metadata.nlu_target
    for text in ("When did Albania join NATO?", "hello", "why?", ""):
        tracker = DialogueStateTracker.from_events("c", [ActionExecuted("action_listen")], agent.domain.slots)
        inputs: dict[str, Any] = {"__message__": [UserMessage(text)], "__tracker__": tracker}
        expected, got = (r.run(inputs, [target])[target] for r in (rasa, ours))
        assert [m.as_dict_nlu() for m in got] == [m.as_dict_nlu() for m in expected]


def test_a_target_that_is_no_node_is_refused(agent: Agent) -> None:
    with pytest.raises(KeyError):
        PlannedRunner.of(agent.processor.graph_runner).run({}, ["nowhere"])
