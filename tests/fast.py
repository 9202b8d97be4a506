"""A plugin of pytest for `make test-fast`: TensorFlow, which takes long to load and which the bot runs without, is left out."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from bot.run.light import leave_out

# spaCy's thinc asks whether it can be imported, and a stand-in would say yes.
modules: dict[str, Any] = sys.modules
modules["tensorflow"] = None
importlib.import_module("thinc.compat")
del modules["tensorflow"]
leave_out()
