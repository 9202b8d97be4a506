"""Rasa's processor with our runner, actions inside, and messages read on threads of their own."""

from __future__ import annotations

import asyncio
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rasa.core.actions.action import Action, RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata
from rasa.exceptions import ModelNotFound
from rasa.model import get_local_model
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.utils.common import TempDirectoryPath, get_temp_dir_name
from rasa_sdk.executor import ActionExecutor

from bot.rasa.actions_inside import ActionInside
from bot.rasa.runner import PlannedRunner

# Two: reading is mostly native code that releases the GIL, so that the other thread or the event loop goes on.
_READERS = ThreadPoolExecutor(2, thread_name_prefix="reader")


class _Handled(Exception):
    """A message was handled before: a client that got no answer has sent it again.

    Attributes:
        said: What was said to it.
    """

    def __init__(self, said: list[dict[str, Any]]) -> None:
        super().__init__()
        self.said = said


class BotProcessor(MessageProcessor):
    """Handles messages as Rasa does, in less time, and one that comes again (`message_id`) within the last turns not twice.

    Args:
        executor: Runs custom actions in this process; without one the action endpoint is asked.
        named: What `MessageProcessor` takes.
    """

    graph_runner: PlannedRunner

    def __init__(self, *, executor: ActionExecutor | None = None, **named: Any) -> None:
        super().__init__(**named)
        self._executor = executor

    @staticmethod
    def _load_model(model_path: str | Path) -> tuple[str, ModelMetadata, PlannedRunner]:
        """Load a model into our runner; Rasa names its own here and takes no other."""
        archive = Path(get_local_model(str(model_path)))
        with TempDirectoryPath(get_temp_dir_name()) as folder:
            try:
                metadata, runner = load_predict_graph_runner(Path(folder), archive, LocalModelStorage, PlannedRunner)
            except tarfile.ReadError as error:
                raise ModelNotFound(f"{archive} is no model.") from error
        return archive.name, metadata, runner

    async def handle_message(self, message: UserMessage) -> list[dict[str, Any]] | None:
        """Handle a message, or say again what was said to it."""
        try:
            return await super().handle_message(message)
        except _Handled as handled:
            output = message.output_channel
            for one in handled.said:
                await output.send_response(message.sender_id, one)
            return output.messages if isinstance(output, CollectingOutputChannel) else None

    async def _handle_message_with_tracker(self, message: UserMessage, tracker: DialogueStateTracker) -> None:
        said = _said_to(message.message_id, tracker)
        if said:
            raise _Handled(said)
        await super()._handle_message_with_tracker(message, tracker)

    async def parse_message(
        self, message: UserMessage, tracker: DialogueStateTracker | None = None, only_output_properties: bool = True
    ) -> dict[str, Any]:
        """Read a message on another thread, while the event loop goes on with other messages.

        Rasa's check for intents that the domain lacks is left out: intents and domain come from the same model.
        """
        if self.http_interpreter:
            return await super().parse_message(message, tracker, only_output_properties)
        target = self.model_metadata.nlu_target
        inputs = {
            PLACEHOLDER_MESSAGE: [message],
            PLACEHOLDER_TRACKER: tracker or DialogueStateTracker.from_events(message.sender_id, []),
        }
        found = await asyncio.get_running_loop().run_in_executor(_READERS, self.graph_runner.run, inputs, [target])
        read: dict[str, Any] = found[target][0].as_dict(only_output_properties=only_output_properties)
        return {TEXT: "", INTENT: {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}, ENTITIES: [], **read}

    def predict_next_with_tracker_if_should(self, tracker: DialogueStateTracker) -> tuple[Action, PolicyPrediction]:
        """Return the next action, to be run inside if it is one of ours, and how it was predicted."""
        action, prediction = super().predict_next_with_tracker_if_should(tracker)
        return self._inside(action), prediction

    def _get_action(self, action_name: str) -> Action:
        """Return an action by name; Rasa starts sessions with what this gives."""
        return self._inside(super()._get_action(action_name))

    def _inside(self, action: Any) -> Any:
        # Not those derived from it, such as forms.
        if self._executor and type(action) is RemoteAction:
            return ActionInside(action.name(), self._executor)
        return action


def _said_to(message: str, tracker: DialogueStateTracker) -> list[dict[str, Any]]:
    """Return what was said to a message among the events of a tracker; nothing if it is not there, or was not answered."""
    said: list[dict[str, Any]] = []
    found = asked = answered = False
    for event in tracker.events:
        if isinstance(event, UserUttered):
            if found:
                break
            found = event.message_id == message
            if asked or not found:
                said = []
            asked = True
        elif isinstance(event, BotUttered) and (found or not asked):
            # What is said at the start of a session belongs to its first message.
            answered = found
            said.append({**event.metadata, **{k: v for k, v in event.data.items() if v}, "text": event.text})
    return said if answered else []
