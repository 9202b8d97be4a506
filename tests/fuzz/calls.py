"""Requests to every channel that listens: REST, the web and Telegram's webhook."""

from __future__ import annotations

import gzip
import itertools
import json
import string
import uuid
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.messages import json_values, texts
from tests.telegram.double import SECRET_HEADER

# So many people write over Telegram: each of them may send only so much a minute.
PEOPLE = tuple(range(810_000, 811_000))
# Those who write texts, each of which must be answered; what the others send may come to nothing.
_WRITERS, _OTHERS = PEOPLE[:700], PEOPLE[700:]
_PATHS = (
    "/webhooks/rest/webhook",
    "/webhooks/telegram/",
    "/api/session",
    "/api/message",
    "/api/feedback",
    "/api/conversation",
    "/api/history",
    "/api/start",
    "/",
)
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")
_JSON = (("Content-Type", "application/json"),)
# Telegram counts its updates: each gets its number when it is sent.
_NUMBERS = itertools.count(900_000_000)


@dataclass(frozen=True)
class Target:
    """Where a bot listens.

    Attributes:
        url: Of the server.
        token: Of a web session.
        hook: Telegram's webhook; empty: none.
        secret: What Telegram's posts carry.
    """

    url: str
    token: str
    hook: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Call:
    """One request.

    Attributes:
        method: HTTP method.
        url: Where to.
        body: What is sent.
        update: What is sent instead, as an update with the next number.
        kind: `rest` or `web` for a message that must be answered by the
            contract, `telegram` for an update that must be taken; else `raw`.
        headers: More headers.
        chat: Of a text over Telegram that must be answered; else 0.
    """

    method: str
    url: str
    body: bytes = b""
    update: dict[str, Any] | None = None
    kind: str = "raw"
    headers: tuple[tuple[str, str], ...] = ()
    chat: int = 0

    def sent(self) -> bytes:
        """Return the body, with the number of an update in it; another one each time."""
        # The number comes last: nothing generated may take its place.
        return self.body if self.update is None else json.dumps({**self.update, "update_id": next(_NUMBERS)}).encode()


def calls(target: Target) -> st.SearchStrategy[Call]:
    """Return requests to all channels of a bot."""
    shares = {_rest: 4, _web: 3, _web_other: 1, _raw: 2, **({_telegram: 3, _hook_raw: 1} if target.hook else {})}
    kinds = [kind(target) for kind, share in shares.items() for _ in range(share)]
    # Not `one_of`, which counts each of them once.
    return st.integers(0, len(kinds) - 1).flatmap(lambda n: kinds[n])


def _rest(target: Target) -> st.SearchStrategy[Call]:
    senders = st.one_of(st.just(""), st.text(max_size=140), st.uuids().map(str))
    url = f"{target.url}/webhooks/rest/webhook"
    return st.builds(lambda t, s: _post(url, {"sender": s or uuid.uuid4().hex, "message": t}, "rest"), texts(), senders)


def _web(target: Target) -> st.SearchStrategy[Call]:
    url = f"{target.url}/api/message"
    keyed = st.builds(lambda t, k: _post(url, {"token": target.token, "text": t, "key": k}), texts(), texts())
    plain = st.builds(lambda t: _post(url, {"token": target.token, "text": t}, "web"), texts())
    return st.integers(0, 4).flatmap(lambda n: plain if n else keyed)


def _web_other(target: Target) -> st.SearchStrategy[Call]:
    """Return what else the page sends: options and feedback, most of it made up."""
    options = st.builds(
        lambda o: _post(f"{target.url}/api/message", {"token": target.token, "option": o}),
        st.one_of(texts(), st.sampled_from(("restart", "topics", "x/p1s1"))),
    )
    feedback = st.builds(
        lambda m, v, w: _post(f"{target.url}/api/feedback", {"token": target.token, "message": m, "vote": v, "word": w}),
        texts(),
        st.one_of(st.sampled_from(("", "up", "down")), texts()),
        texts(),
    )
    return st.one_of(options, feedback)


