"""Opens rows behind a prefix in the mode in which the model shares it."""

from __future__ import annotations

from typing import Any

from amplify_transformers.generate.cascade_rows import CascadeRows
from amplify_transformers.generate.copied_rows import CopiedRows
from amplify_transformers.generate.decoding import DecodingRows, SharingMode
from amplify_transformers.models.prefix_cache import Prefix


def open_rows(
    model: Any, mode: SharingMode, prefix: Prefix | None, count: int, capacity: int
) -> DecodingRows:
    """`count` rows after the prefix, each for at most `capacity` tokens."""
    if mode is SharingMode.CASCADE:
        return CascadeRows.after(model, prefix, count, capacity)
    return CopiedRows.after(model, mode, prefix, count)
