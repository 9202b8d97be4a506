"""The listener of the trained model, for measuring."""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path

import joblib

from bot.run.build import model_path
from bot.understand.listener import Listener

LISTENER_FILE = "listener.joblib"


def load_listener() -> Listener:
    """Return the listener of the trained model.

    Raises:
        TypeError: If the model holds none.
    """
    with tarfile.open(model_path()) as archive, tempfile.TemporaryDirectory() as folder:
        member = next(m for m in archive.getmembers() if m.name.endswith(LISTENER_FILE))
        archive.extract(member, folder)
        listener = joblib.load(Path(folder) / member.name)
    if not isinstance(listener, Listener):
        raise TypeError(f"{model_path()} holds no listener; run `make train`")
    return listener
