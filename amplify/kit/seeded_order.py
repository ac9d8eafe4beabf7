"""A random order of names that is the same on every machine."""

from __future__ import annotations

import hashlib


def seeded_key(seed: int, name: str) -> bytes:
    """The sort key of a name: sorted by it, names are in the order of the seed."""
    return hashlib.sha256(f"{seed}/{name}".encode("utf-8", "surrogatepass")).digest()
