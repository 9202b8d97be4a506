"""`python -m bot.run.server`: the bot as `make run` starts it, in one process."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.errors import ROOT
from bot.run.build import model_path
from bot.run.light import import_rasa
from bot.settings import ENDPOINTS, HOST, PORT


def main() -> None:
    """Serve until the process is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m bot.run.server", description=__doc__)
    parser.add_argument("--model", type=Path, default=model_path())
    parser.add_argument("--endpoints", type=Path, default=ENDPOINTS())
    parser.add_argument("--credentials", type=Path, default=ROOT / "credentials.yml")
    parser.add_argument("--interface", default=HOST())
    parser.add_argument("--port", type=int, default=int(PORT()))
    options = parser.parse_args()
    import_rasa()
    from bot.rasa.server import serve

    serve(options.model, options.endpoints, options.credentials, options.interface, options.port)


if __name__ == "__main__":
    main()
