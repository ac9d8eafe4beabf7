"""The file `.env` of the current folder: what of it is read into the environment, and what is not.

A folder may be somebody else's. So nothing in it says where a key or a prompt goes, what is run, or
what is written: only keys are read, an address beside its key, and settings that redirect nothing.
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
    from amplify.contract.components import Component, ProviderComponent

NAME = ".env"

OURS = "AMPLIFY_"

HARMLESS = frozenset(
    f"{OURS}{name}"
    for name in (
        *("SHOTS", "KEYWORDS", "SEED", "LIMIT", "ARMS", "MIN_GAIN", "MAX_P", "JSON", "DEBUG"),
        *("MAX_CONCURRENCY", "MAX_CALLS", "MAX_TOKENS", "MAX_COST", "MAX_SECONDS", "CACHE"),
    )
)
"""Settings that name no address, no file, no component and no option of one: numbers and switches,
and arms by their names."""

MOST_BYTES = 1_000_000
"""What a file of variables may have."""

MOST_NAMES = 8
"""Names in a row that are shown."""

NO_KEY = "an address is read only with a key beside it"
REDIRECTS = "it may redirect something: set it in the shell"
REFERS = "its value refers to another variable"
SET = "set already"
STRANGE = "no variable can hold its value"
UNKNOWN = "no provider's key"


def _set_now() -> dict[str, bool]:
    """The variables that are set, and whether each holds anything."""
    return {name: bool(value.strip()) for name, value in os.environ.items()}


@dataclass
class EnvFile:
    """What `.env` says, as far as it is settled what becomes of it.

    `values` are those that wait for the plugins, which declare what is a key; `exported` are the
    variables that were set before, and whether they hold anything. `read` are the names that were
    set, `passed` those that were passed over, by the reason why. `told`: the user knows.
    """

    values: dict[str, str] = field(default_factory=dict, repr=False)
    exported: dict[str, bool] = field(default_factory=_set_now, repr=False)
    read: list[str] = field(default_factory=list)
    passed: dict[str, list[str]] = field(default_factory=dict)
    told: bool = False

    def settings(self) -> None:
        """Read the settings of amplify's own."""
        for name in [name for name in self.values if name.startswith(OURS)]:
            if name in HARMLESS:
                self._set(name)
            elif not is_key(name):
                self._pass(name, REDIRECTS)

    def keys(self, components: Iterable[Component]) -> None:
        """Read the keys that these components declare, and the addresses that go with them.

        An address is read where a key of its component came from here, and nothing else that is
        set outside could be sent to it.
        """
        from amplify.contract.components import ProviderComponent  # `--help` does without

        providers = [one for one in components if isinstance(one, ProviderComponent)]
        names = [name for one in providers for name in one.env]
        addresses = {name for one in providers for name in one.addresses}
        for name in [name for name in self.values if name in names and is_key(name)]:
            if name not in addresses:
                self._set(name)
        for name in [name for name in self.values if name in addresses]:
            reason = self._against(name, [one for one in providers if name in one.env])
            if reason:
                self._pass(name, reason)
            else:
                self._set(name)
        for name in list(self.values):
            self._pass(name, UNKNOWN)

    def line(self) -> str:
        """What was read, and what was not and why: names only."""
        parts = [f"read {_names(self.read)}"] if self.read else []
        parts += [f"passed over {_names(n)} ({why})" for why, n in self.passed.items()]
        return f"{NAME}: {'; '.join(parts) or 'nothing in it is read'}"

    @property
    def ours(self) -> bool:
        """Whether it speaks of amplify, so that every command tells of it."""
        settled = [*self.read, *(name for names in self.passed.values() for name in names)]
        return any(name.startswith(OURS) for name in settled)

    def _against(self, address: str, providers: Sequence[ProviderComponent]) -> str:
        """Why an address that these providers would use is not read; empty where it is."""
        for one in providers:
            for name in one.env:
                if name not in one.addresses and self.exported.get(name):
                    return f"{name} is set outside of {NAME} and would be sent there"
        if not any(name in self.read and is_key(name) for one in providers for name in one.env):
            return NO_KEY
        return ""

    def _set(self, name: str) -> None:
        value = self.values[name]
        if name in self.exported:
            self._pass(name, SET)
        elif "${" in value:
            self._pass(name, REFERS)
        elif "\0" in value:
            self._pass(name, STRANGE)
        else:
            os.environ[name] = self.values.pop(name)
            self.read.append(name)

    def _pass(self, name: str, why: str) -> None:
        del self.values[name]
        self.passed.setdefault(why, []).append(name)


def read_env(folder: Path) -> EnvFile | None:
    """What `.env` in the folder says, its harmless settings set; None where there is no such file.

    Raises PlanError, which shows nothing of what is in it, where it cannot be read.
    """
    path = folder / NAME
    try:
        text = _text(path)
    except _PassedOver as why:
        return EnvFile(passed={str(why): ["all of it"]})
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise PlanError(f"cannot be read: {reason}", where=str(path)) from None
    if text is None:
        return None
    from dotenv import dotenv_values  # most runs have no such file

    # Nothing is filled in for ${…}: it could take a value of the environment along.
    found = dotenv_values(stream=io.StringIO(text), interpolate=False)
    made = EnvFile({name: value for name, value in found.items() if value is not None})
    made.settings()
    return made


class _PassedOver(Exception):
    """The file is there, and is not read."""


def _text(path: Path) -> str | None:
    """What the file holds; None where there is none. It is the user's own, and no link."""
    if path.is_symlink():
        raise _PassedOver("it is a link")
    if path.is_dir():
        raise _PassedOver("it is a folder")
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        number = os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError):
        return None
    with open(number, "rb") as file:
        about = os.fstat(number)
        if not stat.S_ISREG(about.st_mode):
            raise _PassedOver("it is no regular file")
        if hasattr(os, "getuid") and about.st_uid not in (os.getuid(), 0):
            raise _PassedOver("it belongs to another user")
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _PassedOver(f"it has more than {MOST_BYTES:,} bytes")
    return content.decode("utf-8-sig")


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(visible(name[:60]) for name in names[:MOST_NAMES])
    return shown + (f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else "")
