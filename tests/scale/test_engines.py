"""The private engines and the whole: they start, answer, can be hurt, and leave no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import ROOT
from bot.run.build import RunError, environment
from tools.scale import part
from tools.scale.engines import Engine, Nginx, Postgres, RabbitMQ, Redis, missing
from tools.scale.part import MARK, free_ports
from tools.scale.scale import Scale

ENGINES = [Postgres, Redis, RabbitMQ, Nginx]


@pytest.fixture(scope="session")
def engines(slow: None) -> None:
    """Skip where the engines are not installed."""
    if words := missing():
        pytest.skip(words)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL may enter as another user, which pytest's is not; no process may be left in it."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name).resolve()
        path.chmod(0o711)
        yield path
        assert left(path) == []


def left(folder: Path) -> list[str]:
    """Return the processes that stand in a folder, or were started for it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                marked = f"{MARK}={folder}".encode() in (entry / "environ").read_bytes()
                if marked or (entry / "cwd").resolve().is_relative_to(folder):
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
    return found


def make(kind: type[Engine], folder: Path) -> Engine:
    return Nginx(folder, free_ports(1), free_ports(1)) if kind is Nginx else kind(folder)


@pytest.mark.parametrize("kind", ENGINES)
def test_an_engine_starts_answers_stops_and_leaves_nothing(engines: None, folder: Path, kind: type[Engine]) -> None:
    engine = make(kind, folder / "part")
    with engine:
        assert engine.answers()
        assert engine.pid in engine.processes()
        assert left(folder)
    assert engine.pid is None
    assert not engine.answers()
    assert left(folder) == []


@pytest.mark.parametrize("kind", [Postgres, Redis, Nginx])
def test_an_engine_is_paused_killed_and_started_again(engines: None, folder: Path, kind: type[Engine]) -> None:
    engine = make(kind, folder / "part")
    with engine:
        url = engine.url
        engine.pause()
        assert not engine.answers()
        engine.resume()
        assert engine.answers()
        engine.kill()
        assert engine.processes() == []
        engine.start()
        engine.pause()
        assert engine.stop() < engine.stop_seconds
        assert engine.restart() < engine.start_seconds
        # The same for those that have to find it again.
        assert engine.url == url


def test_one_that_was_killed_from_outside_is_known_to_have_died(engines: None, folder: Path) -> None:
    with Redis(folder / "redis") as redis:
        assert not redis.died()
        os.kill(redis.pid or 0, signal.SIGKILL)
        for _ in range(100):
            if redis.died():
                break
            time.sleep(0.02)
        assert redis.died()


def test_what_is_written_outlives_a_kill(engines: None, folder: Path) -> None:
    with Postgres(folder / "postgres") as postgres:
        assert isinstance(postgres, Postgres)
        assert postgres.query("SHOW fsync") == "on"
        postgres.query("CREATE TABLE kept AS SELECT 7 AS number")
        postgres.kill()
        postgres.start()
        assert postgres.query("SELECT number FROM kept") == "7"


def test_a_password_is_needed_and_lies_in_a_file_of_its_owner_alone(engines: None, folder: Path) -> None:
    with Redis(folder / "redis") as redis, Postgres(folder / "postgres") as postgres:
        assert isinstance(redis, Redis) and isinstance(postgres, Postgres)
        assert part.ask(redis.port, b"PING\r\n", b"-NOAUTH")
        (postgres.folder / "password").write_text("wrong")
        with pytest.raises(RunError, match="password authentication failed"):
            postgres.query("SELECT 1")
        for file in [*redis.folder.iterdir(), *postgres.folder.iterdir()]:
            if file.name in ("password", "redis.conf", "initial-password"):
                assert file.stat().st_mode & 0o077 == 0, file


def test_a_second_one_in_the_same_folder_is_refused_and_harms_nothing(engines: None, folder: Path) -> None:
    with Redis(folder / "redis") as redis:
        with pytest.raises(RunError, match=r"Redis still runs in .* \(processes .*\); stop it with `kill \d+`\."):
            Redis(folder / "redis").start()
        assert redis.answers()


def test_a_taken_port_is_told(engines: None, folder: Path) -> None:
    with (
        Redis(folder / "one") as redis,
        pytest.raises(RunError, match=f"^port {redis.port} of Redis is taken; stop what listens there, or choose another.$"),
    ):
        Redis(folder / "two", redis.port).start()


@pytest.mark.parametrize("kind", ENGINES)
def test_a_missing_engine_is_told_in_one_sentence(kind: type[Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(part, "BESIDE", ())
    with pytest.raises(RunError) as told:
        make(kind, tmp_path / "part").start()
    assert str(told.value).endswith(f": `apt-get install --no-install-recommends {kind.package}`.")
    assert "\n" not in str(told.value)
    assert missing() == (
        "not installed: PostgreSQL, Redis, RabbitMQ, nginx: "
        "`apt-get install --no-install-recommends postgresql redis-server rabbitmq-server nginx-light`."
    )


def test_one_that_does_not_start_says_why_and_leaves_nothing(engines: None, folder: Path) -> None:
    with Postgres(folder / "postgres"):
        pass
    (folder / "postgres" / "data" / "postgresql.conf").write_text("nonsense = 1\n")
    with pytest.raises(RunError, match=r"(?s)PostgreSQL ended \(status 1\); see .*unrecognized configuration parameter"):
        Postgres(folder / "postgres").start()
    assert left(folder) == []


def test_a_part_that_fails_takes_the_others_down(engines: None, model: None, folder: Path) -> None:
    scale = Scale(1, folder, rabbitmq=False, settings={"WEB_SECRET": "short"})
    with pytest.raises(RunError, match=r"(?s)worker ended \(status 1\).*WEB_SECRET: too short"):
        scale.start()
    assert left(folder) == []


@pytest.fixture
def launched(engines: None, model: None, folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`make scale` with one worker, and the port where it will be."""
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "tools.scale", "--workers", "1", "--port", str(port), "--folder", str(folder / "all")]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(TELEGRAM_BOT_TOKEN=""),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Python leaves an interruption ignored that was so before, as in a shell's background.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    yield process, port
    process.kill()
    process.wait()


def until(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line)
        if words in line:
            return
    raise AssertionError("".join(said))


def test_ctrl_c_while_it_starts_ends_all_of_it(launched: tuple[subprocess.Popen[str], int], folder: Path) -> None:
    process, _ = launched
    until(process, "tables ...")
    assert left(folder)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert left(folder) == []


def test_it_is_brought_up_mended_and_ended(launched: tuple[subprocess.Popen[str], int], folder: Path) -> None:
    process, port = launched
    until(process, f"Ready: open http://localhost:{port}")
    until(process, "Ctrl-C stops all of it.")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
        assert answer.status == 200
    second = Scale(1, folder / "all")
    if not second.temporary:
        with pytest.raises(RunError, match="it runs already in"):
            second.start()
    redis = Redis(folder / "all" / "redis").processes()[0]
    os.kill(redis, signal.SIGKILL)
    until(process, "Redis had died and was started again.")
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert left(folder) == []
