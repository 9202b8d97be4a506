"""A part of the whole: one program with all its processes, in a folder of its own, that can be started, hurt and stopped."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from bot.run.build import RunError, environment, shown, tail
from bot.run.process import is_free
from bot.run.signals import held

LOOPBACK = "127.0.0.1"
# Names the folder of its part in the environment of every process.
MARK = "SCALE_PART"
# Where Debian's packages put programs that are not on everybody's PATH.
BESIDE = ("/usr/lib/postgresql/*/bin", "/usr/lib/rabbitmq/bin", "/usr/sbin")
_PROC = Path("/proc")
# Below the ports that the system gives to outgoing connections: one of those could take a part's port while it is down.
_PORTS = range(20_000, 32_000)
_STEP = 0.05


class Part:
    """One program, on a port of its own of loopback.

    Args:
        folder: Where it keeps what it needs, made if it is not there; what is in there from before is used again.
        port: To listen on; by default a free one.
    """

    # What people call it, the package that has it, and the names of all its processes.
    name = ""
    package = ""
    programs: tuple[str, ...] = ()
    start_seconds = 60.0
    stop_seconds = 20.0
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path, port: int = 0) -> None:
        """Choose the port; nothing is started yet."""
        self.folder = folder.resolve()
        self.port = port or free_ports(1)[0]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Return its first process; None while there is none."""
        return self._process.pid if self._process else None

    @property
    def log(self) -> Path:
        """Return the file that it writes to."""
        return self.folder / "log"

    @property
    def url(self) -> str:
        """Return the address at which others reach it, with user and password."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Make what it needs before it starts: data, configuration."""

    def command(self) -> list[str]:
        """Return the command that runs it in the foreground."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """Return the environment of its processes."""
        return environment()

    def answers(self) -> bool:
        """Tell whether it does its work now."""
        raise NotImplementedError

    def finish(self) -> None:
        """Do what can only be done once it answers."""

    def processes(self) -> list[int]:
        """Return all its processes, also those that outlived their parent or the launcher.

        A process is of this part if its environment says so; since PostgreSQL, Redis and nginx write their titles over
        theirs, also if it runs one of the part's programs in the part's folder.
        """
        found, mark = [], f"{MARK}={self.folder}".encode()
        for entry in _PROC.iterdir():
            if not entry.name.isdigit():
                continue
            # Ended meanwhile, or somebody else's: not ours.
            with suppress(OSError):
                ours = mark in (entry / "environ").read_bytes().split(b"\0")
                if not ours and (entry / "comm").read_text().strip() in self.programs:
                    ours = (entry / "cwd").resolve().is_relative_to(self.folder)
                if ours and _state(entry) != "Z":
                    found.append(int(entry.name))
        return sorted(found)

    def launch(self) -> None:
        """Start it without waiting for it.

        Raises:
            RunError: If its program is missing, its port is taken, or it still runs.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if left := self.processes():
            raise RunError(f"{self.name} still runs in {shown(self.folder)} (processes {left}); stop it with `kill {left[0]}`.")
        if not is_free(self.port):
            raise RunError(f"port {self.port} of {self.name} is taken; stop what listens there, or choose another.")
        try:
            self.prepare()
            with self.log.open("ab") as out, held():
                self._process = self.spawn(self.command(), out)
        except BaseException:
            self.kill()
            raise

    def spawn(self, command: list[str], out: object) -> subprocess.Popen[bytes]:
        """Start one of its processes, in a session of its own: Ctrl-C reaches the launcher alone, which then stops it."""
        return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
            command,
            cwd=self.cwd,
            env={**self.environment(), MARK: str(self.folder)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **self.identity(),
        )

    @property
    def cwd(self) -> Path:
        """Return the folder that its processes start in."""
        return self.folder

    def identity(self) -> dict[str, object]:
        """Return as whom its processes run, as arguments of `Popen`; nothing: as whoever starts them."""
        return {}

    def wait(self) -> None:
        """Wait until it answers.

        Raises:
            RunError: If it ends, or does not answer in time.
        """
        began = time.monotonic()
        while not self.answers():
            if self._process is None or self.died():
                status = self._process.returncode if self._process else None
                raise RunError(f"{self.name} ended (status {status}); see {shown(self.log)}. Its end:\n{tail(self.log)}")
            if time.monotonic() - began > self.start_seconds:
                raise RunError(f"{self.name} gives no answer after {self.start_seconds:.0f} s; see {shown(self.log)}.")
            time.sleep(_STEP)
        self.finish()

    def start(self) -> float:
        """Start it and wait until it answers; returns the seconds that took."""
        began = time.monotonic()
        self.launch()
        try:
            self.wait()
        except BaseException:
            self.kill()
            raise
        return time.monotonic() - began

    def ask_to_stop(self) -> None:
        """Ask it to stop, without waiting: several parts then stop at the same time."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(self.stop_signal)
            # A stopped process hears nothing.
            self._process.send_signal(signal.SIGCONT)

    def stop(self) -> float:
        """Stop it in order, and whatever is left of it after `stop_seconds` without; returns the seconds that took."""
        began = time.monotonic()
        self.resume()
        self.ask_to_stop()
        try:
            if self._process:
                self._process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self.kill()
        return time.monotonic() - began

    def died(self) -> bool:
        """Tell whether it ended although nobody stopped it."""
        return self._process is not None and self._process.poll() is not None

    def kill(self) -> None:
        """End all its processes at once, as a power cut does."""
        until = time.monotonic() + self.stop_seconds
        # Again: one that forks while we look has a child that was not seen.
        while left := self.processes():
            _send(left, signal.SIGKILL)
            self._reap()
            if time.monotonic() > until:
                raise RunError(f"{self.name} cannot be killed: processes {left}.")
            time.sleep(_STEP / 5)
        if self._process:
            # Its first thread may be a zombie, and so not be seen, while others are yet to die: until then its port is taken.
            self._process.wait(self.stop_seconds)
        self._process = None

    def _reap(self) -> None:
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_STEP)

    def pause(self) -> None:
        """Stop all its processes where they are, as a machine that hangs; connections stay open."""
        _send(self.processes(), signal.SIGSTOP)

    def resume(self) -> None:
        """Let stopped processes go on."""
        _send(self.processes(), signal.SIGCONT)

    def restart(self) -> float:
        """Stop it, if it runs, and start it with the same port and data; returns the seconds until it answers."""
        self.stop()
        return self.start()

    def __enter__(self) -> Part:
        """Start it, to be stopped at the end of the block."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop it."""
        self.stop()


