"""The committed widget is what its source gives."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bot.channels.web.pages import WEB


def test_built_files_are_what_the_source_gives(web_modules: Path, tmp_path: Path) -> None:
    command = ["npm", "run", "build", "--", "--outDir", str(tmp_path / "dist")]
    built = subprocess.run(command, cwd=WEB, capture_output=True, text=True, timeout=300)
    assert built.returncode == 0, built.stdout + built.stderr
    names = sorted(p.name for p in (tmp_path / "dist").iterdir())
    assert names == sorted(p.name for p in (WEB / "dist").iterdir())
    for name in names:
        stale = f"bot/web/dist/{name} is not what the source gives; run `npm run build` in bot/web."
        assert (tmp_path / "dist" / name).read_bytes() == (WEB / "dist" / name).read_bytes(), stale


def test_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (WEB / "package-lock.json").read_text(encoding="utf-8")
