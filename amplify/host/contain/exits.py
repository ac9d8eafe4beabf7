"""Functions that a plugin registers for all: for the end of the process, or for finding codecs."""

from __future__ import annotations

import atexit
import codecs
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from amplify.host.contain.watched import home

REGISTER, UNREGISTER = atexit.register, atexit.unregister
REGISTER_CODEC, UNREGISTER_CODEC = codecs.register, codecs.unregister


@contextlib.contextmanager
def exits_noted(package: str, problems: list[str]) -> Iterator[None]:
    """Take out again what the plugin's own package registers; libraries' functions stay."""
    own: list[Callable[..., Any]] = []
    searches: list[Callable[[str], Any]] = []

    def register(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if home(function) == package:
            own.append(function)
        return REGISTER(function, *args, **kwargs)

    def register_codec(search: Callable[[str], Any], /) -> None:
        if home(search) == package:
            searches.append(search)
        REGISTER_CODEC(search)

    atexit.register, codecs.register = register, register_codec
    try:
        yield
    finally:
        atexit.register, codecs.register = REGISTER, REGISTER_CODEC
        for function in own:
            UNREGISTER(function)
        for search in searches:
            UNREGISTER_CODEC(search)
        if own:
            problems.append("registers functions for the end of the process, which were taken out")
        if searches:
            problems.append("registers codecs, which were taken out")
