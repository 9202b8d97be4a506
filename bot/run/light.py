"""Rasa without TensorFlow: `python -m bot.run.light train …` is Rasa's own command line.

Rasa imports TensorFlow whether or not a component uses it: that is more than
half of the memory of the bot and of the time until it answers. Where no
component of `config.yml` needs it, names that stand for nothing take its
place, and that of some other packages that are imported and not used. Plain
`rasa …` works as ever.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from bot.errors import ROOT

_TENSORFLOW = ("tensorflow", "keras", "jax", "tensorflow_addons", "tensorflow_text", "tensorflow_hub", "tensorflow_probability")
# Rasa's plots, its models and trackers on Amazon's servers, and its trackers in MongoDB.
_UNUSED = ("matplotlib", "boto3", "botocore", "pymongo", "bson")
LEFT_OUT = (*_TENSORFLOW, *_UNUSED)
# Components that are known to do without; our own are under `bot.`.
_WITHOUT = {
    "RulePolicy",
    "MemoizationPolicy",
    "AugmentedMemoizationPolicy",
    "WhitespaceTokenizer",
    "RegexFeaturizer",
    "CountVectorsFeaturizer",
    "KeywordIntentClassifier",
    "LogisticRegressionClassifier",
    "FallbackClassifier",
}


class LeftOut(RuntimeError):
    """Something that was left out is used after all."""


class _StandInType(type):
    """Answers whatever Rasa's modules do with names of what is left out while they are imported."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return cls

    def __call__(cls, *given: Any, **named: Any) -> Any:
        if cls is not StandIn or not _sealed:
            # As a decorator it gives back what it decorates.
            return given[0] if len(given) == 1 and callable(given[0]) and not named else cls
        raise LeftOut("TensorFlow, or a package for Rasa's other stores, was left out and is used; start with `rasa` instead.")

    def __getitem__(cls, item: Any) -> Any:
        return cls

    def __or__(cls, other: Any) -> Any:
        return cls

    def __iter__(cls) -> Iterator[Any]:
        return iter(())


class StandIn(metaclass=_StandInType):
    """Stands for any class, function or value of what is left out."""


_sealed = False


class _StandInModule(ModuleType):
    __path__: list[str] = []  # noqa: RUF012  (what makes a module a package)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name.split(".", 1)[0] not in LEFT_OUT:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _StandInModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module empty."""


def does_without(config: Path = ROOT / "config.yml") -> bool:
    """Tell whether every component and policy of a configuration is known to do without TensorFlow."""
    given = yaml.safe_load(config.read_text(encoding="utf-8")) if config.is_file() else {}
    # An empty part means Rasa's own suggestion, which is TensorFlow throughout.
    parts = [given.get("pipeline"), given.get("policies")]
    names = [str(c.get("name", "")) for part in parts for c in part or [{}]]
    return all(name.startswith("bot.") or name in _WITHOUT for name in names)


def leave_out() -> None:
    """Put stand-ins in the place of `LEFT_OUT`, for everything that is imported from now on."""
    sys.meta_path.insert(0, _Finder())


def seal() -> None:
    """From now on calling a stand-in is an error that says what to do."""
    global _sealed
    _sealed = True


def import_rasa() -> None:
    """Import Rasa, without TensorFlow if no component needs it."""
    if does_without():
        leave_out()
        # What a server imports; everything has been defined once these are there.
        import rasa.core.run
        import rasa.engine.recipes.default_components  # noqa: F401

        seal()


def main() -> None:
    """Run Rasa's command line with the arguments of this one."""
    import_rasa()
    from rasa.__main__ import main as rasa_main

    rasa_main()


if __name__ == "__main__":
    main()
