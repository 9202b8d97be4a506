"""The whole, brought up once for all tests that hurt it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scale.faults import SETTINGS
from tools.scale.engines import missing
from tools.scale.scale import Scale


@pytest.fixture(scope="package")
def whole(slow: None, request: pytest.FixtureRequest) -> Iterator[Scale]:
    """Two workers on all engines behind nginx, for the tests of this folder; skipped where the engines are not installed."""
    if words := missing():
        pytest.skip(words)
    request.getfixturevalue("model")
    with Scale(2, settings=SETTINGS) as scale:
        yield scale
