"""PostgreSQL, Redis, RabbitMQ and nginx as private instances: own folder, own ports of loopback, own passwords."""

from __future__ import annotations

import os
import pwd
import secrets
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bot.errors import ROOT
from bot.run.build import RunError, environment, shown, tail
from tools.scale.part import LOOPBACK, Part, ask, free_ports, program

SITE = ROOT / "deploy" / "nginx" / "albania-nato.conf"
_USER = "bot"


def missing() -> str:
    """Return in one sentence which engines are not installed and how to get them; nothing if all are."""
    packages = []
    for engine in (Postgres, Redis, RabbitMQ, Nginx):
        try:
            program(engine.needs, engine.name, engine.package)
        except RunError:
            packages.append((engine.name, engine.package))
    if not packages:
        return ""
    names = ", ".join(name for name, _ in packages)
    return f"not installed: {names}: `apt-get install --no-install-recommends {' '.join(p for _, p in packages)}`."


class Engine(Part):
    """A part that comes from a package of Debian."""

    # The program that tells whether it is installed.
    needs = ""

    def find(self, name: str) -> str:
        """Return where one of its programs is, or raise a `RunError` that says how to get it."""
        return program(name, self.name, self.package)

    @property
    def password(self) -> str:
        """Return its password: random, and kept in its folder for the next start."""
        return kept_secret(self.folder / "password")