def _raw(target: Target) -> st.SearchStrategy[Call]:
    """Return requests that no page and no program of good will sends."""
    urls = st.sampled_from(_PATHS).map(lambda p: target.url + p)
    methods = st.sampled_from(_METHODS)
    fields = ("sender", "message", "token", "text", "option", "key", "metadata", "input_channel")
    bodies = st.one_of(json_values(), st.fixed_dictionaries({}, optional={k: json_values() for k in fields}))
    lost = st.text(string.ascii_letters + string.digits + "/._-%", max_size=40)
    return st.one_of(
        st.builds(_post, urls, bodies),
        st.builds(Call, methods, urls, st.binary(max_size=400)),
        st.builds(lambda u, n: Call("POST", u, b"[" * n + b"]" * n), urls, st.integers(1, 12_000)),
        st.builds(lambda u, n: Call("POST", u, b'{"message": "' + b"x" * n + b'"}'), urls, st.integers(30_000, 70_000)),
        st.builds(lambda p: Call("GET", f"{target.url}/{p}"), lost),
    )


def _telegram(target: Target) -> st.SearchStrategy[Call]:
    """Return updates as Telegram sends them: texts, buttons, all kinds of messages, and objects it has not."""
    writers, people, ids = st.sampled_from(_WRITERS), st.sampled_from(_OTHERS), st.integers(1, 10_000)

    def message(person: int, number: int, chat: dict[str, Any] | None = None, **content: Any) -> dict[str, Any]:
        sender = {"id": person, "is_bot": False, "first_name": "Ana"}
        return {"message_id": number, "date": 1, "chat": chat or {"id": person, "type": "private"}, "from": sender, **content}

    def text(person: int, number: int, words: str) -> Call:
        # Telegram has no empty texts; they are sent all the same.
        answered = person if words.strip() else 0
        return _update(target, {"message": message(person, number, text=words)}, answered)

    def other(person: int, number: int, name: str, value: Any) -> Call:
        return _update(target, {"message": message(person, number, **{name: value})})

    def edited(person: int, number: int, words: str) -> Call:
        return _update(target, {"edited_message": message(person, number, text=words)})

    def tap(person: int, number: int, data: str) -> Call:
        query = {"id": str(number), "from": {"id": person, "first_name": "Ana"}, "data": data}
        return _update(target, {"callback_query": {**query, "message": message(person, number), "chat_instance": "1"}})

    def grouped(person: int, number: int, words: str) -> Call:
        group = {"id": -person, "type": "group", "title": words}
        return _update(target, {"message": message(person, number, group, text=f"@statement_bot {words}")})

    names = (
        "sticker",
        "voice",
        "photo",
        "poll",
        "location",
        "new_chat_members",
        "migrate_to_chat_id",
        "entities",
        "reply_to_message",
    )
    fields = ("message", "edited_message", "callback_query", "my_chat_member", "channel_post", "message_id", "chat")
    taps = st.one_of(texts(), st.sampled_from(("restart", "topics", "v:1:up", "q:1:0", "x" * 64, "")))
    return st.one_of(
        st.builds(text, writers, ids, texts()),
        st.builds(other, people, ids, st.sampled_from(names), json_values()),
        st.builds(edited, people, ids, texts()),
        st.builds(tap, people, ids, taps),
        st.builds(grouped, people, ids, texts()),
        st.builds(lambda v: _update(target, v), st.dictionaries(st.sampled_from(fields), json_values(), max_size=3)),
    )


def _hook_raw(target: Target) -> st.SearchStrategy[Call]:
    """Return posts to the webhook by somebody else, or broken on their way."""
    secrets = st.one_of(st.just(target.secret), st.text(string.printable.strip(), max_size=300), st.just(""))
    bodies = st.one_of(
        st.binary(max_size=400),
        json_values().map(lambda v: json.dumps(v).encode()),
        st.integers(1, 12_000).map(lambda n: b"[" * n + b"]" * n),
        st.sampled_from((10, 2_000_000)).map(lambda n: b" " * n),
        st.just(gzip.compress(b" " * 20_000_000)),
    )
    packed = st.sampled_from(((), (("Content-Encoding", "gzip"),), (("Content-Encoding", "x"),)))

    def post(method: str, secret: str, body: bytes, more: tuple[tuple[str, str], ...]) -> Call:
        return Call(method, target.hook, body, headers=(*_JSON, *more, (SECRET_HEADER, secret)))

    return st.builds(post, st.sampled_from(("POST", "POST", "GET", "PUT")), secrets, bodies, packed)


def _update(target: Target, content: dict[str, Any], chat: int = 0) -> Call:
    headers = (*_JSON, (SECRET_HEADER, target.secret))
    return Call("POST", target.hook, update=content, kind="telegram", headers=headers, chat=chat)


def _post(url: str, body: Any, kind: str = "raw") -> Call:
    # Escaped: a lone surrogate has no other way through JSON.
    return Call("POST", url, json.dumps(body).encode(), kind=kind, headers=_JSON)
