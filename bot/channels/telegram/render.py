"""Turn a reply of the bot into Telegram messages: HTML, buttons, never over the limit.

A reply is a list of runs: text of one kind each. Markup is added at the very
end, so that neither escaping nor splitting can cut an entity in two.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import quote as percent

from bot.channels.telegram.texts import TelegramTexts
from bot.reply import Citation, Option, Reply

# Telegram's limit on the text of a message after its entities are parsed, in UTF-16 code units.
MAX_UNITS = 4096
MAX_BUTTON_CHARACTERS = 64

Style = Literal["", "b", "i", "blockquote", "a"]


@dataclass(frozen=True)
class Run:
    """Text of one kind.

    Attributes:
        text: Plain text.
        style: The tag it stands in; none if empty.
        href: Address of a link.
    """

    text: str
    style: Style = ""
    href: str = ""

    def html(self) -> str:
        """Return the run as Telegram's HTML."""
        inner = html.escape(self.text, quote=False)
        if not self.style or not self.text:
            return inner
        address = f' href="{html.escape(self.href)}"' if self.style == "a" else ""
        return f"<{self.style}{address}>{inner}</{self.style}>"


@dataclass(frozen=True)
class Reader:
    """Where a quote can be read in its context.

    Attributes:
        url: Public address of the bot, without a slash at the end; empty if none.
        first: Name of the document at `/reader` itself.
        titles: Of the documents by name, where there are several: each quote names its own.
    """

    url: str = ""
    first: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)

    def link(self, citation: Citation) -> str:
        """Return the address of a citation, or nothing if there is no public address."""
        if not self.url:
            return ""
        path = "" if citation.document == self.first else f"/{percent(citation.document, safe='')}"
        return f"{self.url}/reader{path}#{percent(citation.passage, safe='')}"


_NOWHERE = Reader()


def utf16_units(text: str) -> int:
    """Return the length of a text as Telegram counts it."""
    return len(text) + sum(ord(c) > 0xFFFF for c in text)


def render_reply(
    reply: Reply,
    texts: TelegramTexts,
    option_id: Callable[[str, str], str],
    reader: Reader = _NOWHERE,
    chosen: str = "",
    options_lead: str = "",
) -> list[dict[str, Any]]:
    """Return the `sendMessage` parameters for a reply of the bot.

    Args:
        reply: What the bot says.
        texts: The channel's words.
        option_id: Gives the short id of an option, from its id and its question.
        reader: Where quotes can be read in context.
        chosen: The question of the button that was tapped, shown above its answer.
        options_lead: What leads from a quote to the buttons below it.

    Returns:
        One or more messages, each with `text` and `parse_mode`; the last one
        has the buttons. Empty if the bot said nothing.
    """
    said = _blocks(reply, texts, reader, options_lead)
    if not said:
        return []
    blocks = [[Run(reply.disclosure)]] if reply.disclosure else []
    if chosen:
        blocks.append([Run(texts.say("chosen", question=chosen), "b")])
    parts = [_message("".join(run.html() for run in part)) for part in split(_join(blocks + said))]
    keyboard = _keyboard(reply.options, option_id)
    if keyboard and parts:
        parts[-1]["reply_markup"] = {"inline_keyboard": keyboard}
    return parts


def render_words(text: str) -> list[dict[str, Any]]:
    """Return the `sendMessage` parameters for words of the channel's own."""
    return [_message("".join(run.html() for run in part)) for part in split([Run(text)])]


