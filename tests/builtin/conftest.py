"""Where the benchmark data of the tests lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from amplify import Context


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of the benchmark data; skips where there is none."""
    default = Path(__file__).parents[2] / "../shared/data"
    folder = Path(os.environ.get("AMPLIFY_DATA", default))
    if not (folder / "bbh").is_dir():
        pytest.skip(f"no benchmark data at {folder}: set AMPLIFY_DATA")
    return folder.resolve()


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A context that looks for files in the test's own folder."""
    return Context(seed=0, paths=(tmp_path,))
