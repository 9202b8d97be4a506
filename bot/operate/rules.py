"""Looks Rasa's rules up by the newest state of a conversation, instead of trying each of them at every step."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.shared.core.domain import State

# Newest states differ by intent and action before; more than these are not seen often.
_MOST_STATES = 2_000

_possible_keys = RulePolicy._get_possible_keys
_from_rules = RulePolicy._find_action_from_rules


def look_up_quickly() -> None:
    """Let every rule policy of this process find the same rules in less time."""
    RulePolicy._get_possible_keys = possible_keys
    RulePolicy._find_action_from_rules = _find


def possible_keys(policy: RulePolicy, lookup: Mapping[str, str], states: Sequence[State]) -> set[str]:
    """Return the rules that apply to a conversation, as `RulePolicy._get_possible_keys` does.

    Args:
        policy: Whose rules these are.
        lookup: Actions by rule.
        states: Of the conversation, the newest last.
    """
    if not states or lookup is not policy.lookup.get(RULES):
        return set(_possible_keys(policy, lookup, states))
    known: dict[str, tuple[frozenset[str], int]] = policy.__dict__.setdefault("_by_newest_state", {})
    newest = json.dumps(states[-1], sort_keys=True, default=list)
    if newest not in known:
        if len(known) >= _MOST_STATES:
            known.clear()
        keys = frozenset(_possible_keys(policy, lookup, states[-1:]))
        known[newest] = keys, max((len(policy._rule_key_to_state(k)) for k in keys), default=0)
    keys, longest = known[newest]
    possible = set(keys)
    # Of what lies further back than the longest of them is long, no rule says anything.
    for back, state in enumerate(reversed(states[:-1]), 1):
        if back >= longest:
            break
        possible = {k for k in possible if policy._is_rule_applicable(k, back, state)}
    return possible


def _find(policy: RulePolicy, tracker: Any, domain: Any, use_text_for_last_user_input: bool) -> Any:
    if use_text_for_last_user_input and not tracker.active_loop_name and not _on_texts(policy):
        return None, None, False
    return _from_rules(policy, tracker, domain, use_text_for_last_user_input)


def _on_texts(policy: RulePolicy) -> bool:
    """Tell whether any rule is about what was typed, rather than about an intent."""
    if "_rules_on_texts" not in policy.__dict__:
        states = (s for key in policy.lookup[RULES] for s in policy._rule_key_to_state(key))
        policy._rules_on_texts = any("text" in state.get("user", {}) for state in states)
    return bool(policy._rules_on_texts)
