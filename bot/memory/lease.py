"""Leases: what only one worker does at a time, decided by PostgreSQL and its clock.

Whoever takes a lease holds it under a new random name, and renews it under that name only. So a worker that was stopped
while others held the lease in between learns that it lost it, even if it is free again by then.
"""

from __future__ import annotations

import secrets
import time

from bot.memory.store import Database, SyncDatabase
from bot.settings import DATABASE_URL

LEASE_SECONDS = 10.0
# How often a holder renews its lease: twice may fail.
RENEW_EVERY = 3.0

_UNTIL = f"clock_timestamp() + interval '{LEASE_SECONDS:g} seconds'"
_TAKE = (
    f"INSERT INTO leases (name, holder, until) VALUES (?, ?, {_UNTIL})"
    " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE leases.until < clock_timestamp()"
)
# Also past its end: as long as the name stands there, nobody else has held it since.
_RENEW = f"UPDATE leases SET until = {_UNTIL} WHERE name = ? AND holder = ?"
_GIVE_BACK = "DELETE FROM leases WHERE name = ? AND holder = ?"
# How much longer a lease must last for what is done on the condition that it is held: time to do it.
MARGIN_SECONDS = 2.0
# To make a statement depend on a lease: whether it is held for that long yet; its values are name and holder.
HELD = (
    "EXISTS (SELECT 1 FROM leases WHERE name = ? AND holder = ?"
    f" AND until > clock_timestamp() + interval '{MARGIN_SECONDS:g} seconds')"
)


class Lease:
    """A lease, from an event loop.

    Args:
        database: PostgreSQL; None where there is only one process, which then always holds it.
        name: What it is for.

    Attributes:
        holder: Under which name it is held; empty if it is not, as far as is known.
    """

    def __init__(self, database: Database | None, name: str) -> None:
        self._database = database
        self._name = name
        self.holder = ""

    async def hold(self) -> bool:
        """Take or renew it; tell whether it is held now, which lasts for `LEASE_SECONDS`; raises `StoreError`."""
        if self._database is None:
            return True
        if self.holder and await self._database.change(_RENEW, self._name, self.holder):
            return True
        self.holder = ""
        holder = secrets.token_hex(8)
        if await self._database.change(_TAKE, self._name, holder):
            self.holder = holder
        return bool(self.holder)

    async def release(self) -> None:
        """Give it back if it is held: then another takes it at once; raises `StoreError`."""
        holder, self.holder = self.holder, ""
        if self._database is not None and holder:
            await self._database.change(_GIVE_BACK, self._name, holder)


class SyncLease:
    """A lease, from a thread that may wait.

    Args:
        database: PostgreSQL.
        name: What it is for.

    Attributes:
        holder: Under which name it was last taken, or tried to be.
        until: By `time.monotonic`, a while (`MARGIN_SECONDS`) before another can take it.
    """

    def __init__(self, database: SyncDatabase, name: str) -> None:
        self._database = database
        self.name = name
        self.holder = ""
        self.until = 0.0

    def take(self) -> bool:
        """Take it if nobody holds it; raises `StoreError`."""
        self.holder = secrets.token_hex(8)
        return self._lasts(_TAKE)

    def renew(self) -> bool:
        """Renew it; tell whether it has been ours since it was taken; raises `StoreError`."""
        return self._lasts(_RENEW)

    def _lasts(self, statement: str) -> bool:
        # Counted from before: the database's ten seconds begin later.
        until = time.monotonic() + LEASE_SECONDS - MARGIN_SECONDS
        done = self._database.execute(statement, (self.name, self.holder)).rowcount > 0
        self.until = until if done else 0.0
        return done

    def release(self) -> None:
        """Give it back if it is held: then another takes it at once; raises `StoreError`."""
        self._database.execute(_GIVE_BACK, (self.name, self.holder))


def lease(name: str) -> Lease:
    """Return a lease as the settings ask for it: in PostgreSQL where `DATABASE_URL` is set, else always held."""
    if not DATABASE_URL():
        return Lease(None, name)
    from bot.memory.postgres import PostgresDatabase, pool

    return Lease(PostgresDatabase(pool()), name)
