"""The contract for readers in other languages: a JSON schema and the widget's types, written from its classes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from bot.errors import ROOT
from bot.reply.contract import Citation, Option, Part, Reply, Source, kinds, optional

CLASSES: tuple[Any, ...] = (Citation, Option, Source, Part, Reply)
SCHEMA = ROOT / "docs" / "reply.schema.json"
TYPES = ROOT / "bot" / "web" / "src" / "reply.ts"
_MARK = "Written by `python -m bot.reply` from bot/reply/contract.py; change that."
_NAMES = {str: ("string", "string"), int: ("integer", "number"), bool: ("boolean", "boolean")}


def written() -> dict[Path, str]:
    """Return the text of each file that is written from the contract."""
    return {SCHEMA: json.dumps(json_schema(), indent=2) + "\n", TYPES: typescript()}


def json_schema() -> dict[str, Any]:
    """Return the JSON schema (2020-12) of a reply as it is sent: every key is always there."""
    definitions = {
        cls.__name__: {
            "type": "object",
            "properties": {name: _schema(kind) for name, kind in kinds(cls).items()},
            "required": list(kinds(cls)),
            "additionalProperties": False,
        }
        for cls in CLASSES
    }
    reply = definitions.pop(Reply.__name__)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$comment": _MARK, **reply, "$defs": definitions}


def _schema(kind: Any) -> dict[str, Any]:
    if kind in CLASSES:
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if optional(kind):
        return {"anyOf": [_schema(optional(kind)), {"type": "null"}]}
    if get_origin(kind) is Literal:
        return {"enum": list(get_args(kind))}
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _schema(get_args(kind)[0])}
    return {"type": _NAMES[kind][0]}


def typescript() -> str:
    """Return the interfaces of the contract, in the style of the widget's source."""
    blocks = [f"/** {_MARK} */"]
    for cls in CLASSES:
        rows = "".join(f"  {name}: {_typescript(kind)}\n" for name, kind in kinds(cls).items())
        blocks.append(f"export interface {cls.__name__} {{\n{rows}}}")
    return "\n\n".join(blocks) + "\n"


def _typescript(kind: Any) -> str:
    if kind in CLASSES:
        return str(kind.__name__)
    if optional(kind):
        return f"{_typescript(optional(kind))} | null"
    if get_origin(kind) is Literal:
        return " | ".join(f"'{value}'" for value in get_args(kind))
    if get_origin(kind) is tuple:
        return f"{_typescript(get_args(kind)[0])}[]"
    return _NAMES[kind][1]
