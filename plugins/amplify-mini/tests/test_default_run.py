"""A bare `amplify run` is the same whatever else is installed beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from known.site import Site
from known.strangers import settle


@pytest.mark.slow
def test_a_bare_run_among_strangers_is_the_run_without_them(tmp_path: Path) -> None:
    """Plugins that no plan names, one of the name `mini`: the record, byte for byte."""
    site = Site(tmp_path / "site")
    site.path.mkdir()
    less = ("split.train=30", "split.pool=40", "run.choose_on=4", "run.faithfulness=false")
    settings = [word for setting in (*less, "proxy.epochs=1") for word in ("-o", setting)]
    run = ("run", "--json", "-n", "8", "--draws", "2", *settings, "--out")
    alone = site.amplify(*run, str(tmp_path / "alone"))
    assert alone.returncode == 0, alone.stderr
    settle(site)
    site.add("mini")
    among = site.amplify(*run, str(tmp_path / "among"))
    assert (among.returncode, among.stdout) == (0, alone.stdout), among.stderr
    for name in ("record.json", "predictions.jsonl", "prompts.jsonl"):
        read = [(tmp_path / out / name).read_bytes() for out in ("alone", "among")]
        assert read[0] == read[1]
