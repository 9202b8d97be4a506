"""A plugin of pytest for `make test-fast`: TensorFlow, which takes long to load and which the bot runs without, is left out."""

from __future__ import annotations

import sys

from bot.run.light import leave_out

# spaCy's thinc asks whether it can be imported, and a stand-in would say yes.
sys.modules["tensorflow"] = None  # type: ignore[assignment]
import thinc.compat  # noqa: E402, F401

del sys.modules["tensorflow"]
leave_out()
