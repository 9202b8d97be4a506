"""What documents name exists: links between files, `make` targets, modules that are run."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.errors import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "tests").rglob("*.md")])
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
_FENCE = re.compile(r"^```.*?^```", re.M | re.S)
_BLOCK = re.compile(r"^(?: {4}|\t).*$", re.M)
_SPAN = re.compile(r"`[^`\n]+`")


def code(text: str) -> str:
    """Return the code of a Markdown text: fences, indented blocks, spans."""
    prose = _FENCE.sub("", text)
    return "\n".join([*_FENCE.findall(text), *_BLOCK.findall(prose), *_SPAN.findall(prose)])


def anchors(text: str) -> set[str]:
    """Return the fragments that the headings of a Markdown text can be linked by."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


def lost_links(path: Path) -> list[str]:
    """Return the relative links of a document that lead nowhere."""
    prose = _SPAN.sub("", _BLOCK.sub("", _FENCE.sub("", path.read_text(encoding="utf-8"))))
    lost = []
    for link in re.findall(r"\]\(([^()\s]+)\)", prose):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, fragment = link.partition("#")
        target = path.parent / name if name else path
        there = target.exists() and (not fragment or fragment in anchors(target.read_text(encoding="utf-8")))
        if not there:
            lost.append(link)
    return lost


def lost_commands(text: str) -> list[str]:
    """Return the `make` targets and the modules in the code of a text that do not exist."""
    named = code(text)
    targets = re.findall(r"(?<![\w/.-])make ([a-z][a-z-]*)", named)
    modules = re.findall(r"python3? -m ([\w.]+)", named)
    return [f"make {t}" for t in targets if t not in TARGETS] + [f"-m {m}" for m in modules if not runs(m)]


def runs(module: str) -> bool:
    """Tell whether `python -m` finds a module: of ours by its file, of others by its package."""
    place = ROOT.joinpath(*module.split("."))
    if place.with_suffix(".py").is_file() or (place / "__main__.py").is_file():
        return True
    first = module.partition(".")[0]
    return not (ROOT / first).is_dir() and find_spec(first) is not None


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    assert lost_links(path) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_exist(path: Path) -> None:
    assert lost_commands(path.read_text(encoding="utf-8")) == []


def test_the_documents_are_looked_at() -> None:
    names = {str(p.relative_to(ROOT)) for p in DOCUMENTS}
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md", "docs/embed.md"} <= names
    assert {"run", "test", "evaluate"} <= TARGETS


def test_what_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# One heading, two words\n", encoding="utf-8")
    page = tmp_path / "page.md"
    links = (
        "[a](there.md) [b](there.md#one-heading-two-words) [c](there.md#no) ![d](no.png) [e](https://example.org) `[f](no.md)`"
    )
    page.write_text(links, encoding="utf-8")
    assert lost_links(page) == ["there.md#no", "no.png"]


def test_commands_that_do_not_exist_are_found() -> None:
    text = "Run `make nothing`, `PORT=1 make run` and `python -m bot.nothing`; make sense.\n\n    .venv/bin/python -m pytest\n"
    assert lost_commands(text) == ["make nothing", "-m bot.nothing"]
    assert lost_commands("```\nmake nowhere\n```\n`python -m tools.bench`") == ["make nowhere"]
