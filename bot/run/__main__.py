"""`python -m bot.run serve|shell|train|worker`: what `make run`, `make shell` and `make train` call; one worker of several."""

from __future__ import annotations

import argparse
import shutil
import sys

from bot.errors import ROOT, InputError
from bot.run import build, worker
from bot.run.keep import keep
from bot.run.process import BotProcess, free_port
from bot.run.signals import stop_like_ctrl_c
from bot.settings import HOST, PORT

_DISK_MB = 500


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m bot.run", description=__doc__)
    parser.add_argument("command", choices=("serve", "shell", "train", "worker"))
    parser.add_argument("--port", default=PORT())
    parser.add_argument("--interface", default=HOST(), help="address to listen on")
    options = parser.parse_args(arguments)
    stop_like_ctrl_c()
    try:
        return _run(options)
    except (build.RunError, InputError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n· stopped.")
        return 0


def _run(options: argparse.Namespace) -> int:
    if not options.port.isdecimal():
        raise build.RunError(f"PORT is `{options.port}`; it must be a number, for instance `make run PORT=5006`.")
    free = shutil.disk_usage(ROOT).free // 2**20
    if free < _DISK_MB:
        raise build.RunError(f"only {free} MB are free on this disk; the bot needs {_DISK_MB}. Make room, then run this again.")
    if options.command == "worker":
        # Writes nothing into the project, which may be read-only.
        worker.become(int(options.port), options.interface)
    build.prepare()
    port = free_port() if options.command == "shell" else int(options.port)
    unit = BotProcess(port, options.interface)
    build.generate()
    build.train(force=options.command == "train")
    if options.command == "train":
        return 0
    build.say("starting Rasa ...")
    with unit:
        seconds = unit.start()
        if options.command == "shell":
            from bot.run.shell import talk

            return talk(unit)
        print(f"\nReady after {seconds:.0f} s: open {unit.url}\nCtrl-C stops it.", flush=True)
        return keep(unit)


if __name__ == "__main__":
    sys.exit(main())
