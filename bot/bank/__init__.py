"""Question bank: how people ask for each passage, and what they ask in vain."""

from bot.bank.bank import BANKS, Bank, Question, check_bank, check_off_topic, load_bank, load_banks, load_off_topic

__all__ = ["BANKS", "Bank", "Question", "check_bank", "check_off_topic", "load_bank", "load_banks", "load_off_topic"]
