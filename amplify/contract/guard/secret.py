"""A key from the environment, held so that nothing shows it by accident."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import NoReturn
from weakref import WeakSet

from amplify.contract.errors import PlanError
from amplify.contract.guard.keys import SHORTEST, Scrubber, is_key, secret_values

HIDDEN = "[key]"
"""What stands where a key was."""

_TELLING_HEADER = re.compile("auth|key|token|secret|password|credential|cookie", re.IGNORECASE)

_held: WeakSet[Secret] = WeakSet()


class Secret:
    """A key. Only `reveal()` gives it: not `repr`, not `str`, not `vars`, not a pickle.

    `name` says where it is from. As long as it is held, it is taken out of what the engine keeps.
    """

    __slots__ = ("__weakref__", "_give", "name")

    def __init__(self, value: str, name: str = "key") -> None:
        # A closure: whoever lists attributes sees no text.
        self._give: Callable[[], str] = lambda: value
        self.name = name
        _held.add(self)

    def reveal(self) -> str:
        """The key itself, for the library that sends it."""
        return self._give()

    def scrub(self, text: str) -> str:
        """`text` with the key, and what may be a part of it, taken out wherever it is repeated."""
        value = self._give()
        return Scrubber({value: HIDDEN[1:-1]}, [value])(text)

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
        return cls(value, name)

    @classmethod
    def in_headers(cls, name: str) -> tuple[Secret, ...]:
        """What may be secret in the variable `name`, which holds a header in each line."""
        keys = []
        for line in os.environ.get(name, "").splitlines():
            header, _, value = line.partition(":")
            if _TELLING_HEADER.search(header):
                words = dict.fromkeys((value.strip(), *value.split()[-1:]))
                keys += [cls(word, name) for word in words if len(word) >= SHORTEST]
        return tuple(keys)


def keys_sent(names: Iterable[str] = ()) -> dict[str, str]:
    """The keys that a provider was given to send, with their names.

    Those are all that are held as a Secret, and the values of the variables `names` that are keys
    by their names: what a provider declares that it reads.
    """
    by_value = {secret.reveal(): secret.name for secret in list(_held)}
    for name in filter(is_key, names):
        by_value.setdefault(os.environ.get(name, "").strip(), name)
    return {value: name for value, name in by_value.items() if len(value) >= SHORTEST}


def scrubber(names: Iterable[str] = ()) -> Scrubber:
    """What takes keys out of messages: whole ones of the environment, and parts of those sent."""
    sent = keys_sent(names)
    held = {secret.reveal() for secret in list(_held)}
    shown = {value: HIDDEN[1:-1] if value in held else name for value, name in sent.items()}
    return Scrubber({**secret_values(), **shown}, sent)


def scrubbed(text: str) -> str:
    """A message that a service, a library or a plugin wrote, without keys.

    It comes before the message is cut: of a key that is cut, no rest is found.
    """
    return scrubber()(text)
