"""What the Telegram channel says in its own name: texts by language, as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.errors import InputError
from bot.texts import DEFAULT_LANGUAGE, TEXTS


@dataclass(frozen=True)
class TelegramTexts:
    """The channel's words in one language.

    Attributes:
        language: Two-letter code.
        commands: Description of every command, in the order of the menu.
        said: Commands that stand for a message to the bot, with that message.
        phrases: Everything else that is said.
    """

    language: str
    commands: dict[str, str]
    said: dict[str, str]
    phrases: dict[str, str]

    def say(self, key: str, **words: str | int) -> str:
        """Return a phrase with its words filled in."""
        return self.phrases[key].format(**words)


@lru_cache(maxsize=8)
def load_telegram_texts(language: str = DEFAULT_LANGUAGE, folder: Path = TEXTS) -> TelegramTexts:
    """Load the channel's texts of a language, or the default ones where there is no such file.

    Raises:
        InputError: If the file cannot be read as texts.
    """
    path = folder / f"telegram.{language}.yml"
    if not path.is_file():
        path = folder / f"telegram.{DEFAULT_LANGUAGE}.yml"
    try:
        raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TelegramTexts(raw["language"], dict(raw["commands"]), dict(raw["said"]), dict(raw["phrases"]))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(path, "not valid YAML.", mark.line + 1 if mark else 1) from error
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(path, f"lacks a part that the channel needs: {error}.") from error


def telegram_languages(folder: Path = TEXTS) -> list[str]:
    """Return the languages that the channel has texts for, the default one first."""
    found = sorted(p.name.split(".")[1] for p in folder.glob("telegram.*.yml"))
    return sorted(found, key=lambda language: language != DEFAULT_LANGUAGE)
