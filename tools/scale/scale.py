"""The whole: engines, workers and nginx, brought up in order, mended where something dies, and taken down."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from bot.errors import ROOT
from bot.run.build import RunError, environment, shown, tail
from bot.run.signals import held
from tools.scale.engines import Nginx, Postgres, RabbitMQ, Redis, closed, kept_secret
from tools.scale.part import Part
from tools.scale.workers import Worker


class Scale:
    """PostgreSQL, Redis, RabbitMQ, workers and nginx on loopback, in one folder.

    Args:
        workers: How many.
        folder: Where everything lies, and stays for the next time; by default a temporary one, deleted at the end. Where
            we are root and the user `postgres` may not enter it, a temporary one too.
        port: Of nginx; by default a free one.
        redis: Whether there is one.
        rabbitmq: Whether there is one.
        nginx: Whether there is one; without it `url` is that of the first worker.
        trusted: Whether nginx leaves the requests of this machine uncounted.
        settings: More variables of the workers' environment.
        say: Told what is done, one line each.
    """

    def __init__(
        self,
        workers: int = 3,
        folder: Path | None = None,
        *,
        port: int = 0,
        redis: bool = True,
        rabbitmq: bool = True,
        nginx: bool = True,
        trusted: bool = True,
        settings: Mapping[str, str] | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Choose folder and ports; nothing is started yet."""
        self.temporary = folder is None or (not os.geteuid() and closed(folder.resolve()) is not None)
        self.folder = Path(tempfile.mkdtemp(prefix="scale-")) if folder is None or self.temporary else folder.resolve()
        self._say = say
        self._lock: int | None = None
        self._port, self._trusted, self._nginx = port, trusted, nginx
        self.postgres = Postgres(self.folder / "postgres")
        self.redis = Redis(self.folder / "redis") if redis else None
        self.rabbitmq = RabbitMQ(self.folder / "rabbitmq") if rabbitmq else None
        self._count, self._more = workers, dict(settings or {})
        self.workers: list[Worker] = []
        self.nginx: Nginx | None = None

    @property
    def url(self) -> str:
        """Return the address to open."""
        return self.nginx.url if self.nginx else self.workers[0].url

    @property
    def engines(self) -> list[Part]:
        """Return what the workers stand on."""
        return [part for part in (self.postgres, self.redis, self.rabbitmq) if part]

    @property
    def parts(self) -> list[Part]:
        """Return everything that runs, in the order in which it is started."""
        return [*self.engines, *self.workers, *([self.nginx] if self.nginx else [])]

    @property
    def settings(self) -> dict[str, str]:
        """Return the environment that the workers share."""
        return {
            "ENDPOINTS": "endpoints.scale.yml",
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url if self.redis else "",
            "RABBITMQ_URL": self.rabbitmq.url if self.rabbitmq else "",
            "WEB_SECRET": kept_secret(self.folder / "web-secret"),
            "WEB_PROXIES": "1" if self._nginx else "0",
            **self._more,
        }

    def start(self) -> float:
        """Bring everything up; returns the seconds until all of it answers.

        Raises:
            RunError: If something is missing or does not start; then nothing is left running.
        """
        began = time.monotonic()
        self._take_folder()
        try:
            self._start(began)
        except BaseException:
            self.stop()
            raise
        return time.monotonic() - began

    def stop(self) -> None:
        """Take everything down; an interruption on the way ends at once what is left."""
        front = [*([self.nginx] if self.nginx else []), *self.workers]
        with suppress(KeyboardInterrupt):
            # Workers first: they finish what is under way, for which they need the engines.
            for group in (front, self.engines):
                for part in group:
                    part.ask_to_stop()
                for part in group:
                    part.stop()
        with held():
            for part in self.parts:
                part.kill()
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None
            if self.temporary:
                shutil.rmtree(self.folder, ignore_errors=True)

    def mend(self) -> list[str]:
        """Start again what died since, as systemd does in a real installation; returns the names."""
        found = []
        for part in self.parts:
            if part.died():
                part.kill()
                part.start()
                found.append(part.name)
        return found

    def __enter__(self) -> Scale:
        """Bring everything up, to be taken down at the end of the block."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take everything down."""
        self.stop()

    def _start(self, began: float) -> None:
        def say(words: str) -> None:
            self._say(f"{time.monotonic() - began:5.1f} s  {words}")

        for part in self.engines:
            # Of a launcher that was killed: the folder is ours, so nobody else uses them.
            part.kill()
            if part is not self.postgres:
                part.launch()
        say("PostgreSQL ...")
        self.postgres.start()
        say("tables ...")
        self._migrate()
        self.workers = [Worker(self.folder / f"worker-{i + 1}", self.settings) for i in range(self._count)]
        for worker in self.workers:
            worker.kill()
            worker.launch()
        for part in self.engines[1:]:
            say(f"{part.name} ...")
            part.wait()
        for i, worker in enumerate(self.workers):
            say(f"worker {i + 1} ...")
            worker.wait()
        if self._nginx:
            say("nginx ...")
            ports = [w.port for w in self.workers], [w.telegram for w in self.workers]
            self.nginx = Nginx(self.folder / "nginx", *ports, port=self._port, trusted=self._trusted)
            self.nginx.kill()
            self.nginx.start()

    def _migrate(self) -> None:
        log = self.folder / "migrate.log"
        with log.open("wb") as out:
            command = [sys.executable, "-m", "bot.memory", "migrate"]
            status = subprocess.call(command, cwd=ROOT, env=environment(**self.settings), stdout=out, stderr=subprocess.STDOUT)
        if status:
            raise RunError(f"the tables were not made; see {shown(log)}. Its end:\n{tail(log)}")

    def _take_folder(self) -> None:
        """Keep others out of the folder for as long as we live."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # As the user `postgres` PostgreSQL has to come through.
        self.folder.chmod(0o711)
        self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            self._lock = None
            raise RunError(f"it runs already in {shown(self.folder)}: stop that one, or choose another folder.") from error
