"""The committed widget is what its source gives."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.channels.web_pages import WEB


def test_built_files_are_what_the_source_gives(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        if os.environ.get("CI"):
            pytest.fail("npm is missing: `apt-get install npm`.")
        pytest.skip("npm is missing: the built widget is not compared with its source.")
    if not (WEB / "node_modules").is_dir():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=WEB, check=True, capture_output=True, timeout=600)
    command = [npm, "run", "build", "--", "--outDir", str(tmp_path / "dist")]
    built = subprocess.run(command, cwd=WEB, capture_output=True, text=True, timeout=300)
    assert built.returncode == 0, built.stdout + built.stderr
    names = sorted(p.name for p in (tmp_path / "dist").iterdir())
    assert names == sorted(p.name for p in (WEB / "dist").iterdir())
    for name in names:
        stale = f"bot/web/dist/{name} is not what the source gives; run `npm run build` in bot/web."
        assert (tmp_path / "dist" / name).read_bytes() == (WEB / "dist" / name).read_bytes(), stale


def test_lock_file_names_no_address() -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        text = (WEB / name).read_text(encoding="utf-8")
        assert 'resolved"' not in text
        assert (
            "://" not in text.replace("https://opencollective.com", "").replace("https://github.com", "")
            or name == "package-lock.json"
        )
