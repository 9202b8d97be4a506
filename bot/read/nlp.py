"""spaCy, for whoever reads sentences: it is imported here alone.

thinc, which spaCy stands on, imports TensorFlow wherever it is installed, though no pipeline here uses it; Rasa brings it
along. That was three quarters of the time of `python -m bot.generate`. An absent TensorFlow is what thinc is made for.
"""

from __future__ import annotations

import sys

_LEFT_OUT = "tensorflow"

# A module that is `None` cannot be imported; whoever needs it later in this process still finds the real one.
_hidden = _LEFT_OUT not in sys.modules
if _hidden:
    sys.modules[_LEFT_OUT] = None  # type: ignore[assignment]
try:
    import spacy
    from spacy.language import Language
    from spacy.tokens import Doc, Span, Token
finally:
    if _hidden:
        del sys.modules[_LEFT_OUT]

__all__ = ["Doc", "Language", "Span", "Token", "spacy"]