def free_ports(count: int) -> list[int]:
    """Return different ports that are free on loopback and that no outgoing connection will take."""
    found: list[int] = []
    for port in random.sample(_PORTS, len(_PORTS)):
        if is_free(port, LOOPBACK):
            found.append(port)
        if len(found) == count:
            return found
    raise RunError(f"no {count} ports are free from {_PORTS.start} to {_PORTS.stop}.")


def program(name: str, part: str, package: str) -> str:
    """Return where a program is, the newest of several.

    Raises:
        RunError: If it is not installed; says what to install.
    """
    beside = [str(f) for pattern in BESIDE for f in sorted(Path("/").glob(pattern[1:]), key=_version, reverse=True)]
    # First: what Debian puts on the PATH, and into /usr/sbin, under the same names are wrappers for the system's own servers.
    path = os.pathsep.join([*beside, *os.get_exec_path()])
    found = shutil.which(name, path=path)
    if not found:
        raise RunError(f"{part} is not installed (no `{name}`): `apt-get install --no-install-recommends {package}`.")
    return found


def ask(port: int, words: bytes, expected: bytes, seconds: float = 2.0) -> bool:
    """Tell whether something on a port of loopback answers some words with bytes that begin as expected."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=seconds) as line:
            line.sendall(words)
            got = b""
            while len(got) < len(expected):
                more = line.recv(1024)
                if not more:
                    return False
                got += more
    except OSError:
        return False
    return got.startswith(expected)


def _version(folder: Path) -> list[int]:
    return [int(piece) for piece in folder.parts if piece.isdecimal()]


def _state(entry: Path) -> str:
    return (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
