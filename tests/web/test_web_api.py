"""The calls of the web channel over real HTTP."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.web.conftest import Server

MakeServer = Callable[..., Server]
ELSEWHERE = "https://elsewhere.example"


def begin(server: Server) -> dict[str, str]:
    """Return the headers of a new session."""
    answer = requests.post(f"{server.url}/api/session", json={}, timeout=10)
    assert answer.status_code == 201
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def say(server: Server, who: dict[str, str], **body: Any) -> requests.Response:
    return requests.post(f"{server.url}/api/message", json=body, headers=who, timeout=30)


def turns(server: Server, who: dict[str, str]) -> list[dict[str, Any]]:
    answer = requests.get(f"{server.url}/api/history", headers=who, timeout=10)
    assert answer.status_code == 200
    return list(answer.json()["turns"])


def test_question_is_answered_and_kept(server: Server) -> None:
    who = begin(server)
    answer = say(server, who, text="When did Albania join NATO?").json()
    assert answer["custom"]["outcome"] == "answered"
    assert answer["custom"]["citations"][0]["passage"] == "p1s1"
    assert answer["question"] == "When did Albania join NATO?"
    assert "recipient_id" not in json.dumps(answer)
    assert turns(server, who) == [answer]


def test_token_may_stand_in_the_body(server: Server) -> None:
    token = begin(server)["Authorization"].split()[1]
    assert say(server, {}, token=token, text="hello").status_code == 200


def test_option_asks_its_question(server: Server) -> None:
    start = requests.get(f"{server.url}/api/start", timeout=10).json()
    option = start["suggestions"][1]
    answer = say(server, begin(server), option=option["id"]).json()
    assert answer["question"] == option["question"]
    assert answer["custom"]["citations"][0]["passage"] == option["id"].split("/")[1]


@pytest.mark.parametrize(
    "option",
    ["/restart", "albania_in_nato/p99s1", "albania_in_nato", "", "/intent", 'albania_in_nato/p1s1{"a":1}', 7, [], {}, True],
)
def test_only_issued_options_are_accepted(server: Server, option: object) -> None:
    answer = say(server, begin(server), option=option)
    assert (answer.status_code, answer.json()["error"]) == (400, "unknown_option")


@pytest.mark.parametrize(
    "typed",
    [
        "/restart",
        "//restart",
        " /restart",
        "\u202e/restart",
        "\u200b/restart",
        "／restart",
        "/ /restart",
        "\x00/restart",
        "\ufeff/restart",
    ],
)
def test_typed_slash_is_never_an_intent(server: Server, typed: str) -> None:
    answer = say(server, begin(server), text=typed)
    assert answer.status_code == 200
    assert answer.json()["question"] == "restart"


def test_same_key_is_asked_once(server: Server) -> None:
    who = begin(server)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: say(server, who, text="slow 1", key="one").json(), range(4)))
    assert len({a["id"] for a in answers}) == 1
    assert len(turns(server, who)) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 401, "no_session"),
        (b"{", 400, "bad_request"),
        (b"[]", 400, "bad_request"),
        (b'"text"', 400, "bad_request"),
        (b"null", 400, "bad_request"),
        (b"\xff\xfe", 400, "bad_request"),
        (b"[" * 30_000, 400, "bad_request"),
        (b'{"text": "' + b"x" * 40_000 + b'"}', 413, "too_large"),
    ],
)
def test_bad_body_is_refused_in_words(server: Server, body: bytes, status: int, code: str) -> None:
    answer = requests.post(f"{server.url}/api/message", data=body, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert answer.json()["message"].endswith(".")
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "bad_request"),
        ({"text": 7}, "bad_request"),
        ({"text": None}, "bad_request"),
        ({"text": "x", "key": 7}, "bad_request"),
        ({"text": "x", "key": "k" * 65}, "bad_request"),
        ({"text": "x", "key": "k\0"}, "bad_request"),
        ({"text": ""}, "empty"),
        ({"text": " \u202e\u200b\x07 "}, "empty"),
        ({"text": "x" * 2001}, "too_long"),
        ({"text": "\ufdfa" * 2000}, "too_long"),
    ],
)
def test_bad_message_is_refused_in_words(server: Server, body: dict[str, Any], code: str) -> None:
    answer = say(server, begin(server), **body)
    assert (answer.status_code, answer.json()["error"]) == (400, code)


@pytest.mark.parametrize(
    "text", ["x" * 2000, "👩‍👩‍👧‍👦" * 20, "\ud800 lone", "a\x00b", "שלום", "\u202eevil", "İstanbul ﬁ ①", "\u200b" * 2000 + "hi"]
)
def test_odd_text_is_answered(server: Server, text: str) -> None:
    body = json.dumps({"text": text}).encode("ascii")
    answer = requests.post(f"{server.url}/api/message", data=body, headers=begin(server), timeout=10)
    assert answer.status_code == 200


def test_half_a_character_in_a_key_or_a_vote_is_no_error(server: Server) -> None:
    headers = begin(server)
    for path, body, status in (
        ("message", {"text": "hello", "key": "\ud800"}, 200),
        ("feedback", {"message": "\ud800", "vote": "up", "word": "\udfff"}, 404),
    ):
        data = json.dumps(body).encode("ascii")
        assert requests.post(f"{server.url}/api/{path}", data=data, headers=headers, timeout=10).status_code == status, path


def test_body_without_announced_length_is_cut_off(server: Server) -> None:
    def chunks() -> Any:
        for _ in range(100):
            yield b"x" * 10_000

    try:
        status = requests.post(f"{server.url}/api/message", data=chunks(), timeout=10).status_code
    except requests.ConnectionError:
        status = 413  # The server has hung up before all was sent.
    assert status == 413


def test_nobody_reads_or_writes_anothers_conversation(server: Server) -> None:
    mine, other = begin(server), begin(server)
    answer = say(server, mine, text="hello mine").json()
    assert turns(server, other) == []
    rated = requests.post(f"{server.url}/api/feedback", json={"message": answer["id"], "vote": "up"}, headers=other, timeout=10)
    assert (rated.status_code, rated.json()["error"]) == (404, "unknown_message")
    deleted = requests.delete(f"{server.url}/api/conversation", headers=other, timeout=10)
    assert deleted.json() == {"deleted": 0}
    assert len(turns(server, mine)) == 1


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "default", "web-x"])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "message"), ("GET", "history"), ("POST", "feedback"), ("DELETE", "conversation")]
)
def test_without_a_token_of_ours_nothing_goes(server: Server, method: str, path: str, token: str) -> None:
    answer = requests.request(
        method,
        f"{server.url}/api/{path}",
        json={"text": "x", "session": "x"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "no_session")


def test_feedback_is_kept_with_the_answer(server: Server) -> None:
    who = begin(server)
    answer = say(server, who, text="hello").json()
    for body in ({"vote": "down", "word": "too short"}, {"vote": "up"}):
        given = requests.post(f"{server.url}/api/feedback", json={"message": answer["id"], **body}, headers=who, timeout=10)
        assert given.status_code == 200
        (kept,) = turns(server, who)
        assert (kept["vote"], kept["word"]) == (body["vote"], body.get("word", ""))


@pytest.mark.parametrize(
    "body",
    [
        {"vote": "sideways"},
        {"vote": "up", "word": 7},
        {"vote": 1},
        {"message": 7, "vote": "up"},
        {"vote": "up", "word": "x" * 501},
    ],
)
def test_bad_feedback_is_refused(server: Server, body: dict[str, Any]) -> None:
    who = begin(server)
    message = say(server, who, text="hello").json()["id"]
    answer = requests.post(f"{server.url}/api/feedback", json={"message": message, **body}, headers=who, timeout=10)
    assert answer.status_code == 400


def test_deletion_is_for_good_and_waits_for_what_is_under_way(server: Server) -> None:
    who = begin(server)
    say(server, who, text="something private 4711")
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(say, server, who, text="slow 1 private 4712")
        time.sleep(0.3)
        assert requests.delete(f"{server.url}/api/conversation", headers=who, timeout=10).json() == {"deleted": 2}
        late.result()
    assert turns(server, who) == []
    for file in server.state.glob("conversations.db*"):
        assert b"private 471" not in file.read_bytes()


def test_errors_of_the_bot_are_told_without_a_trace(server: Server) -> None:
    who = begin(server)
    for text, status, code in (("error", 500, "failed"), ("silent", 503, "not_ready")):
        answer = say(server, who, text=text)
        assert (answer.status_code, answer.json()["error"]) == (status, code)
        assert "asked for" not in answer.text
    assert turns(server, who) == []


def test_slow_answer_is_told_and_fetched_with_its_key(make_server: MakeServer) -> None:
    server = make_server({"WEB_ANSWER_SECONDS": "1"})
    who = begin(server)
    first = say(server, who, text="slow 2", key="k")
    assert (first.status_code, first.json()["error"]) == (504, "slow")
    assert first.headers["Retry-After"] == "2"
    time.sleep(1.5)
    again = say(server, who, text="slow 2", key="k")
    assert again.status_code == 200
    assert len(turns(server, who)) == 1


def test_over_rest_the_same_is_told_in_its_own_way(make_server: MakeServer) -> None:
    server = make_server({"WEB_ANSWER_SECONDS": "1"})

    def over_rest(text: str) -> requests.Response:
        body = {"sender": "somebody", "message": text}
        return requests.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=30)

    silent = over_rest("silent")
    assert (silent.status_code, silent.json()["error"], silent.headers["Retry-After"]) == (503, "not_ready", "2")
    for text in ("slow 3", "error"):
        words, custom = over_rest(text).json()
        assert words == {"recipient_id": "somebody", "text": "Something went wrong on my side. Please ask again in a moment."}
        assert (custom["custom"]["outcome"], custom["custom"]["lead"]) == ("error", words["text"])
    assert over_rest("hello").json()[-1]["custom"]["outcome"] == "smalltalk"
    assert over_rest("plain").json() == [{"recipient_id": "somebody", "text": "Two lines, no citation."}]


def test_rate_limit_by_session_then_by_address(make_server: MakeServer) -> None:
    server = make_server({"WEB_RATE_SESSION": "3/6", "WEB_RATE_ADDRESS": "7/6"})
    who = begin(server)
    assert [say(server, who, text="hello").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = say(server, who, text="hello")
    assert refused.json()["error"] == "rate_limited"
    assert refused.json()["retry_after"] == int(refused.headers["Retry-After"]) > 0
    # One session and three messages so far, those refused not counted; another session does not help for long.
    codes = [requests.post(f"{server.url}/api/session", timeout=10).status_code for _ in range(4)]
    assert codes == [201, 201, 201, 429]


def test_address_is_the_callers_only_behind_a_known_proxy(make_server: MakeServer) -> None:
    alone, behind = make_server({"WEB_RATE_ADDRESS": "2/1"}), make_server({"WEB_RATE_ADDRESS": "2/1", "WEB_PROXIES": "1"})

    def codes(server: Server) -> list[int]:
        return [
            requests.post(
                f"{server.url}/api/session", headers={"X-Forwarded-For": f"9.9.9.9, 10.0.0.{i}"}, timeout=10
            ).status_code
            for i in range(3)
        ]

    assert codes(alone) == [201, 201, 429]
    assert codes(behind) == [201, 201, 201]


def test_conversation_survives_a_restart(make_server: MakeServer) -> None:
    server = make_server()
    who = begin(server)
    say(server, who, text="hello before")
    server.stop()
    server.start()
    assert [t["question"] for t in turns(server, who)] == ["hello before"]
    say(server, who, text="hello after")
    assert [t["question"] for t in turns(server, who)] == ["hello before", "hello after"]


def test_retention_deletes_at_start(make_server: MakeServer) -> None:
    server = make_server({"RETENTION_DAYS": "5"})
    who = begin(server)
    say(server, who, text="old")
    say(server, who, text="new")
    server.stop()
    with sqlite3.connect(server.state / "conversations.db") as db:
        db.execute("UPDATE messages SET created = ? WHERE question = 'old'", (time.time() - 5 * 86_400 - 1,))
    server.start()
    assert [t["question"] for t in turns(server, who)] == ["new"]


def test_other_origin_is_refused_unless_listed(make_server: MakeServer) -> None:
    server = make_server({"WEB_ALLOWED_ORIGINS": ELSEWHERE})
    for origin, status in (
        (ELSEWHERE, 201),
        (server.url, 201),
        ("https://evil.example", 403),
        ("null", 403),
        (ELSEWHERE + ".evil", 403),
    ):
        answer = requests.post(f"{server.url}/api/session", headers={"Origin": origin}, timeout=10)
        assert answer.status_code == status, origin
        assert answer.headers.get("Access-Control-Allow-Origin") == (ELSEWHERE if origin == ELSEWHERE else None)
        assert answer.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_preflight_follows_the_same_list(make_server: MakeServer) -> None:
    server = make_server({"WEB_ALLOWED_ORIGINS": ELSEWHERE})
    ask = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "authorization"}
    good = requests.options(f"{server.url}/api/conversation", headers={"Origin": ELSEWHERE, **ask}, timeout=10)
    assert good.ok
    assert good.headers["Access-Control-Allow-Origin"] == ELSEWHERE
    assert "DELETE" in good.headers["Access-Control-Allow-Methods"]
    assert "authorization" in good.headers["Access-Control-Allow-Headers"]
    bad = requests.options(f"{server.url}/api/conversation", headers={"Origin": "https://evil.example", **ask}, timeout=10)
    assert not {h for h in bad.headers if h.lower().startswith("access-control-allow")}


@pytest.mark.parametrize(
    "path", ["/", "/reader", "/widget.js", "/page.css", "/api/start", "/api/history", "/nowhere", "/reader/nowhere"]
)
def test_security_headers_are_on_everything(server: Server, path: str) -> None:
    headers = requests.get(server.url + path, timeout=10).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Server" not in headers


def test_no_page_tells_a_version(server: Server) -> None:
    for path in ("/", "/nowhere", "/reader"):
        assert "rasa" not in requests.get(server.url + path, timeout=10).text.lower()


def test_frames_only_for_listed_pages(make_server: MakeServer, server: Server) -> None:
    assert "frame-ancestors 'self';" in requests.get(f"{server.url}/reader", timeout=10).headers["Content-Security-Policy"]
    listed = make_server({"WEB_FRAME_ANCESTORS": "https://portal.example"})
    headers = requests.get(f"{listed.url}/reader", timeout=10).headers
    assert "frame-ancestors 'self' https://portal.example;" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers


def test_unchanged_file_is_not_sent_again(server: Server) -> None:
    first = requests.get(f"{server.url}/widget.js", timeout=10)
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    again = requests.get(f"{server.url}/widget.js", headers={"If-None-Match": first.headers["ETag"]}, timeout=10)
    assert (again.status_code, again.content) == (304, b"")


def test_logs_hold_no_words_of_people(make_server: MakeServer) -> None:
    server = make_server()
    who = begin(server)
    for text in ("secret words 4711", "error"):
        say(server, who, text=text)
    assert "4711" not in server.log()
    assert who["Authorization"].split()[1] not in server.log()
