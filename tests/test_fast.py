"""`make test-fast` leaves out what uses the fixture `slow`, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot.errors import ROOT
from tests.conftest import COLLECTED

pytest_plugins = ["pytester"]

TESTS = """
import pytest

@pytest.fixture
def server(slow): ...

@pytest.fixture
def page(server): ...

@pytest.fixture
def quick(): ...

def test_alone(): ...
def test_quick(quick): ...
def test_page(page): ...
class TestServer:
    def test_it(self, server, quick): ...
"""


def test_only_what_uses_slow_is_left_out(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("from tests.conftest import pytest_collection_modifyitems, slow")
    pytester.makepyfile(TESTS)
    fast = pytester.runpytest("-m", "not slow", "-v")
    fast.assert_outcomes(passed=2, deselected=2)
    fast.stdout.fnmatch_lines(["*::test_alone PASSED*", "*::test_quick PASSED*"])
    pytester.runpytest().assert_outcomes(passed=4)


def test_no_test_of_this_run_is_marked_without_reason(request: pytest.FixtureRequest) -> None:
    for item in request.config.stash[COLLECTED]:
        assert (item.get_closest_marker("slow") is not None) == ("slow" in getattr(item, "fixturenames", ())), item.nodeid


def test_only_fixtures_ask_for_slow() -> None:
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and "slow" in [a.arg for a in node.args.args]:
                assert any("fixture" in ast.unparse(d) for d in node.decorator_list), _place(path, node)
            assert not (isinstance(node, ast.Attribute) and ast.unparse(node).endswith("mark.slow")), _place(path, node)


def _place(path: Path, node: ast.stmt | ast.expr) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"
