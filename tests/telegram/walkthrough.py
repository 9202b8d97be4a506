"""`python -m tests.telegram.walkthrough`: talk to the running bot over the wire and record it in docs/telegram.md.

Everything in the record went through the Bot API double: what people sent as
updates, what the bot sent as calls.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.telegram.conftest import start_bot
from tests.telegram.double import BOT, BotApiDouble, Person, Sent
from tests.telegram.running import ROOT, ActionServer

PAGE = ROOT / "docs" / "telegram.md"
BEGIN, END = "<!-- recorded: begin -->", "<!-- recorded: end -->"


def main() -> int:
    """Walk through, and write the record into the page between its marks."""
    with tempfile.TemporaryDirectory() as folder, BotApiDouble() as double:
        actions = ActionServer(Path(folder))
        bot = start_bot(Path(folder) / "bot", actions, double)
        try:
            bot.wait_until_up()
            walk(double)
        finally:
            bot.stop()
            actions.stop()
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        PAGE.write_text(f"{before}{BEGIN}\n\n{record(double)}\n{END}{after}", encoding="utf-8")
    return 0


def walk(double: BotApiDouble) -> None:
    """Let two people use the bot as people do."""
    ana, besa = Person(double, 21, "Ana"), Person(double, 22, "Besa")
    start = ana.asks("/start")
    ana.asks("When did Albania join NATO?")
    ana.asks("/more")
    ana.asks("/source")
    ana.asks("How many tanks does Albania have?")
    said = len(double.sent_to(ana.id))
    ana.taps(start, 3)
    ana.next_after(said)
    ana.sends(sticker={"file_id": "x", "emoji": "🙂"})
    ana.next_after(said + 1)
    ana.asks("/privacy")
    ana.asks("/delete")
    room = double.chat(-40, "group", title="Class 9b")
    ana.sends(room, new_chat_members=[BOT])
    besa.next_after(0, -40)
    besa.says("Does anybody know when Albania joined?", room)
    besa.asks(f"@{BOT['username']} when did Albania join NATO?", room)
    besa.asks("/more", room)
    ana.asks("/more", room)


def record(double: BotApiDouble) -> str:
    """Return the transcript as Markdown."""
    lines: list[str] = []
    place = ""
    titles = {b["callback_data"]: b["text"] for sent in double.sent for b in sent.buttons}
    for event in double.transcript:
        chat = event["chat"]
        where = f"In the group “{chat['title']}”" if "title" in chat else f"{chat.get('first_name', '')}, alone with the bot"
        if where != place:
            lines += [f"### {where}", ""]
            place = where
        lines += [*_said(event, titles), ""]
    taps = len(double.answered)
    typing = len(double.called("sendChatAction"))
    lines.append(
        f"Calls besides `sendMessage`: `getUpdates`, `setMyCommands`, {typing} × `sendChatAction` (typing), "
        f"{taps} × `answerCallbackQuery`. Refused by the server: {sum(c.outcome not in ('ok', '') for c in double.calls)}."
    )
    return "\n".join(lines)


def _said(event: dict[str, Any], titles: dict[str, str]) -> list[str]:
    if event["by"] != "bot":
        text = event["text"]
        if event["kind"] == "callback_query":
            return [f"**{event['by']}** taps on [ {titles[text]} ]"]
        if event["other"]:
            return [f"**{event['by']}** sends a {event['other']}"]
        return [f"**{event['by']}:** {text}" if text else f"**{event['by']}** adds the bot to the group"]
    sent: Sent = event["sent"]
    return ["**Bot:**", "", *(f"    {line}".rstrip() for line in _shown(sent))]


def _shown(sent: Sent) -> list[str]:
    """Return a message as plain lines: quotes behind a bar, links with their address, buttons in brackets."""
    raw, out, at = sent.text.encode("utf-16-le"), "", 0

    def slice_of(start: int, end: int) -> str:
        return raw[2 * start : 2 * end].decode("utf-16-le")

    for entity in sent.entities:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        inside = slice_of(start, end)
        marked = {
            "blockquote": "┃ " + inside,
            "text_link": f"{inside} <{entity.get('url')}>",
            "bold": f"*{inside}*",
            "italic": f"_{inside}_",
        }
        out += slice_of(at, start) + marked.get(entity["type"], inside)
        at = end
    out += raw[2 * at :].decode("utf-16-le")
    return out.split("\n") + [f"[ {button['text']} ]" for button in sent.buttons]


if __name__ == "__main__":
    sys.exit(main())
