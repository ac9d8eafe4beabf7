"""Functions that a plugin registers for the end of the process: they would run in every command."""

from __future__ import annotations

import atexit
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from amplify.host.contain.watched import home

REGISTER = atexit.register
UNREGISTER = atexit.unregister


@contextlib.contextmanager
def exits_noted(package: str, problems: list[str]) -> Iterator[None]:
    """Take out again what the plugin's own package registers; libraries' functions stay."""
    own: list[Callable[..., Any]] = []

    def register(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if home(function) == package:
            own.append(function)
        return REGISTER(function, *args, **kwargs)

    atexit.register = register
    try:
        yield
    finally:
        atexit.register = REGISTER
        for function in own:
            UNREGISTER(function)
        if own:
            problems.append("registers functions for the end of the process, which were taken out")
