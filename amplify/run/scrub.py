"""Keys out of what is shown and kept: whatever a service or a library repeats of them."""

from __future__ import annotations

import os
from collections.abc import Callable

TELLING = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL", "CREDENTIALS")
"""How the names of variables that hold secrets end."""

SHORTEST = 6
"""Letters below which a value is no key: it would be taken out of ordinary words."""


def secret_values() -> dict[str, str]:
    """The values of the environment's variables that hold secrets, with their names, the longest
    first."""
    values = {
        value: name
        for name, value in os.environ.items()
        if len(value) >= SHORTEST and name.upper().split("_")[-1] in TELLING
    }
    return dict(sorted(values.items(), key=lambda pair: -len(pair[0])))


def scrubber() -> Callable[[str], str]:
    """What takes those values out of a text and puts `[NAME]` in their place."""
    values = secret_values()

    def scrub(text: str) -> str:
        for value, name in values.items():
            if value in text:
                text = text.replace(value, f"[{name}]")
        return text

    return scrub
