"""Runs actions in Rasa's process, with the SDK's own executor, instead of asking an action server over HTTP."""

from __future__ import annotations

from typing import Any

import rasa.version
from rasa.core.actions.action import Action, ActionExecutionRejection, create_bot_utterance
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa_sdk import interfaces
from rasa_sdk.executor import ActionExecutor

from bot.rasa.events import events_of


class ActionInside(Action):
    """An action of a package, run as the action server would run it: on plain data, with a tracker of its own made from it.

    What it returns was never on its way through JSON, and is not checked against a schema.

    Args:
        name: Of the action.
        executor: Knows the package's actions.
    """

    def __init__(self, name: str, executor: ActionExecutor) -> None:
        self._name = name
        self._executor = executor

    def name(self) -> str:
        """Return the name."""
        return self._name

    async def run(
        self, output_channel: OutputChannel, nlg: NaturalLanguageGenerator, tracker: DialogueStateTracker, domain: Domain
    ) -> list[Event]:
        """Run the action and return what it said and changed.

        Raises:
            ActionExecutionRejection: If the action refuses to run.
            rasa_sdk.interfaces.ActionNotFoundException: If the package has no such action.
        """
        call = {
            "next_action": self._name,
            "sender_id": tracker.sender_id,
            "tracker": tracker.current_state(EventVerbosity.ALL),
            "version": rasa.version.__version__,
        }
        if domain.does_custom_action_explicitly_need_domain(self._name):
            call["domain"] = domain.as_dict()
        try:
            # Actions bound their time themselves; a second bound would cost a task for every message.
            result: dict[str, Any] = await self._executor.run(call)
        except interfaces.ActionExecutionRejection as error:
            raise ActionExecutionRejection(error.action_name, error.message) from error
        said = [await _utterance(r, output_channel, nlg, tracker) for r in result["responses"]]
        return [*filter(None, said), *events_of(result["events"])]


async def _utterance(
    response: dict[str, Any], output_channel: OutputChannel, nlg: NaturalLanguageGenerator, tracker: DialogueStateTracker
) -> BotUttered | None:
    """Return what a response says; nothing if it names one that the domain has not."""
    given = {k: v for k, v in response.items() if v and k != "response"}
    named = response.get("response")
    draft = await nlg.generate(named, tracker, output_channel.name(), **given) if named else {}
    if draft is None:
        return None
    if named:
        draft["utter_action"] = named
    buttons = [*(draft.get("buttons") or []), *given.pop("buttons", [])]
    return create_bot_utterance({**draft, **given, **({"buttons": buttons} if buttons else {})})
