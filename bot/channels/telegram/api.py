"""The Bot API over HTTP: one call, its errors in our words, the token in none of them.

aiohttp's exceptions carry the address of the request, and the address carries
the token. So every exception that leaves this module is one of its own, raised
`from None`, and names the method only.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import time
from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter

CALL_SECONDS = 30.0

# Errors of making the connection, when nothing has been sent. `ServerTimeoutError`
# comes only from `sock_connect` here, since no read timeout is set.
_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError)


class TelegramError(Exception):
    """Telegram said no.

    Args:
        method: The Bot API method.
        code: Its error code, for instance 400.
        description: Its words.
        parameters: `retry_after` (seconds), `migrate_to_chat_id`, or nothing.
    """

    def __init__(self, method: str, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        """Keep Telegram's answer."""
        super().__init__(f"{method}: {code} {description}")
        self.method = method
        self.code = code
        self.description = description
        self.parameters = parameters or {}

    @property
    def retry_after(self) -> float:
        """Seconds that Telegram wants to be left alone; 0 if it did not say."""
        try:
            return max(0.0, float(self.parameters.get("retry_after", 0)))
        except (TypeError, ValueError):
            return 0.0

    def says(self, *words: str) -> bool:
        """Tell whether the description contains one of `words`, in any case of letters."""
        return any(word in self.description.lower() for word in words)


class TelegramUnreachable(Exception):
    """The call brought no answer: connection refused, lost, or too slow.

    Args:
        method: The Bot API method.
        why: A few words; never an address.
        sent: Whether Telegram may have received and carried out the call.
    """

    def __init__(self, method: str, why: str, sent: bool) -> None:
        """Compose the sentence."""
        super().__init__(f"{method}: {why}")
        self.method = method
        self.sent = sent


class TokenMalformed(ValueError):
    """The token is not of the form that Telegram gives out."""


class _Body(aiohttp.BytesPayload):
    """The parameters of a call, not sent after a certain time: a connection may be long in coming, a process may be stopped.

    Args:
        fields: The parameters.
        until: Latest time, by `time.monotonic`.

    Attributes:
        late: Whether it was too late.
    """

    def __init__(self, fields: dict[str, Any], until: float) -> None:
        super().__init__(json.dumps(fields).encode(), content_type="application/json")
        self._until = until
        self.late = False

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write it to a connection."""
        self.late = time.monotonic() > self._until
        if self.late:
            raise TimeoutError
        await super().write(writer)


class TelegramApi:
    """A client of one bot at one Bot API server.

    Args:
        token: The bot's token, `<digits>:<letters>`.
        url: Address of the Bot API server, without the token.

    Raises:
        TokenMalformed: If the token cannot be one; the message does not show it.
    """

    def __init__(self, token: str, url: str) -> None:
        """Check the token; nothing is sent yet."""
        if not re.fullmatch(r"\d{1,20}:[A-Za-z0-9_-]{1,100}", token):
            raise TokenMalformed("it should be digits, a colon, then letters, digits, - and _")
        self._base = f"{url.rstrip('/')}/bot{token}/"
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        """Return a name without the token."""
        return "TelegramApi(…)"

    async def open(self) -> None:
        """Open the connection pool, on the running loop."""
        # Idle connections are dropped early: a server that closes one just as it
        # is used again leaves us unsure whether a message was sent.
        connector = aiohttp.TCPConnector(limit=64, keepalive_timeout=10)
        self._session = aiohttp.ClientSession(connector=connector, trust_env=True)

    async def close(self) -> None:
        """Close the connection pool."""
        if self._session is not None:
            await self._session.close()

    async def call(self, method: str, seconds: float = CALL_SECONDS, until: float = math.inf, **fields: Any) -> Any:
        """Call a method once.

        Args:
            method: Name of the Bot API method.
            seconds: Longest wait for the answer.
            until: Latest time, by `time.monotonic`, to hand it over to the network.
            **fields: Its parameters; those that are None are left out.

        Returns:
            The `result` of the answer.

        Raises:
            TelegramError: If Telegram refused.
            TelegramUnreachable: If no answer came.
        """
        assert self._session is not None, "open() comes first"
        body = _Body({name: value for name, value in fields.items() if value is not None}, until)
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=10)
        status = 0
        try:
            async with self._session.post(self._base + method, data=body, timeout=timeout, allow_redirects=False) as response:
                status = response.status
                raw = await response.read()
        except _NOT_SENT:
            raise TelegramUnreachable(method, "cannot connect", sent=False) from None
        except asyncio.TimeoutError:
            raise TelegramUnreachable(method, "no answer in time", sent=True) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if body.late:
                raise TelegramUnreachable(method, "too late to send it", sent=False) from None
            raise TelegramUnreachable(method, f"connection lost ({type(error).__name__})", sent=True) from None
        try:
            answer = json.loads(raw)
            ok = answer["ok"] is True
        except (ValueError, KeyError, TypeError):
            # A proxy's error page: whether the call went through is not known.
            raise TelegramUnreachable(method, f"answer {status} that is no Bot API answer", sent=status >= 500) from None
        if ok:
            return answer.get("result")
        code = int(answer.get("error_code") or status)
        if code >= 500:
            raise TelegramUnreachable(method, f"server error {code}", sent=True)
        raise TelegramError(method, code, str(answer.get("description", "")), answer.get("parameters"))
