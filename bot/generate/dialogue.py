"""The dialogue as Rasa reads it: one rule for each intent, and a domain without responses, because actions send them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.understand.talk import SLOTS

# Rasa sees one intent for everything that asks; which passage is asked for stands behind its slash, for retrieval to learn.
QUESTION = "question"
# Every other move is small talk.
ACTIONS = {
    "ask_topics": "action_topics",
    "ask_source": "action_source",
    "tell_more": "action_more",
    "repeat": "action_repeat",
    "repeat_earlier": "action_repeat_earlier",
    "ask_overview": "action_overview",
    "ask_count": "action_count",
    "not_what_i_asked": "action_other_candidates",
    "start_over": "action_start_over",
    QUESTION: "action_answer",
}
SMALL_TALK = "action_small_talk"
_MINUTES = 60


def rules(intents: Sequence[str]) -> str:
    """Return the rules: each intent leads to its action."""
    lines = ['version: "3.1"', "rules:"]
    for intent in intents:
        action = ACTIONS.get(intent, SMALL_TALK)
        lines += [f"- rule: {intent}", f"  steps: [{{intent: {intent}}}, {{action: {action}}}]"]
    return "\n".join(lines) + "\n"


def domain(intents: Sequence[str]) -> str:
    """Return the domain: intents, slots and actions."""
    actions = sorted({*ACTIONS.values(), SMALL_TALK, "action_session_start"})
    lines = ['version: "3.1"', "intents:", *(f"- {i}" for i in intents), "slots:"]
    unseen = "influence_conversation: false, mappings: [{type: custom}]"
    lines += [f"  {slot}: {{type: {kind}, {unseen}}}" for slot, kind in SLOTS.items()]
    lines += ["actions:", *(f"- {a}" for a in actions)]
    lines += [f"session_config: {{session_expiration_time: {_MINUTES}, carry_over_slots_to_new_session: false}}"]
    return "\n".join(lines) + "\n"
