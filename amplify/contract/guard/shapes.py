"""Shapes: whether a value that a plugin gave is of the kind that was asked for.

Each function gives the value as it is worked with from then on: of Python's own type, so that a
list passes for a tuple, a number of numpy for one of Python, and no method of a subclass is called
later on. Wrong tells of what is of another kind.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from itertools import islice
from operator import index
from typing import Any, SupportsFloat, SupportsIndex, TypeVar

from amplify.contract.guard.brief import brief, cause
from amplify.contract.guard.calling import Wrong

T = TypeVar("T")


def a(kind: type[T], value: object, what: str, item: str = "") -> T:
    """The value, which is a record of this kind."""
    if not isinstance(value, kind):
        raise Wrong(f"{what} is {brief(value)}, no {kind.__name__}", item)
    return value


def text(value: object, what: str, item: str = "") -> str:
    """The value, which is text."""
    if not isinstance(value, str):
        raise Wrong(f"{what} is {brief(value)}, no text", item)
    return value if type(value) is str else str.__str__(value)


def flag(value: object, what: str) -> bool:
    """The value as a truth value; a text is refused."""
    if isinstance(value, str | bytes):
        raise Wrong(f"{what} is {brief(value)}, neither true nor false")
    return bool(value)


def number(value: object, what: str, item: str = "") -> float:
    """The value as a finite float."""
    if type(value) is not float:
        if not isinstance(value, SupportsFloat) or isinstance(value, str | bytes | bool):
            raise Wrong(f"{what} is {brief(value)}, no number", item)
        value = float(value)
    if not math.isfinite(value):
        raise Wrong(f"{what} is {value}, no finite number", item)
    return value


def whole(value: object, what: str, least: int | None = None, item: str = "") -> int:
    """The value as an int of `least` or more."""
    if type(value) is not int:
        if not isinstance(value, SupportsIndex) or isinstance(value, bool):
            raise Wrong(f"{what} is {brief(value)}, no whole number", item)
        value = index(value)
    if least is not None and value < least:
        raise Wrong(f"{what} is {value}, and has to be {least} or more", item)
    return value


def several(value: object, what: str, item: str = "", most: int | None = None) -> tuple[Any, ...]:
    """The members of a list, a tuple or the like; a text or a mapping is none.

    Of an iterator, which may have no end, no more than one above `most` are taken.
    """
    if type(value) is tuple:
        return value
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise Wrong(f"{what} is {brief(value)}, no list", item)
    # An iterator has no length that may be false.
    return tuple(islice(value, None if most is None else most + 1))


def texts(value: object, what: str, item: str = "") -> tuple[str, ...]:
    """The texts of a list."""
    return tuple(text(member, f"a member of {what}", item) for member in several(value, what, item))


def span(start: object, end: object, length: int, what: str, item: str = "") -> tuple[int, int]:
    """A character range of a text of that length; it may be empty."""
    first, last = whole(start, f"{what}'s start", item=item), whole(end, f"{what}'s end", item=item)
    if not 0 <= first <= last <= length:
        raise Wrong(f"{what} is characters {first} to {last} of a text that has {length}", item)
    return first, last


def ends(value: object, length: int, what: str, item: str = "") -> tuple[int, int]:
    """The start and end of a character range of a text of that length, given as a pair."""
    ends = several(value, what, item, 2)
    if len(ends) != 2:
        raise Wrong(f"{what} is {brief(value)}, no start and end", item)
    return span(*ends, length, what, item)


def json_able(value: object, what: str) -> dict[str, Any]:
    """A mapping that can be written as JSON, as a dict of what JSON has, in the same order."""
    mapping = dict(a(Mapping, value, what))  # type: ignore[type-abstract]  # asked with isinstance alone
    try:
        plain: dict[str, Any] = json.loads(json.dumps(mapping))
    except (TypeError, ValueError, RecursionError) as error:
        raise Wrong(f"{what} cannot be written as JSON: {cause(error)}") from None
    return plain


def encodable(value: str) -> bool:
    """Whether a text can be written in UTF-8: half a surrogate pair cannot."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
