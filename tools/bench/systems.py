"""The bots side by side: ours, ours on stock seams, `rasa init` as it comes, and the floor (Rasa without its heavy parts)."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ROOT
from bot.run import build
from bot.run.build import VAR, RunError
from bot.run.process import BotProcess, free_port
from tools.bench.process import memory_mb, tree

BENCH = VAR / "bench"
START_SECONDS = 300.0
# As they come, except that nothing is sent to anybody and the logs stay readable.
_PEER_ENVIRONMENT = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
_OURS_FROM = (
    "config.yml",
    "domain.yml",
    "data",
    "bot/retrieve",
    "bot/rasa/component.py",
    "bot/bank",
    "bot/read",
    "requirements/run.txt",
)


@dataclass(frozen=True)
class Training:
    """What one training cost: seconds, and the peak of resident memory in megabytes."""

    seconds: float
    memory_mb: float


class System(ABC):
    """A bot that can be trained, started, asked over REST and stopped.

    Attributes:
        key: Names it in files.
        name: Names it in tables.
        training: What training cost; there after `prepare`.
    """

    key: str
    name: str

    def __init__(self) -> None:
        """Make the system; nothing is trained or started."""
        self.training: Training | None = None
        self.url = ""

    @abstractmethod
    def prepare(self) -> None:
        """Train, unless the same has been trained before."""

    @abstractmethod
    def start(self) -> float:
        """Start a fresh process and return the seconds to the first answer."""

    @abstractmethod
    def stop(self) -> None:
        """Stop all its processes."""

    @property
    @abstractmethod
    def pids(self) -> list[int]:
        """Return its processes."""


class Ours(System):
    """The bot as `make run` starts it; conversations in a folder of the bench."""

    key = "ours"
    name = "this bot"

    def __init__(self, **more: str) -> None:
        """Take environment variables for it."""
        super().__init__()
        self._more = more
        self._unit: BotProcess | None = None
        self.state = BENCH / "state"

    def prepare(self) -> None:
        """Bring the model of the project up to date, and time one training from nothing beside it."""
        self.update()
        self.training = _timed_training(self.key, ROOT, BENCH / "ours", _digest(_contents(ROOT, _OURS_FROM)))

    def update(self) -> None:
        """Bring the model of the project up to date, as `make run` does."""
        build.update()

    def start(self) -> float:
        """Start the bot."""
        shutil.rmtree(self.state, ignore_errors=True)
        self.state.mkdir(parents=True)
        # Rate limits out of reach, or they would be what is measured: REST counts no loopback caller, the web channel does.
        free = {"WEB_RATE_SESSION": "100000/1000000", "WEB_RATE_ADDRESS": "100000/1000000"}
        self._unit = BotProcess(free_port(), var=self.state, **{**free, "TELEGRAM_BOT_TOKEN": "", **self._more})
        # By number: `localhost` would try IPv6 first.
        self.url = f"http://127.0.0.1:{self._unit.port}"
        return self._unit.start()

    def stop(self) -> None:
        """Stop it."""
        if self._unit is not None:
            self._unit.stop()

    @property
    def pids(self) -> list[int]:
        """Return its process and children."""
        return tree([self._unit.pid]) if self._unit and self._unit.pid else []


class StockRasa(System):
    """A Rasa project of its own under `var/bench`, trained once, run by `rasa run` without anything added.

    Args:
        key: Names it in files.
        name: Names it in tables.
        make: Writes the project into an empty folder.
        fingerprint: Changes when the project would.
    """

    def __init__(self, key: str, name: str, make: Callable[[Path], None], fingerprint: str) -> None:
        """Make the system; nothing is trained or started."""
        super().__init__()
        self.key = key
        self.name = name
        self._make = make
        self._folder = BENCH / f"{key}-{fingerprint}"
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Write the project and train it, unless it is there."""
        if not (self._folder / "config.yml").is_file():
            beside = self._folder.with_suffix(".new")
            shutil.rmtree(beside, ignore_errors=True)
            beside.mkdir(parents=True)
            self._make(beside)
            beside.rename(self._folder)
        self.training = _timed_training(self.key, self._folder, self._folder, self._folder.name)

    def start(self) -> float:
        """Start `rasa run`."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        started = time.monotonic()
        command = [sys.executable, "-m", "rasa", "run", "--model", "models/bench.tar.gz", "--interface", "127.0.0.1"]
        self._process = _spawn([*command, "--port", str(port)], self._folder, self._folder / "run.log")
        while not _greeted(self.url):
            if self._process.poll() is not None:
                raise RunError(f"{self.name} ended:\n{build.tail(self._folder / 'run.log')}")
            if time.monotonic() - started > START_SECONDS:
                raise RunError(f"{self.name} gave no answer in {START_SECONDS:.0f} s.")
            time.sleep(0.2)
        return time.monotonic() - started

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    @property
    def pids(self) -> list[int]:
        """Return its process and children."""
        return tree([self._process.pid]) if self._process else []


class StockSeams(StockRasa):
    """Our component, data and actions, and everything else as Rasa has it: what `bot/rasa` spares shows against it."""

    def __init__(self) -> None:
        """Make the system; nothing is trained or started."""
        super().__init__("stock", "this bot on stock seams", _write_stock_seams, _digest(_contents(ROOT, _OURS_FROM)))
        self._actions: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start the action server and `rasa run`."""
        port = free_port()
        for file in self._folder.glob("tracker.db*"):
            file.unlink()
        _write(self._folder, {"endpoints.yml": yaml.safe_dump(stock_endpoints(port))})
        command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port)]
        self._actions = _spawn(command, self._folder, self._folder / "actions.log", SANIC_HOST="127.0.0.1")
        return super().start()

    def stop(self) -> None:
        """Stop both."""
        super().stop()
        if self._actions is not None:
            self._actions.terminate()
            self._actions.wait()

    @property
    def pids(self) -> list[int]:
        """Return both processes and their children."""
        return super().pids + (tree([self._actions.pid]) if self._actions else [])


