"""Session tokens: only ours, only for so long."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.channels.web.sessions import Sessions, load_secret
from bot.errors import InputError


def test_token_names_its_session() -> None:
    sessions = Sessions(b"s" * 32)
    session, token = sessions.issue()
    assert sessions.verify(token) == session


def test_tokens_are_never_alike() -> None:
    sessions = Sessions(b"s" * 32)
    assert len({sessions.issue()[0] for _ in range(1000)}) == 1000


def test_token_of_another_secret_is_refused() -> None:
    assert Sessions(b"a" * 32).verify(Sessions(b"b" * 32).issue()[1]) is None


def test_any_changed_character_is_refused() -> None:
    sessions = Sessions(b"s" * 32)
    token = sessions.issue()[1]
    for i, old in enumerate(token):
        changed = token[:i] + ("x" if old != "x" else "y") + token[i + 1 :]
        assert sessions.verify(changed) is None, changed


@pytest.mark.parametrize("bad", ["", ".", "..", "a.b.c", None, 7, [], {}, "é.é.é", "x" * 10_000, "\ud800.1.2", "a" * 24])
def test_what_is_no_token_is_refused(bad: object) -> None:
    assert Sessions(b"s" * 32).verify(bad) is None


def test_token_grows_old() -> None:
    now = 1_000_000_000.0
    sessions = Sessions(b"s" * 32, days=30, clock=lambda: now)
    token = sessions.issue()[1]
    now += 30 * 86_400 - 1
    assert sessions.verify(token)
    now += 1
    assert sessions.verify(token) is None


def test_secret_is_private_and_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEB_SECRET", raising=False)
    folder = tmp_path / "var"
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: load_secret(folder), range(8)))
    assert len(secrets) == 1
    assert len(secrets.pop()) == 64
    assert [p.name for p in folder.iterdir()] == ["web_secret"]
    assert stat.S_IMODE((folder / "web_secret").stat().st_mode) == 0o600


def test_secret_of_the_environment_wins_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_SECRET", "k" * 32)
    assert load_secret(tmp_path) == b"k" * 32
    assert list(tmp_path.iterdir()) == []


def test_short_secret_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_SECRET", "hunter2")
    with pytest.raises(InputError, match="WEB_SECRET: too short") as error:
        load_secret(tmp_path)
    assert "hunter2" not in str(error.value)
