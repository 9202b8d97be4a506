"""`make scale`: several workers on PostgreSQL, Redis, RabbitMQ and nginx on this machine, for trying."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from bot.run.build import VAR, RunError, exit_status, say, shown, update
from bot.run.process import is_free
from bot.run.signals import stop_like_ctrl_c
from tools.scale.engines import missing
from tools.scale.scale import Scale


def main(arguments: list[str] | None = None) -> int:
    """Bring it up, keep it up, and take it down when told to; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.scale", description=__doc__)
    parser.add_argument("--workers", type=int, default=3, help="how many workers (3)")
    parser.add_argument("--port", type=int, default=5005, help="where to open it (5005)")
    parser.add_argument("--folder", type=Path, default=VAR / "scale", help="where everything lies (var/scale)")
    options = parser.parse_args(arguments)
    stop_like_ctrl_c()
    return exit_status(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    if not 1 <= options.workers <= 16:
        raise RunError("WORKERS must be a number from 1 to 16, for instance `make scale WORKERS=2`.")
    if words := missing():
        raise RunError(words)
    if not is_free(options.port):
        raise RunError(f"port {options.port} is taken; stop what listens there, or choose another: `make scale PORT=5006`.")
    update()
    scale = Scale(options.workers, options.folder, port=options.port, say=say)
    if scale.temporary:
        say(f"the user postgres may not enter {shown(options.folder)}: all lies in {scale.folder}, and is deleted at the end.")
    with scale:
        print(f"\nReady: open http://localhost:{options.port}", flush=True)
        for part in scale.parts:
            print(f"  {part.name:<11} port {part.port:<6} process {part.pid:<8} {shown(part.log)}")
        print("Ctrl-C stops all of it.", flush=True)
        while True:
            time.sleep(1)
            for name in scale.mend():
                say(f"{name} had died and was started again.")


if __name__ == "__main__":
    sys.exit(main())
