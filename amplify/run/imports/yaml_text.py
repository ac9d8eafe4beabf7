"""Reads YAML as promptfoo does: by the core schema of YAML 1.2, in which `yes` is a text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from amplify.contract.errors import PlanError

CORE = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", None),
    ("merge", "<<", ["<"]),
)
"""What a text without quotes stands for: a tag, the texts, and the characters these begin with.

All else is a text as it is written: `no`, `1:30`, `007` and a date too.
"""


def yaml_reader() -> Callable[[str], Any]:
    """A function that reads a YAML text, with ValueError where it cannot; PlanError without PyYAML.

    It makes plain values alone, whatever tags the text has.
    """
    try:
        import yaml
    except ImportError:
        raise PlanError(
            "reading YAML needs PyYAML", hint="pip install 'amplify-icl[promptfoo]'"
        ) from None

    # PyYAML's safe loader has the rules of YAML 1.1, in which `yes` and `no` are truth values.
    loader: Any = type("Loader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": {}})
    for tag, texts, begins in CORE:
        pattern = re.compile(f"(?:{texts})\\Z")
        loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", pattern, begins)

    def read(text: str) -> Any:
        try:
            return yaml.load(text, loader)
        except (yaml.YAMLError, RecursionError) as error:
            raise ValueError(str(error)) from None

    return read
