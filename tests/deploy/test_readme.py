"""What deploy/README.md tells to do can be done: links, commands, settings and files exist."""

from __future__ import annotations

import re
import subprocess

from bot.errors import ROOT
from bot.settings import settings
from tests.test_documents import lost_commands, lost_links

README = ROOT / "deploy" / "README.md"
TEXT = README.read_text(encoding="utf-8")


def test_links_lead_somewhere_and_commands_exist() -> None:
    assert lost_links(README) == []
    assert lost_commands(TEXT) == []


def test_every_file_is_named_and_every_named_file_is_there() -> None:
    for name in ("nginx/albania-nato.conf", "nginx/redirect.conf", "nginx/albania-nato/", "systemd/", "engines/", "roll.sh"):
        assert f"`{name}`" in TEXT
        assert (ROOT / "deploy" / name).exists()
    for file in (ROOT / "deploy" / "nginx" / "albania-nato").iterdir():
        assert f"`{file.name}`" in TEXT or f"/{file.name}`" in TEXT, file


def test_the_settings_of_a_worker_can_be_used() -> None:
    (block,) = re.findall(r"cat >worker\.env <<END\n(.*?)\n    END", TEXT, re.S)
    given = dict(line.strip().split("=", 1) for line in block.splitlines())
    secret = "5" * 48
    given = {name: re.sub(r"\$\(cat \w+\)", secret, value) for name, value in given.items()}
    known = {one.name: one for one in settings()}
    for name, value in given.items():
        assert known[name]({name: value})
    assert {"DATABASE_URL", "REDIS_URL", "RABBITMQ_URL", "WEB_SECRET", "WEB_PROXIES"} <= set(given)


def test_its_scripts_are_shell() -> None:
    blocks = re.findall(r"(?:^(?: {4}.*)?\n)+", TEXT, re.M)
    script = "\n".join(block for block in blocks if re.search(r"^    (?:apt-get|umask|cat >|su |cp |rm |cd )", block, re.M))
    script = re.sub(r"^ {4}", "", script, flags=re.M)
    assert subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True, timeout=10).stderr == ""
    assert script.count("<<END") == len(re.findall(r"^END$", script, re.M)) == 6
