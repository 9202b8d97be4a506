"""spaCy comes without what it does not need, and leaves it to others."""

import subprocess
import sys

from bot.errors import ROOT

STEPS = """
import importlib.util, sys
import bot.read.nlp
assert "tensorflow" not in sys.modules, "loaded"
assert importlib.util.find_spec("tensorflow") is not None, "hidden for good"
"""


def test_spacy_loads_no_tensorflow_and_hides_it_from_nobody() -> None:
    done = subprocess.run([sys.executable, "-c", STEPS], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
