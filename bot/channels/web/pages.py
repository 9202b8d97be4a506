"""The pages of the web channel: the demo page and the reader, as HTML made on the server."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote as url_quote

from bot.errors import ROOT, InputError
from bot.language import DEFAULT_LANGUAGE, LANGUAGES, languages, load, own
from bot.language import WEB as TEXTS
from bot.read import Document, Passage
from bot.texts import fill, words_of

WEB = ROOT / "bot" / "web"
MAX_CITED = 60

_PASSAGE_ID = re.compile(r"p\d{1,6}s\d{1,6}")
_TYPES = {".svg": "image/svg+xml", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


@dataclass(frozen=True)
class Asset:
    """A built file: its bytes, type and a tag that changes with its content."""

    body: bytes
    content_type: str
    tag: str


def load_assets(folder: Path = WEB / "dist") -> dict[str, Asset]:
    """Load the built files by name.

    Raises:
        InputError: If the widget is not there.
    """
    assets = {}
    for path in sorted(folder.glob("*")):
        if path.suffix in _TYPES:
            body = path.read_bytes()
            assets[path.name] = Asset(body, _TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:16])
    if "widget.js" not in assets:
        raise InputError(folder / "widget.js", "missing; run `npm ci && npm run build` in bot/web.")
    return assets


def load_texts(folder: Path = LANGUAGES) -> dict[str, dict[str, Any]]:
    """Load the interface's texts by language.

    Raises:
        InputError: If there are none, or a file lacks a text that English has.
    """
    texts = {code: load(own(code, TEXTS, folder)) for code in languages(TEXTS, folder)}
    if DEFAULT_LANGUAGE not in texts:
        raise InputError(own(DEFAULT_LANGUAGE, TEXTS, folder), "missing; the pages need it.")
    for language, given in texts.items():
        for part in ("pages", "widget"):
            for key in texts[DEFAULT_LANGUAGE][part]:
                if key not in given.get(part, {}):
                    raise InputError(own(language, TEXTS, folder), f"lacks `{key}` under `{part}`.")
    return texts


class Pages:
    """Renders the pages. Their links are relative, so that a proxy may put the server behind a path.

    Args:
        documents: The statements; the first is the one at `/reader`.
        texts: The interface's texts by language.
        assets: The built files, for tags that make caches notice a change.
    """

    def __init__(self, documents: list[Document], texts: dict[str, dict[str, Any]], assets: dict[str, Asset]) -> None:
        self._documents = documents
        self._texts = texts
        self._tags = {name: asset.tag for name, asset in assets.items()}
        self._demo = Template((WEB / "pages" / "demo.html").read_text(encoding="utf-8"))
        self._reader = Template((WEB / "pages" / "reader.html").read_text(encoding="utf-8"))
        # Sentences are the long part of a page and never change while the server runs.
        self._plain = lru_cache(maxsize=32)(self._article)

    def language(self, wanted: str | None) -> str:
        """Return an interface language that there is: the wanted one, or English."""
        return wanted if wanted in self._texts else DEFAULT_LANGUAGE

    def said(self, language: str) -> dict[str, str]:
        """Return what the widget's own buttons say to the bot, by their names, in the language of a statement."""
        return {**self._texts[DEFAULT_LANGUAGE]["said"], **self._texts[self.language(language)].get("said", {})}

    def demo(self, wanted: str | None = None) -> str:
        """Return the demo page, with the widget open."""
        language = self.language(wanted)
        document = self._documents[0]
        return self._demo.substitute(
            self._common(language, document, "./"),
            statement_url=f".{self.reader_path(document.name, language)}",
        )

    def reader(self, name: str, wanted: str | None, cited: str | None) -> str | None:
        """Return the reader page of a statement.

        Args:
            name: The document's name; empty for the first.
            wanted: Language of the interface.
            cited: Ids of passages to be marked, set apart by commas.

        Returns:
            The page, or `None` if there is no such document.
        """
        position = next((i for i, d in enumerate(self._documents) if d.name == name), None) if name else 0
        if position is None:
            return None
        language = self.language(wanted)
        document = self._documents[position]
        # From `/reader/<name>` the root is one level up.
        root = "../" if name else "./"
        marked = frozenset(i for i in (cited or "").split(",")[:MAX_CITED] if _PASSAGE_ID.fullmatch(i))
        article = self._article(position, language, root, marked) if marked else self._plain(position, language, root)
        return self._reader.substitute(
            self._common(language, document, root),
            article=article,
            others=self._others(position, language, root),
        )

    def reader_path(self, name: str, language: str = DEFAULT_LANGUAGE) -> str:
        """Return the path of a document's reader page, from the server's root."""
        path = "/reader" if name == self._documents[0].name else f"/reader/{url_quote(name)}"
        return path if language == DEFAULT_LANGUAGE else f"{path}?lang={language}"

    def _common(self, language: str, document: Document, root: str) -> dict[str, str]:
        texts = self._texts[language]
        words = {k: str(v) for k, v in texts["pages"].items()}
        facts = words_of(document)
        known = {k: escape(fill(v, facts)) for k, v in words.items()}
        known["document_title"] = escape(document.title)
        known["issuer"] = _element("p", "issuer", escape(document.issuer))
        byline = _element("p", "", escape(" · ".join(filter(None, (document.issuer, document.date_text)))))
        note = f'<p class="date-note" lang="{escape(document.language)}">{escape(document.date_note)}</p>'
        known["byline"] = _element("div", "byline", byline + (note if document.date_note else ""))
        # Without a date, relative dates get no note: then none is promised.
        dated = f"<h2>{known['demo_date_title']}</h2><p>{known['demo_date']}</p>" if document.date else ""
        known["dated"] = _element("section", "", dated)
        known["root"] = root
        known["lang"] = escape(language)
        known["direction"] = escape(str(texts.get("direction", "ltr")))
        known["document_lang"] = escape(document.language)
        known["document_name"] = escape(document.name)
        known |= {f"tag_{n.replace('.', '_')}": t for n, t in self._tags.items()}
        known["languages"] = self._languages(language)
        return known

    def _languages(self, current: str) -> str:
        if len(self._texts) < 2:
            return ""
        links = []
        for language, texts in self._texts.items():
            name = escape(str(texts.get("name", language)))
            here = ' aria-current="true"' if language == current else ""
            links.append(
                f'<a href="?lang={escape(language)}" hreflang="{escape(language)}" lang="{escape(language)}"{here}>{name}</a>'
            )
        return " ".join(links)

    def _others(self, position: int, language: str, root: str) -> str:
        others = [d for i, d in enumerate(self._documents) if i != position]
        if not others:
            return ""
        paths = [(root + self.reader_path(d.name, language).lstrip("/"), d.title) for d in others]
        items = "".join(f'<li><a href="{escape(path)}">{escape(title)}</a></li>' for path, title in paths)
        return f'<nav class="others" aria-label="{escape(str(self._texts[language]["pages"]["others"]))}"><ul>{items}</ul></nav>'

    def _article(self, position: int, language: str, root: str, cited: frozenset[str] = frozenset()) -> str:
        document = self._documents[position]
        parts: list[str] = []
        paragraph: list[str] = []
        number = -1
        last = 0

        def close() -> None:
            if paragraph:
                parts.append("".join((*paragraph, "</p></section>")))
                paragraph.clear()

        for passage in document.passages:
            between = document.text[last : passage.start]
            if passage.paragraph != number or between.strip():
                close()
                if between.strip():
                    # Headings further down are no passages, but part of the text.
                    parts.append(f'<p class="layout">{escape(between.strip())}</p>')
                number = passage.paragraph
                paragraph.append(self._opening(passage, language))
            else:
                paragraph.append(" ")
            paragraph.append(self._sentence(document, passage, language, root, passage.id in cited))
            last = passage.end
        close()
        rest = document.text[last:].strip()
        if rest:
            parts.append(f'<p class="layout">{escape(rest)}</p>')
        return "\n".join(parts)

    def _opening(self, passage: Passage, language: str) -> str:
        if passage.paragraph == 0:
            return '<section class="par heading"><p>'
        label = escape(fill(str(self._texts[language]["pages"]["paragraph"]), {"paragraph": passage.paragraph}))
        n = passage.paragraph
        own = f' lang="{escape(language)}"'
        return f'<section class="par"><a class="num"{own} href="#{passage.id}" aria-label="{label}">{n}</a><p>'

    def _sentence(self, document: Document, passage: Passage, language: str, root: str, cited: bool) -> str:
        texts = self._texts[language]["pages"]
        text = escape(document.quote(passage))
        # The interface's words stand inside the statement: they say so where their language is another.
        own = f' lang="{escape(language)}"' if language != document.language else ""
        if passage.kind == "heading":
            return f'<span class="s" id="{passage.id}">{text}</span>'
        if passage.kind == "fragment":
            note = escape(str(texts["unfinished"]))
            return f'<span class="s fragment" id="{passage.id}">{text}</span> <span class="aside"{own}>[{note}]</span>'
        label = escape(fill(str(texts["sentence"]), {"paragraph": passage.paragraph, "sentence": passage.sentence}))
        number = f'<a class="n"{own} href="#{passage.id}" aria-label="{label}">{passage.sentence}</a>'
        mark = f'<span class="vh"{own}> ({escape(str(texts["cited"]))})</span>' if cited else ""
        ask = ""
        if passage.ask:
            option = f"{document.name}/{passage.id}"
            data = f'data-option="{escape(option)}" data-question="{escape(passage.ask)}"'
            words = f'{escape(str(texts["ask_about"]))}<span class="vh">: {label}</span>'
            ask = f' <a class="ask"{own} {data} href="{root}?ask={url_quote(option, safe="")}">{words}</a>'
        kind = "s cited" if cited else "s"
        return f'<span class="{kind}" id="{passage.id}">{number}{text}{mark}{ask}</span>'


def _element(tag: str, kind: str, inner: str) -> str:
    """Return an element of a class around some HTML; nothing around nothing."""
    named = f' class="{kind}"' if kind else ""
    return f"<{tag}{named}>{inner}</{tag}>" if inner else ""