def stock_config(root: Path) -> dict[str, Any]:
    """Return our configuration with Rasa's own policy."""
    config: dict[str, Any] = yaml.safe_load((root / "config.yml").read_text(encoding="utf-8"))
    return {**config, "policies": [{"name": "RulePolicy"}]}


def stock_endpoints(actions_port: int) -> dict[str, Any]:
    """Return endpoints with Rasa's own stores, and actions on a server of their own."""
    return {
        "action_endpoint": {"url": f"http://127.0.0.1:{actions_port}/webhook", "enable_selective_domain": True},
        "tracker_store": {"type": "SQL", "dialect": "sqlite", "db": "tracker.db"},
    }


def _write_stock_seams(folder: Path) -> None:
    for name in ("actions", "bot", "data", "domain.yml", "seeds"):
        (folder / name).symlink_to(ROOT / name)
    _write(folder, {"config.yml": yaml.safe_dump(stock_config(ROOT), sort_keys=False), "credentials.yml": "rest:\n"})


def rasa_init() -> StockRasa:
    """Return the bot that `rasa init` makes."""
    import rasa.version  # Imported here: the other commands of the bench do without.

    return StockRasa("init", "`rasa init`", _write_init, rasa.version.__version__)


def floor() -> StockRasa:
    """Return the floor: our intents, counts and logistic regression, rules, plain responses, no action server."""
    files = floor_files(ROOT)
    return StockRasa("floor", "the floor", lambda folder: _write(folder, files), _digest(files.items()))


