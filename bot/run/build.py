"""Generate and train, each only when what it depends on has changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from bot.errors import ROOT, InputError
from bot.language import LEARNT

VAR = ROOT / "var"
MODELS = ROOT / "models"
MODEL_NAME = "albania-nato"

_GENERATED_FROM = (
    "seeds",
    "data/bank",
    "data/language",
    "bot/read",
    "bot/bank",
    "bot/generate",
    "bot/language.py",
    "bot/texts.py",
)
# Of the languages only what is learnt from: what the bot says may change without a training.
_TRAINED_FROM = (
    "data/generated",
    "data/bank",
    *(f"data/language/*/{name}" for name in LEARNT),
    "data/talks",
    "data/vectors",
    "config.yml",
    "domain.yml",
    "bot/retrieve",
    "bot/understand",
    "bot/rasa/component.py",
    "bot/rasa/policy.py",
    "bot/bank",
    "requirements/run.txt",
)

ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
    "PYTHONUNBUFFERED": "1",
    # On a small machine more threads only compete with each other.
    "OMP_NUM_THREADS": "1",
}


class RunError(Exception):
    """Something that the person at the terminal can mend; says how."""


def environment(**more: str) -> dict[str, str]:
    """Return the environment of every process that is started."""
    return {**os.environ, **ENVIRONMENT, **more}


def model_path() -> Path:
    """Return where the trained model lies."""
    return MODELS / f"{MODEL_NAME}.tar.gz"


def generate() -> None:
    """Bring the generated files up to date.

    Raises:
        RunError: If a seed or a bank is wrong; the reason has been printed.
    """
    stamp = VAR / "generated.stamp"
    before = _fingerprint((*_GENERATED_FROM, "data/generated", "domain.yml"))
    if stamp.is_file() and stamp.read_text() == before:
        return
    say("reading seeds/ and generating intents and examples ...")
    if subprocess.call([sys.executable, "-m", "bot.generate"], cwd=ROOT, env=environment()) != 0:
        raise RunError("nothing was generated; mend the file named above and run this again.")
    _write(stamp, _fingerprint((*_GENERATED_FROM, "data/generated", "domain.yml")))


def train(force: bool = False) -> None:
    """Train the model if something it is made from has changed.

    Raises:
        RunError: If training failed; its last words are part of the message.
    """
    stamp = VAR / "trained.stamp"
    current = _fingerprint(_TRAINED_FROM)
    if not force and model_path().is_file() and stamp.is_file() and stamp.read_text() == current:
        return
    say("training the model (about a minute, only when something changed) ...")
    MODELS.mkdir(exist_ok=True)
    log = VAR / "log" / "train.log"
    command = [sys.executable, "-m", "bot.run.light", "train", "--force", "--skip-validation", "--fixed-model-name", MODEL_NAME]
    started = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=out, stderr=subprocess.STDOUT)
        try:
            while process.poll() is None:
                time.sleep(0.5)
                progress(f"training ... {time.monotonic() - started:.0f} s")
        finally:
            # Ctrl-C reaches it too; whoever stops the launcher alone means both.
            process.terminate()
    progress("")
    if process.returncode != 0 or not model_path().is_file():
        raise RunError(f"training failed; the whole story is in {shown(log)}. Its end:\n{tail(log)}")
    _write(stamp, current)
    say(f"trained in {time.monotonic() - started:.0f} s.")


def update() -> None:
    """Bring everything that is made from something else up to date: folders, generated files, model."""
    prepare()
    generate()
    train()


def prepare() -> None:
    """Make the folders for what the bot keeps."""
    try:
        (VAR / "log").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"cannot make {VAR.name}/: {error.strerror}.") from error


def tail(path: Path, lines: int = 8) -> str:
    """Return the last lines of a log."""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]) if path.is_file() else ""


def shown(path: Path) -> Path:
    """Return a path as it is shown: relative to the project if it lies inside."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def exit_status(work: Callable[[], int]) -> int:
    """Do some work and return its exit status; an error that the maintainer can mend, or Ctrl-C, is told in a sentence."""
    try:
        return work()
    except (RunError, InputError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n· stopped.")
        return 130


def say(text: str) -> None:
    """Tell the person at the terminal what is being done."""
    print(f"· {text}", flush=True)


def progress(text: str) -> None:
    """Show progress in place, on a terminal only."""
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", flush=True)


def _fingerprint(places: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for path in (path for place in places for path in sorted(ROOT.glob(place))):
        for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
