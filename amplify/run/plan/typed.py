"""Convert a TOML table to a typed value, or say in a PlanError what is wrong with the table."""

from __future__ import annotations

import datetime
import functools
import re
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import msgspec

from amplify.contract.errors import PlanError
from amplify.contract.grammar import with_article
from amplify.contract.guard.brief import brief
from amplify.contract.suggest import did_you_mean

T = TypeVar("T")

EXPECTED = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    dict: "a table",
    list: "a list",
    tuple: "a list",
    datetime.date: "a date, such as 2026-11-25",
}
"""What a field of such a type expects, where its annotation has no description of its own."""

PLURAL = {int: "whole numbers", float: "numbers", str: "texts", dict: "tables"}
LISTS = (list, tuple)


def typed(kind: type[T], table: Any, where: str = "", *, hint: str = "", strict: bool = True) -> T:
    """The `table` as a `kind`, a msgspec struct or a dataclass.

    A struct may have a class variable `called`, which is what error messages call its table.

    Raises PlanError that names the place, the key, what its field expects and the value that stands
    there; for an unknown key the nearest one. `where` is the table's place, before the key; where
    it is empty, the key is a section: `[key]`. `hint` is what to do where the error itself does not
    say it. Not `strict`, a text is taken for the number that it holds.
    """
    known = [key for key in _annotations(kind) if key != "called"]  # type: ignore[arg-type]  # hashable
    if not isinstance(table, Mapping):
        raise not_a(EXPECTED[dict], table, where)
    for key in table:
        if key not in known:
            raise PlanError(
                f"unknown key {key!r}{did_you_mean(key, known)}",
                where=where,
                hint=f"keys: {', '.join(known)}",
            )
    try:
        return msgspec.convert(dict(table), kind, strict=strict)
    except msgspec.ValidationError as error:
        raise _plan_error(kind, table, where, hint, str(error)) from None
    except (ValueError, TypeError, OverflowError) as error:
        raise PlanError(str(error), where=where, hint=hint) from None


def not_a(expected: str, value: Any, where: str) -> PlanError:
    """The error of a value that is not what is expected at this place."""
    tables = isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
    if tables and EXPECTED[dict] in expected:
        written = f": [{where}]" if where.startswith("[") else ""
        return PlanError(f"expected one table, not a list of tables{written}", where=where)
    return PlanError(f"expected {expected}, not {brief(value)}", where=where)


def section(key: str, many: bool = False) -> str:
    """How a plan writes the head of a section; of `many` tables, each has the head in brackets."""
    return f"[[{key}]]" if many else f"[{key}]"


def _plan_error(
    kind: type, table: Mapping[str, Any], where: str, hint: str, message: str
) -> PlanError:
    """The error that msgspec's `message` about the `table` comes to."""
    missing = re.match(r"Object missing required field `(\w+)`", message)
    if missing:
        called = getattr(kind, "called", "the table")
        expected = _expected(_annotations(kind)[missing[1]])
        return PlanError(
            f"{called} needs {with_article(missing[1])}",
            where=where,
            hint=hint or f"{missing[1]} is {expected}",
        )
    key = message.partition(" - at `$.")[2].strip("`").partition("[")[0].partition(".")[0]
    annotation = _annotations(kind)[key]
    value = table[key]
    place = f"{where} {key}" if where else section(key, _is_list_of_tables(annotation))
    error = not_a(_expected(annotation), value, place)
    error.hint = hint
    return error


@functools.cache
def _annotations(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind, include_extras=True)


def _is_list_of_tables(annotation: Any) -> bool:
    kinds = (annotation, *typing.get_args(annotation))
    return any(typing.get_origin(kind) is list for kind in kinds)


def _expected(annotation: Any) -> str:
    """What a field expects, in words: its description, or words for its type."""
    if typing.get_origin(annotation) is typing.Annotated:
        description = next((m.description for m in annotation.__metadata__ if m.description), None)
        return description or _expected(typing.get_args(annotation)[0])
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        kept = [part for part in parts if part not in (type(None), msgspec.UnsetType)]
        words = [_expected(part) for part in kept if not (part is int and float in kept)]
        return " or ".join(dict.fromkeys(words))
    if origin is Literal:
        return " or ".join(f'"{value}"' for value in parts)
    if origin in LISTS and parts:
        inner = typing.get_origin(parts[0]) or parts[0]
        return f"a list of {PLURAL.get(inner, _expected(parts[0]))}"
    return EXPECTED.get(origin or annotation, "something else")