def floor_files(root: Path) -> dict[str, str]:
    """Return the files of the floor, made from the generated data of a project.

    Args:
        root: The project.

    Returns:
        Contents by path.
    """
    nlu = {
        path.name: path.read_text(encoding="utf-8").replace("- intent: question/", "- intent: ")
        for path in sorted((root / "data" / "generated").glob("*.yml"))
    }
    nlu = {name: text for name, text in nlu.items() if "\nnlu:" in text}
    # One plain intent a passage, as a bot without retrieval has it.
    intents = sorted({i for text in nlu.values() for i in re.findall(r"^- intent: (\S+)$", text, flags=re.MULTILINE)})
    responses = {f"utter_{i}": [{"text": f"({i})"}] for i in intents}
    rules = [{"rule": i, "steps": [{"intent": i}, {"action": f"utter_{i}"}]} for i in intents]
    pipeline = [
        {"name": "WhitespaceTokenizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "LogisticRegressionClassifier"},
    ]
    contents: dict[str, Any] = {
        "config.yml": {
            "recipe": "default.v1",
            "assistant_id": "floor",
            "language": "en",
            "pipeline": pipeline,
            "policies": [{"name": "RulePolicy"}],
        },
        "domain.yml": {
            "version": "3.1",
            "intents": intents,
            "responses": responses,
            "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True},
        },
        "credentials.yml": {"rest": None},
        "endpoints.yml": {},
        "data/rules.yml": {"version": "3.1", "rules": rules},
    }
    files = {name: yaml.safe_dump(c, allow_unicode=True, sort_keys=False, width=10_000) for name, c in contents.items()}
    return files | {f"data/{name}": text for name, text in nlu.items()}


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def _write_init(folder: Path) -> None:
    build.say("making the bot of `rasa init` (it trains while it is made, kept for next time) ...")
    process = _spawn([sys.executable, "-m", "rasa", "init", "--no-prompt"], folder, folder / "init.log")
    if process.wait() != 0 or not (folder / "config.yml").is_file():
        raise RunError(f"`rasa init` failed:\n{build.tail(folder / 'init.log')}")


def _timed_training(key: str, project: Path, place: Path, fingerprint: str) -> Training:
    """Train a project from nothing into `place/models`, or return what that cost last time."""
    place.mkdir(parents=True, exist_ok=True)
    record = place / "training.json"
    if record.is_file():
        known = json.loads(record.read_text())
        if known.pop("fingerprint") == fingerprint:
            return Training(**known)
    build.say(f"training {key} (timed once, kept until its data change) ...")
    command = [sys.executable, "-m", "rasa", "train", "--force", "--fixed-model-name", "bench", "--out", str(place / "models")]
    started = time.monotonic()
    process = _spawn(command, project, place / "train.log", **(build.ENVIRONMENT if project == ROOT else {}))
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, memory_mb([process.pid], peak=True))
        time.sleep(0.25)
    if process.returncode != 0:
        raise RunError(f"training {key} failed:\n{build.tail(place / 'train.log')}")
    training = Training(round(time.monotonic() - started, 1), round(peak, 1))
    record.write_text(json.dumps({"fingerprint": fingerprint, **asdict(training)}))
    return training


def _spawn(command: list[str], folder: Path, log: Path, **more: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **_PEER_ENVIRONMENT, **more}
    with log.open("wb") as out:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _greeted(url: str) -> bool:
    body = json.dumps({"sender": f"first-{time.monotonic_ns()}", "message": "hello"}).encode()
    request = urllib.request.Request(f"{url}/webhooks/rest/webhook", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bool(json.load(answer))
    except (OSError, urllib.error.URLError, ValueError):
        return False


def _contents(root: Path, places: Iterable[str]) -> Iterable[tuple[str, str]]:
    for place in places:
        path = root / place
        for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                yield str(file.relative_to(root)), hashlib.sha256(file.read_bytes()).hexdigest()


def _digest(pairs: Iterable[tuple[str, str]]) -> str:
    return hashlib.sha256(json.dumps(sorted(pairs)).encode()).hexdigest()[:12]
