"""Serves the bot as `rasa run` does, with our agent."""

from __future__ import annotations

import sys
from asyncio import AbstractEventLoop
from pathlib import Path

from rasa.core.run import close_resources, configure_app, create_http_input_channels
from rasa.core.utils import AvailableEndpoints, number_of_sanic_workers
from rasa.utils.common import configure_logging_and_warnings, update_sanic_log_level
from rasa.utils.io import configure_colored_logging
from rasa.utils.log_utils import configure_structlog
from sanic import Sanic

from bot.rasa.agent import load_agent
from bot.settings import DATABASE_URL

# How long a thread may hold the GIL while others wait: short, since Telegram's posts are acknowledged while messages are read.
_SWITCH_SECONDS = 0.001


def serve(model: Path, endpoints: Path, credentials: Path, interface: str, port: int) -> None:
    """Serve until the process is told to stop.

    Args:
        model: The trained model.
        endpoints: Rasa's file of endpoints.
        credentials: Rasa's file of channels.
        interface: Address to listen on.
        port: Where.
    """
    configure_logging_and_warnings(warn_only_once=True, filter_repeated_logs=True)
    configure_colored_logging(None)
    configure_structlog()
    update_sanic_log_level()
    sys.setswitchinterval(_SWITCH_SECONDS)
    available = AvailableEndpoints.read_endpoints(str(endpoints))
    app = configure_app(create_http_input_channels(None, str(credentials)), enable_api=False)

    async def load(app: Sanic, _: AbstractEventLoop) -> None:
        app.ctx.agent = await load_agent(model, available)

    app.register_listener(load, "before_server_start")
    app.register_listener(close_resources, "after_server_stop")
    app.register_listener(_close_pool, "after_server_stop")
    app.run(host=interface, port=port, workers=number_of_sanic_workers(available.lock_store))


async def _close_pool(*_: object) -> None:
    if DATABASE_URL():
        from bot.memory.postgres import pool

        await pool().close()
