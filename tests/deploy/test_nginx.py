"""The nginx configuration: it is valid, and does what it promises with workers that die, hang or refuse."""

from __future__ import annotations

import gzip
import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ROOT
from bot.run.build import RunError
from tools.scale.engines import SITE, Nginx
from tools.scale.part import free_ports, program

DEPLOY = ROOT / "deploy" / "nginx"


@pytest.fixture(scope="session")
def nginx(slow: None) -> str:
    """Where nginx is; without it the test is skipped."""
    try:
        return program("nginx", Nginx.name, Nginx.package)
    except RunError as error:
        pytest.skip(str(error))


class Worker(ThreadingHTTPServer):
    """Stands where a worker does: says what it got, or behaves badly as `manner` says."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.got: list[dict[str, Any]] = []
        self.manner: Callable[[_Handler], bool] = lambda _: False
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, *_: Any) -> None:
        """A caller that has gone is none."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Worker

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.got.append({"path": self.path, "body": body, "headers": dict(self.headers)})
        if not self.server.manner(self):
            self.say(200, {"port": self.server.server_port, "filler": "x" * 2_000})

    do_POST = do_DELETE = do_GET

    def say(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


def refuses(handler: _Handler) -> bool:
    handler.say(503, {"error": "not_ready", "message": "mine", "retry_after": 2})
    return True


def breaks_off(handler: _Handler) -> bool:
    handler.connection.shutdown(socket.SHUT_RDWR)
    return True


def hangs(handler: _Handler) -> bool:
    time.sleep(20)
    return True


@contextmanager
def site(workers: int = 2, trusted: bool = True) -> Iterator[tuple[Nginx, list[Worker]]]:
    """Nginx in front of some workers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        made = [Worker(port) for port in free_ports(workers)]
        for worker in made:
            stack.callback(worker.server_close)
            stack.callback(worker.shutdown)
        ports = [w.server_port for w in made]
        server = Nginx(folder, ports, ports, trusted=trusted)
        stack.enter_context(server)
        yield server, made


def call(
    server: Nginx, path: str, body: bytes | None = None, method: str | None = None, **headers: str
) -> tuple[int, bytes, Any]:
    """Return status, body and headers of an answer."""
    request = urllib.request.Request(server.url + path, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def test_the_configuration_of_make_scale_is_valid(nginx: str) -> None:
    with site() as (server, _):
        done = subprocess.run([*server.command(), "-t"], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        assert "warn" not in done.stderr


def test_the_configuration_of_a_real_installation_is_valid(nginx: str, tmp_path: Path) -> None:
    """With the nginx.conf of Debian's package, a certificate, and all files where deploy/README.md puts them."""
    debian = Path("/etc/nginx")
    if not (debian / "nginx.conf").is_file():
        pytest.skip("nginx is not that of Debian")
    etc = tmp_path / "nginx"
    shutil.copytree(debian, etc, symlinks=True)
    (etc / "sites-enabled" / "default").unlink(missing_ok=True)
    shutil.copytree(DEPLOY / "albania-nato", etc / "albania-nato")
    shutil.copy(SITE, etc / "conf.d" / "albania-nato.conf")
    shutil.copy(DEPLOY / "redirect.conf", etc / "conf.d" / "albania-nato-redirect.conf")
    temporary = [f"{kind}_temp_path {tmp_path}/temporary;" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")]
    (etc / "conf.d" / "temporary.conf").write_text("\n".join(temporary))
    names = [str(etc / "albania-nato" / name) for name in ("privkey.pem", "fullchain.pem")]
    certificate = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=bot.example.org"]
    subprocess.run([*certificate, "-keyout", names[0], "-out", names[1]], check=True, capture_output=True, timeout=60)
    # Its own folders, and ports that anybody may listen on.
    ports = dict(zip(("443", "80"), free_ports(2)))
    for file in etc.rglob("*.conf"):
        if file.is_symlink():
            continue
        text = file.read_text().replace("/etc/nginx/", f"{etc}/").replace("/var/log/nginx/", f"{tmp_path}/")
        for old, new in ports.items():
            text = text.replace(f"listen {old} ", f"listen {new} ").replace(f"listen [::]:{old} ", f"listen [::]:{new} ")
        file.write_text(text.replace("/run/nginx.pid", f"{tmp_path}/pid"))
    command = [nginx, "-t", "-e", "stderr", "-c", str(etc / "nginx.conf")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert "successful" in done.stderr


def test_the_address_of_the_caller_is_nginxs_word(nginx: str) -> None:
    with site(1) as (server, (worker,)):
        given = {"X-Forwarded-For": "6.6.6.6, 7.7.7.7", "Forwarded": "for=6.6.6.6", "Host": "bot.example.org:8000"}
        assert call(server, "/api/start", **given)[0] == 200
        headers = worker.got[0]["headers"]
        assert headers["X-Forwarded-For"] == "127.0.0.1"
        assert "Forwarded" not in headers
        assert headers["Host"] == "bot.example.org:8000"
        assert headers["Connection"] == "close"


@pytest.mark.parametrize("manner", [refuses, breaks_off, hangs])
def test_a_message_is_handed_to_another_worker(nginx: str, manner: Callable[[_Handler], bool]) -> None:
    with site() as (server, workers):
        workers[0].manner = manner
        began = time.monotonic()
        answers = [call(server, "/api/message", b'{"key": "k"}') for _ in range(3)]
        assert [status for status, _, _ in answers] == [200] * 3
        # Once, by one that hangs; it is then left alone.
        assert time.monotonic() - began < 9
        assert len(workers[0].got) == 1
        (first, *_), again = workers[0].got, workers[1].got
        # The second try is told from a second message.
        names = [got["headers"]["X-Request-ID"] for got in again]
        assert first["headers"]["X-Request-ID"] in names
        assert len(set(names)) == 3
        assert again[0]["body"] == b'{"key": "k"}'


def test_a_dead_worker_costs_nothing_and_one_that_lives_again_is_used(nginx: str) -> None:
    with site() as (server, workers):
        port = workers[0].server_port
        workers[0].shutdown()
        workers[0].server_close()
        began = time.monotonic()
        assert {call(server, "/api/message", b"{}")[0] for _ in range(20)} == {200}
        assert time.monotonic() - began < 2
        again = Worker(port)
        time.sleep(4)
        for _ in range(8):
            call(server, "/api/message", b"{}")
        assert again.got
        again.shutdown()
        again.server_close()


@pytest.mark.parametrize("manner", [refuses, breaks_off])
def test_a_message_over_rest_is_never_sent_twice(nginx: str, manner: Callable[[_Handler], bool]) -> None:
    with site() as (server, workers):
        for worker in workers:
            worker.manner = manner
        status, body, _ = call(server, "/webhooks/rest/webhook", b"{}")
        assert status == 503
        assert json.loads(body)["error"] == "not_ready"
        assert sum(len(w.got) for w in workers) == 1


def test_where_no_worker_is_people_are_told_to_try_again(nginx: str) -> None:
    with site(1) as (server, (worker,)):
        worker.shutdown()
        worker.server_close()
        for path, kind in (("/api/start", "application/json"), ("/readyz", "application/json"), ("/", "text/plain")):
            status, body, headers = call(server, path)
            assert (status, headers.get_content_type(), headers["Retry-After"]) == (503, kind, "5")
            assert b"try again" in body


def test_what_a_worker_says_goes_through(nginx: str) -> None:
    with site(1) as (server, (worker,)):
        worker.manner = refuses
        assert json.loads(call(server, "/api/message", b"{}")[1])["message"] == "mine"


def test_only_trusted_networks_reach_rest_and_nobody_the_metrics(nginx: str) -> None:
    with site(1, trusted=False) as (server, (worker,)):
        assert call(server, "/webhooks/rest/webhook", b"{}")[0] == 404
        assert call(server, "/metrics")[0] == 404
        assert call(server, "/", b"{}", "POST")[0] == 403
        assert worker.got == []
        assert call(server, "/telegram", b"{}")[0] == 200


def test_floods_are_refused_in_the_form_of_the_bot(nginx: str) -> None:
    with site(1, trusted=False) as (server, _):
        answers = [call(server, "/api/start") for _ in range(120)]
        refused = [(body, headers) for status, body, headers in answers if status == 429]
        assert {status for status, _, _ in answers} == {200, 429}
        assert len(refused) < 60
        assert json.loads(refused[0][0]) == {
            "error": "rate_limited",
            "message": "Too many requests at once. Please try again in a moment.",
            "retry_after": 2,
        }
        assert refused[0][1]["Retry-After"] == "2"


def test_bodies_are_bounded_and_never_written_to_the_disk(nginx: str) -> None:
    with site(1) as (server, (worker,)):
        assert call(server, "/api/message", b"x" * 66_000)[0] == 413
        assert call(server, "/api/message", b"x" * 65_000)[0] == 200
        assert worker.got[0]["body"] == b"x" * 65_000
        assert not any(file.is_file() for file in (server.folder / "temporary").rglob("*"))


def test_answers_are_compressed_and_say_little_about_the_server(nginx: str) -> None:
    with site(1) as (server, _):
        status, body, headers = call(server, "/api/start", **{"Accept-Encoding": "gzip"})
        assert (status, headers["Content-Encoding"], headers["Server"]) == (200, "gzip", "nginx")
        assert b"filler" in gzip.decompress(body)


def test_the_log_holds_no_query_no_body_and_no_address(nginx: str) -> None:
    with site(1) as (server, _):
        call(server, "/api/message?secret=1", b'{"text": "secret"}')
        for _ in range(50):
            lines = (server.folder / "access.log").read_text().splitlines()
            if len(lines) > 1:
                break
            time.sleep(0.02)
        entry = json.loads(lines[-1])
        assert (entry["path"], entry["method"], entry["status"]) == ("/api/message", "POST", 200)
        assert "secret" not in "".join(lines)
        assert not any("remote" in name or "client" in name for name in entry)