class Postgres(Engine):
    """PostgreSQL, with a database `bot` and fsync on; it writes nothing outside of its folder and has no Unix socket."""

    name = "PostgreSQL"
    package = "postgresql"
    needs = "initdb"
    programs = ("postgres",)
    # Fast shutdown: connections are closed, not waited for.
    stop_signal = signal.SIGINT

    @property
    def url(self) -> str:
        """Return the database's address."""
        return f"postgresql://{_USER}:{self.password}@{LOOPBACK}:{self.port}/{_USER}"

    @property
    def data(self) -> Path:
        """Return the folder of the data."""
        return self.folder / "data"

    def identity(self) -> dict[str, object]:
        """Return the user `postgres` where we are root, as whom it refuses to run."""
        if os.geteuid():
            return {}
        user = pwd.getpwnam("postgres")
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def prepare(self) -> None:
        """Make the cluster, once."""
        initdb = self.find("initdb")
        if (self.data / "PG_VERSION").is_file():
            return
        # As the user `postgres` it has to come through.
        self.folder.chmod(0o711)
        if self.identity() and (at := closed(self.folder)):
            raise RunError(f"the user postgres, as whom PostgreSQL runs here, may not enter {at}; choose another folder.")
        self.data.mkdir(mode=0o700, exist_ok=True)
        write(self.folder / "initial-password", self.password)
        if identity := self.identity():
            for path in (self.data, self.folder / "initial-password"):
                os.chown(path, int(str(identity["user"])), int(str(identity["group"])))
        self._run(
            initdb,
            f"--pgdata={self.data}",
            f"--username={_USER}",
            f"--pwfile={self.folder / 'initial-password'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            # Of the first files only; the server's own fsync stays on.
            "--no-sync",
        )
        (self.folder / "initial-password").unlink()

    def command(self) -> list[str]:
        """Return the server with its settings."""
        settings = {"listen_addresses": LOOPBACK, "port": self.port, "unix_socket_directories": "", "log_line_prefix": "%m [%p] "}
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [self.find("postgres"), "-D", str(self.data), *options]

    def answers(self) -> bool:
        """Tell whether it takes connections."""
        command = [self.find("pg_isready"), "-q", "-t", "2", "-h", LOOPBACK, "-p", str(self.port)]
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0

    def finish(self) -> None:
        """Make the database, once."""
        if not self.query(f"SELECT 1 FROM pg_database WHERE datname = '{_USER}'", "postgres"):
            self.query(f"CREATE DATABASE {_USER}", "postgres")

    def query(self, statement: str, database: str = _USER) -> str:
        """Run one statement as the owner; returns its rows as psql prints them, fields apart by `|`.

        Raises:
            RunError: If it fails, with PostgreSQL's words.
        """
        command = [self.find("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", LOOPBACK, "-p", str(self.port), "-U", _USER]
        given = environment(PGPASSWORD=self.password, PGCONNECT_TIMEOUT="10")
        done = subprocess.run([*command, "-d", database, "-c", statement], env=given, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise RunError(f"{self.name}: {done.stderr.strip()}")
        return done.stdout.strip()

    def _run(self, *command: str) -> None:
        with self.log.open("ab") as out:
            if self.spawn(list(command), out).wait():
                raise RunError(f"{Path(command[0]).name} failed; see {shown(self.log)}. Its end:\n{tail(self.log)}")


class Redis(Engine):
    """Redis, which keeps nothing on the disk: what is in it may be lost."""

    name = "Redis"
    package = "redis-server"
    needs = "redis-server"
    programs = ("redis-server",)

    @property
    def url(self) -> str:
        """Return the address of its database 0."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def prepare(self) -> None:
        """Write its configuration."""
        self.find("redis-server")
        lines = [
            f"bind {LOOPBACK}",
            f"port {self.port}",
            f"requirepass {self.password}",
            f"dir {self.folder}",
            'save ""',
            "appendonly no",
            "maxmemory 64mb",
            "maxmemory-policy volatile-ttl",
        ]
        write(self.folder / "redis.conf", "\n".join(lines) + "\n")

    def command(self) -> list[str]:
        """Return the server with its configuration."""
        return [self.find("redis-server"), str(self.folder / "redis.conf")]

    def answers(self) -> bool:
        """Tell whether it answers PING."""
        return ask(self.port, f"AUTH {self.password}\r\nPING\r\n".encode(), b"+OK\r\n+PONG\r\n")


class RabbitMQ(Engine):
    """RabbitMQ with a node name, an Erlang port mapper and a cookie of its own, and without plugins."""

    name = "RabbitMQ"
    package = "rabbitmq-server"
    needs = "rabbitmq-server"
    programs = ("beam.smp", "epmd", "erl_child_setup", "inet_gethost")
    start_seconds = 120.0
    stop_seconds = 30.0

    def __init__(self, folder: Path, port: int = 0) -> None:
        """Choose the ports: of AMQP, of the distribution and of the port mapper."""
        super().__init__(folder, port)
        self._distribution, self._mapper = free_ports(2)
        self._epmd: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the address of its virtual host `/`."""
        return f"amqp://{_USER}:{self.password}@{LOOPBACK}:{self.port}/%2F"

    def environment(self) -> dict[str, str]:
        """Return what puts everything that it has into its folder."""
        # A `RABBITMQ_…` of the caller's is about the system's own server.
        kept = {name: value for name, value in environment().items() if not name.startswith(("RABBITMQ_", "ERL_", "NOTIFY_"))}
        return {
            **kept,
            "HOME": str(self.folder),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self._mapper),
            # The node is known by its name: with that of another port it could not read its data any more.
            "RABBITMQ_NODENAME": "scale@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            # Its script then becomes the server, and is no parent of it that has to be stopped too.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def prepare(self) -> None:
        """Write its configuration and start the port mapper, which else would stay behind as a daemon."""
        self.find("rabbitmq-server")
        lines = [
            f"default_user = {_USER}",
            f"default_pass = {self.password}",
            "vm_memory_high_watermark.absolute = 256MB",
            "disk_free_limit.absolute = 50MB",
        ]
        write(self.folder / "rabbitmq.conf", "\n".join(lines) + "\n")
        write(self.folder / "enabled_plugins", "[].\n")
        with self.log.open("ab") as out:
            self._epmd = self.spawn([self.find("epmd")], out)

    def command(self) -> list[str]:
        """Return the server."""
        return [self.find("rabbitmq-server")]

    def answers(self) -> bool:
        """Tell whether it begins a connection of AMQP 0-9-1."""
        return ask(self.port, b"AMQP\x00\x00\x09\x01", b"\x01\x00\x00")

    def kill(self) -> None:
        """End the port mapper too."""
        super().kill()
        if self._epmd:
            self._epmd.wait(self.stop_seconds)
            self._epmd = None


class Nginx(Engine):
    """nginx with the site of `deploy/nginx/`, without TLS.

    Args:
        folder: As of `Part`.
        workers: Ports of the workers on this machine.
        telegram: Ports at which they receive Telegram's posts.
        port: As of `Part`.
        trusted: Whether this machine is on the list of those whose requests are not counted.
    """

    name = "nginx"
    package = "nginx-light"
    needs = "nginx"
    programs = ("nginx",)

    def __init__(
        self, folder: Path, workers: Sequence[int], telegram: Sequence[int], port: int = 0, trusted: bool = True
    ) -> None:
        """Choose the port."""
        super().__init__(folder, port)
        self._upstreams = {"workers": workers, "telegram": telegram}
        self._trusted = trusted

    @property
    def url(self) -> str:
        """Return the address to open."""
        return f"http://{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        """Write what differs from a real installation: where it listens, who the workers are, where its files lie."""
        self.find("nginx")
        ours = self.folder / "albania-nato"
        ours.mkdir(exist_ok=True)
        for name, ports in self._upstreams.items():
            servers = "".join(f"server {LOOPBACK}:{port} max_fails=1 fail_timeout=3s;\n" for port in ports)
            write(ours / f"{name}.conf", servers)
        write(ours / "listen.conf", f"listen {LOOPBACK}:{self.port};\naccess_log {self.folder / 'access.log'} albania_nato;\n")
        write(ours / "trusted.conf", f"{LOOPBACK} 1;\n" if self._trusted else "")
        write(self.folder / "nginx.conf", self._main())

    def command(self) -> list[str]:
        """Return the server with its configuration."""
        # `-e`: it would else complain that it may not write to the system's log.
        return [self.find("nginx"), "-e", "stderr", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]

    def answers(self) -> bool:
        """Tell whether it answers, be it that no worker does."""
        # What it answers by itself.
        return ask(self.port, b"GET /metrics HTTP/1.0\r\n\r\n", b"HTTP/1.1 404 ")

    def _main(self) -> str:
        """Return the part that belongs to Debian in a real installation."""
        temporary = "".join(
            f"    {kind}_temp_path {self.folder / 'temporary'};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        return (
            # As root it would give up its rights, and then could not enter a folder of root's.
            f"{'' if os.geteuid() else 'user root;'}\n"
            "daemon off;\n"
            f"pid {self.folder / 'pid'};\n"
            "worker_processes 1;\n"
            "events { worker_connections 1024; }\n"
            "http {\n"
            f"{temporary}"
            "    access_log off;\n"
            f"    include {SITE};\n"
            "}\n"
        )


def write(path: Path, text: str) -> None:
    """Write a file that its owner alone may read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)


def kept_secret(path: Path) -> str:
    """Return a random secret of 48 characters that is kept in a file."""
    if not path.is_file():
        write(path, secrets.token_hex(24))
    return path.read_text()


def closed(folder: Path) -> Path | None:
    """Return the folder on the way to another that only its owner may enter, if there is one."""
    return next((p for p in (folder, *folder.parents) if p.exists() and not p.stat().st_mode & 0o001), None)
