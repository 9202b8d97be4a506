"""Take the screenshots of the README from a running bot.

python -m tests.web.screenshots http://localhost:5005 [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bot.errors import ROOT
from tests.web.conftest import CHROMIUM_ARGS, find_chromium
from tests.web.widget import ask, open_chat

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 360, "height": 640}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


def take(url: str, folder: Path) -> list[Path]:
    """Talk to the bot and take pictures of it; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    taken: list[Path] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGS)

        def fresh(**options: object) -> Page:
            return browser.new_context(reduced_motion="reduce", **options).new_page()  # type: ignore[arg-type]

        def shoot(page: Page, name: str) -> None:
            page.wait_for_timeout(600)
            page.evaluate("document.activeElement?.blur()")
            page.screenshot(path=folder / f"{name}.png")
            taken.append(folder / f"{name}.png")

        for name, scheme in (("light", "light"), ("dark", "dark")):
            page = fresh(**DESKTOP, color_scheme=scheme)
            open_chat(page, url)
            if name == "light":
                shoot(page, "start")
            ask(page, "When did Albania join NATO?")
            shoot(page, name)
        page = fresh(**PHONE)
        open_chat(page, url)
        ask(page, "What does Albania do in the Aegean Sea?")
        shoot(page, "phone")
        page = fresh(**DESKTOP)
        page.goto(f"{url}/reader?cited=p7s1,p7s2#p7s2")
        shoot(page, "reader")
        browser.close()
    return taken


if __name__ == "__main__":
    for picture in take(sys.argv[1].rstrip("/"), Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "docs" / "screenshots"):
        sys.stdout.write(f"{picture}\n")
