"""What tests of whole commands share, and which of them one interpreter is enough for."""

from __future__ import annotations

from pathlib import Path

import pytest
from known.site import Site
from known.weather import PLAN, lay

EVERYWHERE = {
    "test_broken_plugins",
    "test_closed_descriptors",
    "test_plugins",
    "test_run",
    "test_stdout",
    "test_stray_errors",
    "test_strangers",
}
"""What depends on the interpreter: imports, streams, errors that end a process, one whole run."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the others: each starts processes for seconds, and shows the same on every Python."""
    if item.path.parent.name == "cli" and item.path.stem not in EVERYWHERE:
        item.add_marker("once")


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    """A folder with a plan and its data; the plugin of the tests is installed."""
    return lay(site, tmp_path, plan=PLAN)
