"""The trained model as Rasa itself loads it, and conversations to compare with."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from rasa.core.agent import Agent
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.run.build import model_path

Conversations = Callable[[int], Iterator[DialogueStateTracker]]


@pytest.fixture(scope="session")
def stock(model: None) -> Agent:
    """Rasa's own agent, processor and runner."""
    loaded = Agent.load(str(model_path()))
    assert isinstance(loaded.processor.graph_runner, DaskGraphRunner)
    return loaded


@pytest.fixture(scope="session")
def conversations(stock: Agent) -> Conversations:
    """Conversations of up to four turns that break off anywhere, also where no rule fits."""

    def held(count: int) -> Iterator[DialogueStateTracker]:
        chance = random.Random(5)
        intents = [*stock.domain.intents, "nothing_known", "restart", "back"]
        actions = ["action_answer", "action_more", "action_small_talk", "action_listen"]
        for number in range(count):
            tracker = DialogueStateTracker.from_events(f"c{number}", [ActionExecuted("action_listen")], stock.domain.slots)
            for _ in range(chance.randint(0, 4)):
                tracker.update(UserUttered(chance.choice(["hello", "why?"]), {"name": chance.choice(intents)}))
                if chance.random() < 0.7:
                    tracker.update(ActionExecuted(chance.choice(actions)))
                    tracker.update(SlotSet("nearest", chance.choice(["albania_in_nato/p1s1", None])))
                if chance.random() < 0.7:
                    tracker.update(ActionExecuted("action_listen"))
            yield tracker

    return held
