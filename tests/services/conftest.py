"""The services whose plugins the tests below this folder are about, each in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from known.bench import Bench, bench_of
from known.runs import Runs
from known.server import Server
from known.vendors import INSTALLED, VENDORS, Vendor

collect_ignore_glob = [] if INSTALLED else ["*.py"]


@pytest.fixture(params=INSTALLED)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    return VENDORS[request.param]()


@pytest.fixture
def bench(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A service that the environment names, and providers for it."""
    with bench_of(vendor, monkeypatch) as bench:
        yield bench


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def runs(vendor: Vendor, server: Server, tmp_path: Path) -> Runs:
    """Where whole runs ask the server."""
    return Runs(tmp_path, vendor.env(server.url))
