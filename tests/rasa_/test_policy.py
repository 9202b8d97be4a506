"""The quick policy against Rasa's own."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.core.policies.rule_policy import RULES, RulePolicy

from bot.rasa.policy import QuickRulePolicy
from tests.rasa_.conftest import Conversations


@pytest.fixture
def policy(stock: Agent) -> QuickRulePolicy:
    nodes = stock.processor.graph_runner._instantiated_nodes.values()
    found = next(n._component for n in nodes if isinstance(n._component, RulePolicy))
    assert isinstance(found, QuickRulePolicy)
    return found


def said(prediction: Any) -> tuple[Any, ...]:
    return (
        prediction.probabilities,
        prediction.policy_name,
        prediction.policy_priority,
        prediction.events,
        prediction.hide_rule_turn,
        prediction.is_end_to_end_prediction,
        prediction.is_no_user_prediction,
    )


def test_it_predicts_what_rasas_policy_predicts(stock: Agent, policy: QuickRulePolicy, conversations: Conversations) -> None:
    by_rule = 0
    for tracker in conversations(300):
        expected = said(RulePolicy.predict_action_probabilities(policy, tracker, stock.domain))
        # Once more, from what was remembered.
        for _ in range(2):
            assert said(policy.predict_action_probabilities(tracker, stock.domain)) == expected
        by_rule += max(expected[0]) == 1
    assert by_rule > 100


def test_a_prediction_that_is_changed_by_others_changes_no_later_one(
    stock: Agent, policy: QuickRulePolicy, conversations: Conversations
) -> None:
    for tracker in conversations(30):
        first = policy.predict_action_probabilities(tracker, stock.domain)
        expected = said(first)[0][:]
        first.probabilities[:] = [0.0] * len(expected)
        assert policy.predict_action_probabilities(tracker, stock.domain).probabilities == expected


def test_rules_about_texts_are_left_to_rasa(
    stock: Agent, policy: QuickRulePolicy, conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = '[{"prev_action": {"action_name": "action_listen"}, "user": {"text": "why?"}}]'
    monkeypatch.setattr(policy, "lookup", {**policy.lookup, RULES: {**policy.lookup[RULES], key: "action_answer"}})
    monkeypatch.setattr(policy, "_longest", None)
    monkeypatch.setattr(policy, "_known", {})
    for tracker in conversations(60):
        expected = said(RulePolicy.predict_action_probabilities(policy, tracker, stock.domain))
        assert said(policy.predict_action_probabilities(tracker, stock.domain)) == expected
