"""Messages that people, or programs that pretend to be people, could send."""

from __future__ import annotations

import json
import string
from typing import Any

from hypothesis import strategies as st

from tools.bench.load import load_questions

_PAYLOADS = (
    "/restart",
    "/session_start",
    "/back",
    '/ask_source{"last_passage": "x"}',
    '/start_over@1.0{"given": ["a"]}',
    "/ask_topics@0.2",
    "\u200b/restart",
    "\u202e/restart",
    "／restart",
    " \t\n/restart",
    "//restart",
    '/inform{"failures": 99}',
    "/utter_ask_source",
    "/action_start_over",
)
_STRINGS = (
    "{title}",
    "{0.__class__}",
    "%s%n%x",
    "'; DROP TABLE events; --",
    "<script>alert(1)</script>",
    "${7*7}",
    "{{7*7}}",
    "\x00",
    "\ufeff",
    "\ud800",
    "\U000e0001",
    "ﷺ" * 50,
    "a\u0300" * 200,
    "😀" * 300,
    "[Tirana](city)",
    '[x]{"entity": "y"}',
    "NaN",
    "null",
    "../../etc/passwd",
    "A" * 2_000,
    "A" * 2_001,
    "?" * 500,
    "and " * 300,
    "When did Albania join NATO? " * 60,
)


def texts() -> st.SearchStrategy[str]:
    """Return messages: real questions bent, payloads, known trouble, and any characters at all, lone surrogates too."""
    anything = st.text(st.characters(blacklist_categories=()), max_size=200)
    questions = st.sampled_from(load_questions())
    payloads = st.sampled_from(_PAYLOADS)
    joined = st.builds(lambda parts: " ".join(parts), st.lists(st.one_of(questions, payloads, anything), min_size=2, max_size=4))
    known = st.sampled_from(_STRINGS)
    cut = st.builds(lambda q, n: q[: n % (len(q) + 1)], questions, st.integers(0, 200))
    long = st.builds(lambda c, n: c * n, st.characters(blacklist_categories=()), st.integers(1_900, 2_100))
    named = st.builds(
        lambda n, v: f"/{n}{json.dumps({'last_passage': v})}", st.text(string.ascii_lowercase + "_", max_size=20), anything
    )
    return st.one_of(questions, payloads, known, anything, joined, cut, long, named)


def json_values() -> st.SearchStrategy[Any]:
    """Return whatever JSON can hold, a few levels deep."""
    leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts())
    return st.recursive(
        leaves, lambda v: st.one_of(st.lists(v, max_size=4), st.dictionaries(st.text(max_size=10), v, max_size=4)), max_leaves=12
    )