def plain_text(markup: str) -> str:
    """Return the text of a message of ours without its markup."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def _message(markup: str) -> dict[str, Any]:
    return {"text": markup, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}


def _blocks(reply: Reply, texts: TelegramTexts, reader: Reader, options_lead: str) -> list[list[Run]]:
    blocks = [[Run(reply.lead)]] if reply.lead else []
    blocks += [_citation(c, texts, reader) for c in reply.citations]
    if reply.notes:
        blocks.append([Run("\n".join(reply.notes), "i")])
    if reply.nearest:
        if reply.nearest_lead:
            blocks.append([Run(reply.nearest_lead)])
        blocks.append(_citation(reply.nearest, texts, reader))
    # Without a quote, the lead itself is what leads to the buttons.
    if options_lead and reply.options and (reply.nearest or reply.citations):
        blocks.append([Run(options_lead)])
    return blocks


def _citation(citation: Citation, texts: TelegramTexts, reader: Reader) -> list[Run]:
    where = texts.say("where", paragraph=citation.paragraph, sentence=citation.sentence)
    title = reader.titles.get(citation.document)
    runs = [Run(citation.quote, "blockquote"), Run(f"\n{title} · {where}" if title else f"\n{where}")]
    link = reader.link(citation)
    if link:
        runs += [Run(" · "), Run(texts.say("read_in_context"), "a", link)]
    return runs


def _keyboard(options: Sequence[Option], option_id: Callable[[str, str], str]) -> list[list[dict[str, str]]]:
    return [[{"text": _clip(o.title or o.question), "callback_data": option_id(o.id, o.question)}] for o in options if o.question]


def _clip(title: str) -> str:
    return title if len(title) <= MAX_BUTTON_CHARACTERS else title[: MAX_BUTTON_CHARACTERS - 1].rstrip() + "…"


def _join(blocks: list[list[Run]]) -> list[Run]:
    runs: list[Run] = []
    for block in blocks:
        runs += ([Run("\n\n")] if runs else []) + block
    return runs


def split(runs: list[Run], limit: int = MAX_UNITS) -> list[list[Run]]:
    """Return runs in portions of at most `limit` UTF-16 units.

    A run goes to the next portion whole if it fits there; only one that fits
    nowhere is cut, at a line, a sentence, a space, or, if it has none, between
    two characters that do not belong together. Both halves keep its style.
    """
    portions: list[list[Run]] = [[]]
    room = limit
    for run in runs:
        while utf16_units(run.text) > room:
            if utf16_units(run.text) <= limit and portions[-1]:
                portions.append([])
                room = limit
                continue
            head, tail = _cut(run.text, room)
            if head:
                portions[-1].append(replace(run, text=head))
            run = replace(run, text=tail)
            portions.append([])
            room = limit
        portions[-1].append(run)
        room -= utf16_units(run.text)
    return [trimmed for trimmed in (_trim(portion) for portion in portions) if trimmed]


def _cut(text: str, room: int) -> tuple[str, str]:
    """Return a head of at most `room` units (it may be empty) and the rest."""
    fits, units = 0, 0
    for character in text:
        units += 2 if ord(character) > 0xFFFF else 1
        if units > room:
            break
        fits += 1
    window = text[:fits]
    for pattern in (r"\n", r"(?<=[.!?…”])\s", r"\s"):
        ends = [m.end() for m in re.finditer(pattern, window)]
        # A cut in the first half would make one short message and one long one.
        if ends and ends[-1] > fits // 2:
            return window[: ends[-1]].rstrip(), text[ends[-1] :].lstrip()
    while fits > 1 and fits < len(text) and _clings(text[fits - 1], text[fits]):
        fits -= 1
    return text[:fits], text[fits:]


def _clings(left: str, right: str) -> bool:
    """Tell whether two neighbours are parts of one character as people see it."""
    return left == "\u200d" or right in "\u200d\ufe0e\ufe0f\u20e3" or "\U0001f3fb" <= right <= "\U0001f3ff" or _is_mark(right)


def _is_mark(character: str) -> bool:
    return "\u0300" <= character <= "\u036f" or "\u1ab0" <= character <= "\u1aff" or "\u20d0" <= character <= "\u20ff"


def _trim(portion: list[Run]) -> list[Run]:
    """Drop blank runs at both ends: Telegram would drop the spaces anyway."""
    while portion and not portion[0].text.strip():
        portion = portion[1:]
    while portion and not portion[-1].text.strip():
        portion = portion[:-1]
    if portion:
        portion = [replace(portion[0], text=portion[0].text.lstrip()), *portion[1:]]
        portion = [*portion[:-1], replace(portion[-1], text=portion[-1].text.rstrip())]
    return portion
