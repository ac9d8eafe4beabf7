"""A key from the environment, held so that nothing shows it by accident."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NoReturn

from amplify.contract.errors import PlanError

HIDDEN = "[key]"
"""What stands where a key was."""


class Secret:
    """A key. Only `reveal()` gives it: not `repr`, not `str`, not `vars`, not a pickle."""

    __slots__ = ("_give",)

    def __init__(self, value: str) -> None:
        # A closure: whoever lists attributes sees no text.
        self._give: Callable[[], str] = lambda: value

    def reveal(self) -> str:
        """The key itself, for the library that sends it."""
        return self._give()

    def scrub(self, text: str) -> str:
        """`text` with the key taken out, wherever a server has repeated it."""
        return text.replace(self._give(), HIDDEN)

    def __repr__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is not pickled")

    @classmethod
    def read(cls, name: str) -> Secret | None:
        """The key in the environment variable `name`, None where it is unset or blank.

        Raises PlanError, which does not show the value, where it cannot be sent in a header.
        """
        value = os.environ.get(name, "").strip()
        if not value:
            return None
        if not all("!" <= letter <= "~" for letter in value):
            raise PlanError(
                f"{name} holds white space or letters that no key has",
                where="environment",
                hint="copy the key again, without quotes and line ends",
            )
        return cls(value)
