"""What the Telegram channel says in its own name: texts by language, as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.errors import InputError
from bot.language import DEFAULT_LANGUAGE, LANGUAGES, TELEGRAM, file, languages, load


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
def load_telegram_texts(language: str = DEFAULT_LANGUAGE, folder: Path = LANGUAGES) -> TelegramTexts:
    """Load the channel's texts of a language, or the default ones where there is no such file.

    Raises:
        InputError: If the file cannot be read as texts.
    """
    path = file(language, TELEGRAM, folder)
    raw = load(path)
    try:
        return TelegramTexts(raw["language"], dict(raw["commands"]), dict(raw["said"]), dict(raw["phrases"]))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(path, f"lacks a part that the channel needs: {error}.") from error


def telegram_languages(folder: Path = LANGUAGES) -> list[str]:
    """Return the languages that the channel has texts for, the default one first."""
    return languages(TELEGRAM, folder)
