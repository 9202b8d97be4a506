"""What the stores of a process have in common, whichever engine keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = tuple[Any, ...]


class StoreError(Exception):
    """A store cannot be read or written; the words say which and why."""


class StoreLocked(StoreError):
    """Another connection holds what is needed."""


class Database(Protocol):
    """Tables that are used from an event loop: every statement is a transaction of its own, and one round trip.

    Statements are in the SQL that SQLite and PostgreSQL share, with `?` for each value; all methods raise `StoreError`.

    Attributes:
        remembered: A condition with one `?`, for a conversation as Rasa calls it: that Rasa's store has it still, and keeps it
            until the statement is done. In a file, whose one process sees to that itself, it is true.
    """

    remembered: str

    async def rows(self, statement: str, *values: Any) -> list[Row]:
        """Return what a statement gives."""

    async def change(self, statement: str, *values: Any) -> int:
        """Return how many rows a statement changed."""

    async def wipe(self) -> None:
        """Overwrite what was deleted, as far as the engine does not do so by itself."""

    async def check(self) -> None:
        """Write something that changes nothing."""

    async def close(self) -> None:
        """Close once everything under way is done."""


class Cursor(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int:
        """Return how many rows were changed."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""


class SyncDatabase(Protocol):
    """The same for one thread that may wait; what it raises is `StoreError`, after which the next use connects anew."""

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Cursor:
        """Run a statement."""

    def transaction(self) -> AbstractContextManager[None]:
        """Make one transaction of the statements within."""

    def wipe(self) -> None:
        """Overwrite what was deleted, as far as the engine does not do so by itself."""

    def close(self) -> None:
        """Close; the next use opens it anew."""
