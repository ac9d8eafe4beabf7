"""Repeats of items whose service would give the same reply each time."""

from __future__ import annotations

from pathlib import Path

import pytest
from known.openai_words import KEY
from known.runs import Runs
from known.server import Server

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("", "at temperature 0 all repeats would be the same reply"),
        (
            "temperature = 1.0\nseed = 3",
            "with a seed of the LLM all repeats would be the same reply",
        ),
    ],
)
def test_repeats_that_could_not_differ_are_refused(
    tmp_path: Path, options: str, problem: str
) -> None:
    with Server() as server:
        runs = Runs(tmp_path, {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{server.url}/v1"})
        runs.write(f'use = "openai"\nmodel = "known-1"\n{options}')
        for command in (("plan",), ("run", "--out", "out")):
            code, told = runs.run(command[0], "plan.toml", *command[1:], "--repeats", "3")
            assert code == 2
            assert problem in " ".join(told.split())
        assert not server.seen
        assert not (tmp_path / "out").exists()
