"""A component that closes descriptors 0 to 2: what went wrong is told all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from known.frail import PLAN, lay
from known.site import Site

CLOSE = "os.closerange(0, 3)"

FAULTS = {
    "provider": f"Llm.complete = lambda self, requests: {CLOSE} or 1 / 0",
    "selector": f"Selector.select = lambda self, c, n, q: {CLOSE} or 1 / 0",
    "proxy": f"Proxy.fit = lambda self, train, labels: {CLOSE} or 1 / 0",
}


@pytest.mark.parametrize("role", FAULTS)
def test_the_error_is_told_after_the_streams_were_closed(
    site: Site, tmp_path: Path, role: str
) -> None:
    path = lay(site, tmp_path, f"import os\n    {FAULTS[role]}", PLAN)
    done = site.amplify("run", str(path), "--out", str(tmp_path / "out"))
    assert done.returncode == 3
    assert "of plugin amplify-frail 1.0" in done.stderr
    assert "ZeroDivisionError" in done.stderr
