"""A local server that speaks the protocol, and the real SDK that talks to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from known.bench import Bench, bench_of
from known.vendors import openai


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with bench_of(openai(), monkeypatch) as bench:
        yield bench
