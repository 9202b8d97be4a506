"""What Rasa does for every message and need not: actions over HTTP, and checking a schema against its own schema."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import jsonschema
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

_VALIDATOR = jsonschema.Draft202012Validator(RemoteAction.action_response_format_spec())
_URL = "inside"


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
            return await asyncio.wait_for(self._executor.run(call), named.get("timeout"))
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
    RemoteAction._validate_action_result = _validate
    if inside:
        agent.action_endpoint = ActionsInside()
        if agent.processor is not None:
            agent.processor.action_endpoint = agent.action_endpoint


def _validate(_: RemoteAction, result: Mapping[str, Any]) -> bool:
    # Rasa checks the schema itself anew for every answer, which takes longer than everything else together.
    _VALIDATOR.validate(result)
    return True


def _refused(status: int, message: str, action: str) -> ClientResponseError:
    import json

    return ClientResponseError(status, message, json.dumps({"error": message, "action_name": action}))
