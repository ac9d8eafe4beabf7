"""Settings of all tests, and the site folder in which they install plugins."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from known.site import Site

# No test asserts on wall-clock time, and every run draws the same examples.
settings.register_profile("untimed", deadline=None, derandomize=True)
settings.load_profile("untimed")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site folder on this process's path; what was imported from it is forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    sys.path.insert(0, str(folder))
    before = set(sys.modules)
    yield Site(folder)
    sys.path.remove(str(folder))
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]
