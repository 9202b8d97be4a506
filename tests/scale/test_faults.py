"""Parts are killed and stopped in the middle of a crowd: nothing that was answered is lost, twice, mixed or out of order.

This is the short form; `python -m tests.scale` does everything that can happen to ten times as many messages.
"""

from __future__ import annotations

import pytest

from tests.scale.faults import SHORT, Fault, attempt, table
from tools.scale.scale import Scale

MESSAGES, TALKS = 200, 40


@pytest.mark.parametrize("fault", SHORT, ids=lambda fault: fault.name)
def test_every_message_is_answered_once_and_in_order(whole: Scale, fault: Fault, record_property: pytest.RecordProperty) -> None:
    trial = attempt(whole, fault, MESSAGES, TALKS)
    record_property("table", table([trial]))
    assert trial.wrong == [], table([trial])
    assert trial.verdict.sent == MESSAGES
    # A worker that dies is no fault for people: another one answers.
    if len(fault.away(whole) if fault.away else ()) == 1:
        assert trial.verdict.answered == MESSAGES
