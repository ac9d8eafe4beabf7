"""Writes plain values as YAML, whatever their texts hold."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any


def as_yaml(value: Any, indent: str = "") -> str:
    """The value in blocks of YAML, whose texts stand in double quotes, as in JSON."""
    if isinstance(value, Mapping) and value:
        return "".join(
            f"{indent}{_key(key)}:{_inner(of_key, indent)}" for key, of_key in value.items()
        )
    if isinstance(value, list) and value:
        return "".join(f"{indent}-{_inner(item, indent)}" for item in value)
    return f"{indent}{_scalar(value)}\n"


def _inner(value: Any, indent: str) -> str:
    if isinstance(value, Mapping | list) and value:
        return "\n" + as_yaml(value, indent + "  ")
    return f" {_scalar(value)}\n"


def _key(key: str) -> str:
    return key if key.isidentifier() else _scalar(key)


def _scalar(value: Any) -> str:
    return "".join(map(_printable, json.dumps(value, ensure_ascii=False)))


def _printable(character: str) -> str:
    """The character, or its escape where YAML reads it as a line break, or not at all."""
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    if not hidden:
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
