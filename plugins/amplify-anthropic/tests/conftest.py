"""A local server that speaks the protocol, and the real SDK that talks to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from known.bench import Bench, bench_of
from known.vendors import anthropic


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with bench_of(anthropic(), monkeypatch) as bench:
        yield bench
