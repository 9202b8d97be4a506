"""Where the words of a language lie: a folder each, `data/language/<code>/`, with a file for each use of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from bot.errors import ROOT, InputError

LANGUAGES = ROOT / "data" / "language"
DEFAULT_LANGUAGE = "en"

# The files of a folder: what the bot says; what the Telegram channel and the page say; moves of conversation and small talk;
# where sentences of a statement end; what retrieval and generating know of texts; how messages are taken apart; countries; where
# messages are cut (fitted).
SAID, TELEGRAM, WEB, MOVES = "said.yml", "telegram.yml", "web.yml", "moves.yml"
SENTENCES, READ, UNDERSTANDING, COUNTRIES, CUTS = "sentences.yml", "read.yml", "understanding.yml", "countries.yml", "cuts.json"
# Files that training reads directly. Moves reach it through the generated examples, and nothing is learnt from what is said.
LEARNT = (READ, UNDERSTANDING, COUNTRIES, CUTS)


def own(code: str, name: str, folder: Path = LANGUAGES) -> Path:
    """Return where a language has one of its files, be it there or not."""
    return folder / code / name


def file(code: str, name: str, folder: Path = LANGUAGES) -> Path:
    """Return a file of a language, or the default language's where it has none."""
    path = own(code, name, folder)
    return path if path.is_file() else own(DEFAULT_LANGUAGE, name, folder)


def languages(name: str, folder: Path = LANGUAGES) -> list[str]:
    """Return the codes of the languages that have a file, the default one first."""
    found = sorted(path.parent.name for path in folder.glob(f"*/{name}"))
    return sorted(found, key=lambda code: code != DEFAULT_LANGUAGE)


def load(path: Path) -> dict[str, Any]:
    """Return the content of a YAML file of a language.

    Raises:
        InputError: If it is missing, not UTF-8 or not `key: value` lines; names the line where there is one.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise InputError(path, "missing.") from error
    except UnicodeDecodeError as error:
        raise InputError(path, "not UTF-8; save it as UTF-8.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(path, "not valid YAML.", mark.line + 1 if mark else 1) from error
    if not isinstance(content, dict):
        raise InputError(path, "must be `key: value` lines.", 1)
    return content
