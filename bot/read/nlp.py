"""spaCy, for whoever reads sentences: it is imported here alone.

thinc, which spaCy is built on, imports TensorFlow wherever it is installed, though no pipeline here uses it; Rasa installs
it. The import took three quarters of the time of `python -m bot.generate`. TensorFlow is optional for thinc, so it is hidden
while spaCy is imported.
"""

from __future__ import annotations

import sys

_LEFT_OUT = "tensorflow"

# `None` in `sys.modules` makes an import fail; it is removed afterwards, so that a later import finds the real module.
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
