"""The product runs without the workshop."""

from __future__ import annotations

import re

from bot.errors import ROOT


def test_nothing_of_the_bot_imports_tools() -> None:
    for folder in ("bot", "actions"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not re.search(r"\btools\.\w|(from|import) tools\b", path.read_text(encoding="utf-8")), path
