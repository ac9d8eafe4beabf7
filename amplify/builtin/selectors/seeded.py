"""A seeded order of names."""

from __future__ import annotations

import hashlib


def seeded(seed: int, name: str) -> bytes:
    """A sort key that shuffles names the same way on every machine."""
    return hashlib.sha256(f"{seed}/{name}".encode("utf-8", "surrogatepass")).digest()
