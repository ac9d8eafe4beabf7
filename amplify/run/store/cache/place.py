"""The places of the cache: its folder and its file."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from amplify.contract.guard.paths import home

NAME = "replies.sqlite"


def cache_folder() -> Path:
    """`AMPLIFY_CACHE_DIR` where it is set, else the platform's folder for caches."""
    folder = os.environ.get("AMPLIFY_CACHE_DIR")
    return home(folder) if folder else Path(platformdirs.user_cache_dir("amplify"))


def cache_file() -> Path:
    """The file of the cached replies."""
    return cache_folder() / NAME
