"""Session ids that the server issues and signs, so that no other can be made up."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bot.memory.sqlite import private_folder
from bot.settings import WEB_SECRET


class Sessions:
    """Issues and checks tokens of the form `session.issued.signature`.

    Args:
        secret: Key of the signature.
        days: Days for which a token is good.
        clock: Seconds since 1970; replaced in tests.
    """

    def __init__(self, secret: bytes, days: int = 30, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._seconds = days * 86_400
        self._clock = clock

    def issue(self) -> tuple[str, str]:
        """Return a new session id (144 random bits) and its token."""
        session = secrets.token_urlsafe(18)
        issued = f"{int(self._clock()):x}"
        return session, f"{session}.{issued}.{self._signature(session, issued)}"

    def verify(self, token: object) -> str | None:
        """Return the session of a token; `None` if it is not ours or too old."""
        if not isinstance(token, str) or len(token) > 200 or not token.isascii():
            return None
        session, _, rest = token.partition(".")
        issued, _, signature = rest.partition(".")
        if not hmac.compare_digest(self._signature(session, issued), signature):
            return None
        # Only what was signed is parsed, so `issued` is a number here.
        return session if self._clock() - int(issued, 16) < self._seconds else None

    def _signature(self, session: str, issued: str) -> str:
        mac = hmac.new(self._secret, f"web-session-1:{session}.{issued}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(mac.digest()).rstrip(b"=").decode()


def load_secret(folder: Path) -> bytes:
    """Return the key that signs sessions.

    Args:
        folder: Keeps the key, readable by its owner only, when `WEB_SECRET`
            is not set; made if it does not exist.

    Returns:
        The value of `WEB_SECRET`, or the random key of this installation.

    Raises:
        InputError: If `WEB_SECRET` is too short to be one.
    """
    given = WEB_SECRET()
    if given:
        return given.encode()
    private_folder(folder)
    path = folder / "web_secret"
    if not path.exists():
        # A finished file is linked into place: whoever comes second uses the first one's key.
        handle, name = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(32).encode())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
        Path(name).unlink()
    path.chmod(0o600)
    return path.read_bytes().strip()
