"""The real pip-audit and the real npm, asking a database on this machine."""

from __future__ import annotations

import gzip
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.run.process import free_port
from tools.audit.ask import REQUIREMENTS, ask_npm, ask_pypi, install_pip_audit
from tools.audit.findings import AuditError

UV_LOCK = (REQUIREMENTS / "uv.txt",)
ADVISORY = {
    "id": "GHSA-0000-0000-0000",
    "aliases": ["CVE-2026-0001"],
    "summary": "uv does what it should not",
    "modified": "2026-11-01T00:00:00Z",
    "published": "2026-11-01T00:00:00Z",
    "affected": [
        {
            "package": {"name": "uv", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}],
        }
    ],
}


@contextmanager
def database(answer: Callable[[str, Any], Any]) -> Iterator[str]:
    """Serve what `answer` returns for a path and a posted body; 404 where it returns nothing."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            raw = gzip.decompress(raw) if self.headers.get("Content-Encoding") == "gzip" else raw
            self._send(answer(self.path, json.loads(raw)))

        def do_GET(self) -> None:
            self._send(answer(self.path, None))

        def _send(self, said: Any) -> None:
            body = json.dumps(said).encode()
            self.send_response(404 if said is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def osv(url: str) -> tuple[str, ...]:
    return ("-s", "osv", "--osv-url", f"{url}/v1/query")


@pytest.fixture(scope="module")
def pip_audit(slow: None) -> None:
    install_pip_audit()


# The bot and its page, whose built files are here, need no npm; where it is missing `make audit` says so.
needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")


def test_what_pip_audit_finds_is_read(pip_audit: None) -> None:
    def answer(_: str, asked: Any) -> Any:
        return {"vulns": [ADVISORY]} if asked["package"]["name"] == "uv" else {}

    with database(answer) as url:
        said = ask_pypi(UV_LOCK, [osv(url)])
    assert (said.silence, said.asked) == ("", 1)
    [finding] = said.findings
    assert (finding.package, finding.fixed, finding.title) == ("uv", "99.0", "uv does what it should not")
    assert set(finding.ids) == {"GHSA-0000-0000-0000", "CVE-2026-0001"}
    assert f"uv=={finding.version}" in UV_LOCK[0].read_text()


def test_all_locks_can_be_asked_about_at_once(pip_audit: None) -> None:
    with database(lambda *_: {}) as url:
        said = ask_pypi(databases=[osv(url)])
    assert (said.silence, said.findings, said.unknown) == ("", (), ())
    assert said.asked > 150


def test_where_one_database_is_silent_the_next_is_asked(pip_audit: None) -> None:
    with database(lambda *_: {}) as url:
        said = ask_pypi(UV_LOCK, [osv(f"http://127.0.0.1:{free_port()}"), osv(url)])
    assert (said.silence, said.asked) == ("", 1)


def test_databases_that_cannot_be_reached_are_told(pip_audit: None) -> None:
    with database(lambda *_: None) as url:
        said = ask_pypi(UV_LOCK, [osv(f"http://127.0.0.1:{free_port()}"), osv(url)])
    assert said.silence == "osv: no answer; osv: no answer"
    assert said.asked == 0


def test_a_lock_that_pip_audit_refuses_is_no_silence(pip_audit: None, tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("uv=nonsense\n")
    with database(lambda *_: {}) as url, pytest.raises(AuditError, match="pip-audit failed"):
        ask_pypi([lock], [osv(url)])


def test_a_tool_that_is_not_what_was_locked_is_not_installed(tmp_path: Path) -> None:
    lock = tmp_path / "audit.txt"
    lock.write_text(f"mdurl==0.1.2 --hash=sha256:{64 * '0'}\n")
    with pytest.raises(AuditError, match="could not be installed"):
        install_pip_audit(tmp_path / "home", lock)
    assert not (tmp_path / "home" / "installed").exists()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Make a folder that locks one package of npm."""
    package = {"name": "page", "version": "1.0.0", "dependencies": {"nanoid": "3.3.7"}}
    node = {"version": "3.3.7", "license": "MIT"}
    lock = {"name": "page", "version": "1.0.0", "lockfileVersion": 3, "requires": True}
    (tmp_path / "package.json").write_text(json.dumps(package))
    (tmp_path / "package-lock.json").write_text(json.dumps({**lock, "packages": {"": package, "node_modules/nanoid": node}}))
    return tmp_path


@needs_npm
def test_what_npm_finds_is_read(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    advisory = {
        "id": 1,
        "url": "https://github.com/advisories/GHSA-mwcw-c2x4-8c55",
        "title": "Predictable results in nanoid generation",
        "severity": "moderate",
        "vulnerable_versions": "<3.3.8",
    }
    versions = {v: {"name": "nanoid", "version": v} for v in ("3.3.7", "3.3.8")}

    def answer(path: str, asked: Any) -> Any:
        if path.endswith("/advisories/bulk"):
            return {"nanoid": [advisory]} if "nanoid" in asked else {}
        return {"name": "nanoid", "dist-tags": {"latest": "3.3.8"}, "versions": versions} if path == "/nanoid" else None

    with database(answer) as url:
        monkeypatch.setenv("npm_config_registry", url)
        said = ask_npm(page)
    assert said.silence == ""
    [finding] = said.findings
    assert (finding.package, finding.version, finding.ids) == ("nanoid", "3.3.7", ("GHSA-mwcw-c2x4-8c55",))
    assert finding.fixed == "a version outside <3.3.8"


@needs_npm
def test_an_npm_registry_without_advisories_is_told(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with database(lambda *_: None) as url:
        monkeypatch.setenv("npm_config_registry", url)
        said = ask_npm(page)
    assert "404" in said.silence
    assert url not in said.silence


@needs_npm
def test_an_npm_registry_that_cannot_be_reached_is_told(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("npm_config_fetch_retry_mintimeout", "10")
    said = ask_npm(page)
    assert "ECONNREFUSED" in said.silence


@needs_npm
def test_a_missing_lock_of_npm_is_no_silence(page: Path) -> None:
    (page / "package-lock.json").unlink()
    with pytest.raises(AuditError, match="lockfile"):
        ask_npm(page)
