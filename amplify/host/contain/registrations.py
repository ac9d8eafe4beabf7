"""Functions that a plugin registers with Python: for the end of the process, or for codecs."""

from __future__ import annotations

import atexit
import codecs
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from amplify.host.contain.watched import package_of_code

REGISTER, UNREGISTER = atexit.register, atexit.unregister
REGISTER_CODEC, UNREGISTER_CODEC = codecs.register, codecs.unregister


@contextlib.contextmanager
def registrations_noted(package: str, problems: list[str]) -> Iterator[None]:
    """Take out what the plugin's package registers in this block, and add that to `problems`.

    What libraries register stays.
    """
    functions: list[Callable[..., Any]] = []
    searches: list[Callable[[str], Any]] = []

    def register(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if package_of_code(function) == package:
            functions.append(function)
        return REGISTER(function, *args, **kwargs)

    def register_codec(search: Callable[[str], Any], /) -> None:
        if package_of_code(search) == package:
            searches.append(search)
        REGISTER_CODEC(search)

    atexit.register, codecs.register = register, register_codec
    try:
        yield
    finally:
        atexit.register, codecs.register = REGISTER, REGISTER_CODEC
        for function in functions:
            UNREGISTER(function)
        for search in searches:
            UNREGISTER_CODEC(search)
        if functions:
            problems.append("registers functions for the end of the process, which were taken out")
        if searches:
            problems.append("registers codecs, which were taken out")
