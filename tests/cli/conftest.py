"""What tests of whole commands share, and which of them one interpreter is enough for."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from known.site import Site
from known.weather import PLAN, lay

from amplify.cli.main import main

EVERYWHERE = {
    "test_broken_plugins",
    "test_closed_descriptors",
    "test_plugins",
    "test_stdout",
    "test_strangers",
    "test_uncaught",
}
"""What depends on the interpreter: imports, streams, errors that end a process."""

assert {path.stem for path in Path(__file__).parent.glob("test_*.py")} >= EVERYWHERE


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the others: each starts processes for seconds, and shows the same on every Python.

    The tests of one whole run, and of one whole study, are not marked: they share its process.
    """
    shares = "whole" in getattr(item, "fixturenames", ())
    if item.path.parent.name == "cli" and item.path.stem not in EVERYWHERE and not shares:
        item.add_marker("once")


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    """A folder with a plan and its data; the plugin of the tests is installed."""
    return lay(site, tmp_path, plan=PLAN)


@pytest.fixture
def command(place: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """A command in this process: its exit code, and what it printed on stdout and stderr."""
    monkeypatch.setenv("KNOWN_LOG", str(place / "log"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(place / "cache"))

    def run_command(*arguments: str) -> tuple[int, str, str]:
        printed, told = io.StringIO(), io.StringIO()
        with redirect_stdout(printed), redirect_stderr(told), pytest.raises(SystemExit) as ended:
            main(arguments)
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.getvalue(), told.getvalue()

    return run_command
