"""Read the file `.env` of the current folder into the environment, but for what may be misused.

The folder may be somebody else's. So no variable of the file is read that says where a key or a
prompt goes, what is run, or what is written: only keys are read, an address that stands beside its
key, and settings that redirect nothing.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from amplify.contract.errors import PlanError
from amplify.contract.guard.keys import is_key
from amplify.contract.guard.visible import visible

if TYPE_CHECKING:
    from amplify.contract.component import Component, ProviderComponent

NAME = ".env"

SETTING = "AMPLIFY_"

HARMLESS = frozenset(
    f"{SETTING}{name}"
    for name in (
        *("SHOTS", "KEYWORDS", "SEED", "DRAWS", "LIMIT", "ARMS", "MIN_GAIN", "MAX_P"),
        *("JSON", "DEBUG"),
        *("MAX_CONCURRENCY", "MAX_CALLS", "MAX_TOKENS", "MAX_COST", "MAX_SECONDS", "CACHE"),
    )
)
"""Settings that redirect nothing: numbers, switches, and the names of arms."""

MOST_BYTES = 1_000_000
"""The most bytes of a file that is read."""

MOST_NAMES = 8
"""The most names that are listed in a message."""

NO_KEY = "an address is read only with a key beside it"
REDIRECTS = "it may redirect something: set it in the shell"
REFERS = "its value refers to another variable"
SET = "set already"
STRANGE = "no variable can hold its value"
UNKNOWN = "no provider's key"


def _exported() -> dict[str, bool]:
    """The variables of the environment, and whether each has a value."""
    return {name: bool(value.strip()) for name, value in os.environ.items()}


@dataclass
class EnvFile:
    """The variables of `.env`, and which of them were read.

    `values` are the variables that are not decided yet: the plugins declare which of them are keys.
    `exported` are the variables that were set before, and whether each has a value. `read` are the
    names that were set, `skipped` those that were passed over, by the reason. `reported` says that
    the user has been told.
    """

    values: dict[str, str] = field(default_factory=dict, repr=False)
    exported: dict[str, bool] = field(default_factory=_exported, repr=False)
    read: list[str] = field(default_factory=list)
    skipped: dict[str, list[str]] = field(default_factory=dict)
    reported: bool = False

    def read_settings(self) -> None:
        """Read the `AMPLIFY_` settings that redirect nothing."""
        for name in [name for name in self.values if name.startswith(SETTING)]:
            if name in HARMLESS:
                self._set(name)
            elif not is_key(name):
                self._skip(name, REDIRECTS)

    def read_keys(self, components: Iterable[Component]) -> None:
        """Read the keys that these components declare, and the addresses that belong to them.

        An address is read only where a key of its component was read from this file, and no
        variable that was set outside of it could be sent there.
        """
        from amplify.contract.component import ProviderComponent

        providers = [each for each in components if isinstance(each, ProviderComponent)]
        names = [name for provider in providers for name in provider.env]
        addresses = {name for provider in providers for name in provider.addresses}
        for name in [name for name in self.values if name in names and is_key(name)]:
            if name not in addresses:
                self._set(name)
        for name in [name for name in self.values if name in addresses]:
            users = [provider for provider in providers if name in provider.env]
            reason = self._reason_against(name, users)
            if reason:
                self._skip(name, reason)
            else:
                self._set(name)
        for name in list(self.values):
            self._skip(name, UNKNOWN)

    def summary(self) -> str:
        """The names of the variables that were read, and of those that were not, with reasons."""
        parts = [f"read {_names(self.read)}"] if self.read else []
        parts += [f"passed over {_names(n)} ({reason})" for reason, n in self.skipped.items()]
        return f"{NAME}: {'; '.join(parts) or 'nothing in it is read'}"

    @property
    def has_settings(self) -> bool:
        """Whether the file names an `AMPLIFY_` setting, so that every command reports on it."""
        decided = [*self.read, *(name for names in self.skipped.values() for name in names)]
        return any(name.startswith(SETTING) for name in decided)

    def _reason_against(self, address: str, providers: Sequence[ProviderComponent]) -> str:
        """Why an address that these providers use is not read; empty where it is."""
        for provider in providers:
            for name in provider.env:
                if name not in provider.addresses and self.exported.get(name):
                    return f"{name} is set outside of {NAME} and would be sent there"
        names = [name for provider in providers for name in provider.env]
        if not any(name in self.read and is_key(name) for name in names):
            return NO_KEY
        return ""

    def _set(self, name: str) -> None:
        value = self.values[name]
        if name in self.exported:
            self._skip(name, SET)
        elif "${" in value:
            self._skip(name, REFERS)
        elif "\0" in value:
            self._skip(name, STRANGE)
        else:
            os.environ[name] = self.values.pop(name)
            self.read.append(name)

    def _skip(self, name: str, reason: str) -> None:
        del self.values[name]
        self.skipped.setdefault(reason, []).append(name)


def read_env(folder: Path) -> EnvFile | None:
    """The file `.env` of the folder, with its harmless settings read; None where there is none.

    Raises PlanError where it cannot be read; the message shows nothing of its contents.
    """
    path = folder / NAME
    try:
        text = _text(path)
    except _Skipped as error:
        return EnvFile(skipped={str(error): ["all of it"]})
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise PlanError(f"cannot be read: {reason}", where=str(path)) from None
    if text is None:
        return None
    from dotenv import dotenv_values  # most runs have no such file

    # References such as ${NAME} are not resolved: they could copy a value of the environment.
    variables = dotenv_values(stream=io.StringIO(text), interpolate=False)
    env = EnvFile({name: value for name, value in variables.items() if value is not None})
    env.read_settings()
    return env


class _Skipped(Exception):
    """The file exists, and is not read; the message is the reason."""


def _text(path: Path) -> str | None:
    """The file's text; None where there is none.

    Raises _Skipped for a link, for what is no regular file, and for another user's file.
    """
    if path.is_symlink():
        raise _Skipped("it is a link")
    if path.is_dir():
        raise _Skipped("it is a folder")
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        number = os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError):
        return None
    with open(number, "rb") as file:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode):
            raise _Skipped("it is no regular file")
        if hasattr(os, "getuid") and status.st_uid not in (os.getuid(), 0):
            raise _Skipped("it belongs to another user")
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _Skipped(f"it has more than {MOST_BYTES:,} bytes")
    return content.decode("utf-8-sig")


def _names(names: Sequence[str]) -> str:
    listed = ", ".join(visible(name[:60]) for name in names[:MOST_NAMES])
    return listed + (f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else "")
