"""A guard around foreign code: what a plugin raises becomes one error that names it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from amplify.contract.errors import AmplifyError, PluginError


@contextmanager
def calling(where: str, hint: str = "") -> Iterator[None]:
    """Turn any exception but an AmplifyError into a PluginError that names `where`."""
    try:
        yield
    except AmplifyError:
        raise
    except Exception as error:
        lines = str(error).strip().splitlines() or [""]
        raise PluginError(
            f"{type(error).__name__}: {lines[0]}".rstrip(": "), where=where, hint=hint
        ) from error
