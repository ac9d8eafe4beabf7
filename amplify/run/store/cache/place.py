"""The file of the cached replies."""

from __future__ import annotations

from pathlib import Path

from amplify.contract.guard.paths import cache_folder

NAME = "replies.sqlite"


def cache_file() -> Path:
    """The file of the cached replies."""
    return cache_folder() / NAME
