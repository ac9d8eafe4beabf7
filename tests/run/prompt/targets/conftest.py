"""The run whose prompts are taken to where they are exported for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from known.taken import Taken, taken


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    with taken(tmp_path_factory.mktemp("taken")) as finished:
        yield finished
