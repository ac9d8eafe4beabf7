"""Settings of all tests, and the site folder in which they install plugins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from known.site import Site, site_on_path

# No test asserts on wall-clock time, and every run draws the same examples.
settings.register_profile("untimed", deadline=None, derandomize=True)
settings.load_profile("untimed")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site folder on this process's path; what was imported from it is forgotten afterwards."""
    with site_on_path(tmp_path / "site") as folder:
        yield folder
