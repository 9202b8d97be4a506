"""Rasa is taken by its seams: nothing of it is assigned to, and the private names that are used are these."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import ROOT

CODE = sorted(p for room in ("bot", "actions") for p in (ROOT / room).rglob("*.py"))
# Methods of Rasa's that are private and overridden: where it names a class of its own and takes no other.
OVERRIDDEN = {"BotProcessor._handle_message_with_tracker", "BotProcessor._load_model", "BotProcessor._get_action"}


def of_rasa(tree: ast.AST) -> set[str]:
    """Return the names that a module has from Rasa."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {(a.asname or a.name).split(".")[0] for a in node.names if a.name.split(".")[0] in ("rasa", "rasa_sdk")}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("rasa", "rasa_sdk"):
            names |= {a.asname or a.name for a in node.names}
    return names


def root(node: ast.expr) -> str:
    """Return the name that an attribute of an attribute belongs to."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def assigned(source: str) -> Iterator[str]:
    """Return the attributes of Rasa's names that a module assigns to or deletes."""
    tree = ast.parse(source)
    names = of_rasa(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, (ast.Store, ast.Del)) and root(node) in names:
            yield ast.unparse(node)
        sets = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("setattr", "delattr")
        if sets and root(node.args[0]) in names:
            yield ast.unparse(node)


def private(source: str) -> Iterator[str]:
    """Return the private names of Rasa's that a module imports or reaches for by a name from Rasa."""
    tree = ast.parse(source)
    names = of_rasa(tree)
    yield from (n for n in names if n.startswith("_"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and re.match("_[^_]", node.attr) and root(node) in names:
            yield ast.unparse(node)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from rasa.core.agent import Agent\nAgent.handle_message = 1", ["Agent.handle_message"]),
        ("import rasa.core.processor\nrasa.core.processor.copy = None", ["rasa.core.processor.copy"]),
        ("from rasa.core.channels import console as c\nc.x, y = 1, 2", ["c.x"]),
        ("from rasa.core.agent import Agent as A\nsetattr(A, 'x', 1)", ["setattr(A, 'x', 1)"]),
        ("from rasa.core.agent import Agent\nclass Ours(Agent):\n    def f(self):\n        self.x = 1", []),
    ],
)
def test_an_assignment_is_seen(source: str, found: list[str]) -> None:
    assert list(assigned(source)) == found


@pytest.mark.parametrize("path", CODE, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_of_rasa_is_assigned_to(path: Path) -> None:
    assert list(assigned(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", CODE, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_private_name_of_rasa_is_asked_for(path: Path) -> None:
    assert list(private(path.read_text(encoding="utf-8"))) == []


def test_the_private_methods_that_are_overridden_are_known() -> None:
    found = set()
    for file in (ROOT / "bot" / "rasa").glob("*.py"):
        module = importlib.import_module(f"bot.rasa.{file.stem}")
        for cls in (c for _, c in inspect.getmembers(module, inspect.isclass) if c.__module__ == module.__name__):
            bases = [b for b in cls.__mro__ if b.__module__.startswith("rasa.")]
            names = (n for n in vars(cls) if n.startswith("_") and not n.startswith("__"))
            found |= {f"{cls.__name__}.{n}" for n in names if any(n in vars(b) for b in bases)}
    # `_abc_impl` is Python's.
    assert {n for n in found if not n.endswith("._abc_impl")} == OVERRIDDEN


def test_endpoints_and_config_name_what_stands_here() -> None:
    for name, part in (("config.yml", "component"), ("config.yml", "policy"), ("endpoints.yml", "tracker_store")):
        assert f"bot.rasa.{part}." in (ROOT / name).read_text(encoding="utf-8")
    assert "bot.rasa.lock_store." in (ROOT / "endpoints.yml").read_text(encoding="utf-8")
