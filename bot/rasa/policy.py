"""Rasa's rules, looked up by the newest states of a conversation instead of tried one by one at every step."""

from __future__ import annotations

import json
import warnings
from typing import Any

from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker

# Entries of the cache: its keys differ by intent and previous action, and few more combinations are common.
_MOST_PREDICTIONS = 2_000

# Rasa's validator compares classes for identity and takes no subclass; this module is imported after Rasa's own filters are set.
warnings.filterwarnings("ignore", "'RulePolicy' is not included in the model's policy configuration", UserWarning)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class QuickRulePolicy(RulePolicy):
    """Predicts what `RulePolicy` predicts, and remembers what followed from a rule.

    The cache key is the newest states, as many as the longest rule has, without texts: no rule looks at more.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._known: dict[str, PolicyPrediction] = {}
        self._longest: int | None = None

    def predict_action_probabilities(
        self, tracker: DialogueStateTracker, domain: Domain, rule_only_data: dict[str, Any] | None = None, **kwargs: Any
    ) -> PolicyPrediction:
        """Return the prediction of `RulePolicy`."""
        if self._longest is None:
            self._longest = self._length()
        # Not cached: a loop depends on more than the states show, and confidence or text differ with every message.
        if tracker.active_loop_name or not self._longest:
            return super().predict_action_probabilities(tracker, domain, rule_only_data, **kwargs)
        newest = json.dumps([_without_text(s) for s in tracker.past_states(domain)[-self._longest :]], sort_keys=True)
        if newest not in self._known:
            found = super().predict_action_probabilities(tracker, domain, rule_only_data, **kwargs)
            # Where no rule applies, the whole conversation may count.
            if found.max_confidence < 1 or found.events or found.optional_events:
                return found
            if len(self._known) >= _MOST_PREDICTIONS:
                self._known.clear()
            self._known[newest] = found
        known = self._known[newest]
        # Anew for each call: Rasa's ensemble lowers a probability in place where an action was rejected.
        return PolicyPrediction(
            list(known.probabilities), known.policy_name, known.policy_priority, hide_rule_turn=known.hide_rule_turn
        )

    def _length(self) -> int:
        """Return the number of states of the longest rule; 0 where newest states do not decide."""
        rules = [json.loads(key) for key in self.lookup.get(RULES, {})]
        on_texts = any("text" in state.get("user", {}) for states in rules for state in states)
        if on_texts or self.config["use_nlu_confidence_as_score"]:
            return 0
        return max(map(len, rules), default=0)


def _without_text(state: State) -> dict[str, Any]:
    return {kind: {k: v for k, v in part.items() if (kind, k) != ("user", "text")} for kind, part in state.items()}
