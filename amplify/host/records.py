"""What is wrong with a record that a hook gave, in words for its author."""

from __future__ import annotations

import re
from typing import Any, get_args

from amplify.contract.component import ROLES, Component, Need, Offer, Views
from amplify.contract.grammar import with_article
from amplify.contract.guard.brief import brief
from amplify.contract.options import options_class

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
EXPLAINS = ("never", "optional", "always")
FLAGS = ("per_item", "narrows", "brings", "reasons", "ranks")
LONGEST = 100
PATH = re.compile(r"\w+(\.\w+)*:\w+(\.\w+)*")


def fault(role: str, record: Any) -> str:
    """What is wrong with one record of a role's hook; "" for a sound one."""
    kind = ROLES[role]
    if not isinstance(record, kind):
        return f"yielded {brief(record)}, not {with_article(kind.__name__)}"
    name: Any = record.name
    if not isinstance(name, str) or len(name) > LONGEST or not NAME.fullmatch(name):
        return f"component name {brief(name)} is not lower-case words and digits joined by hyphens"
    return next((f"{name}: {problem}" for problem in _field_faults(record) if problem), "")


def _field_faults(record: Component) -> list[str]:
    return [
        _factory(record.factory),
        "" if isinstance(record.summary, str) else f"summary {brief(record.summary)} is no text",
        _options(record.options),
        _words("env", record.env),
        _words("addresses", getattr(record, "addresses", ())),
        _words("offers", getattr(record, "offers", ()), get_args(Offer)),
        _words("needs", getattr(record, "needs", ()), get_args(Need)),
        _words("explains", (getattr(record, "explains", "never"),), EXPLAINS),
        _words("views", (getattr(record, "views", "none"),), get_args(Views)),
        "" if isinstance(getattr(record, "itself", ""), str) else "itself is no component's name",
        *(_flag(name, getattr(record, name, False)) for name in FLAGS),
    ]


def _flag(name: str, value: Any) -> str:
    return "" if isinstance(value, bool) else f"{name} {brief(value)} is neither True nor False"


def _factory(factory: Any) -> str:
    if isinstance(factory, str):
        return "" if PATH.fullmatch(factory) else f'factory {factory!r} is no "package.module:Name"'
    return "" if callable(factory) else f"factory {brief(factory)} is neither a path nor callable"


def _options(options: Any) -> str:
    if isinstance(options, str):
        return "" if PATH.fullmatch(options) else f'options {options!r} is no "package.module:Name"'
    try:
        options_class(options)
    except TypeError as error:
        return str(error)
    return ""


def _words(name: str, value: Any, allowed: tuple[str, ...] | None = None) -> str:
    if not isinstance(value, tuple) or not all(isinstance(word, str) for word in value):
        return f"{name} {brief(value)} is no tuple of strings"
    strange = [word for word in value if allowed is not None and word not in allowed]
    return f"{name} {strange[0]!r} is none of {', '.join(allowed or ())}" if strange else ""
