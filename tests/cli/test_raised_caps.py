"""The command line that goes on after a cap names caps with which a command can end."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from known.site import Site
from known.weather import WEATHER, lay

Command = Callable[..., tuple[int, str, str]]

ARMS = """
[[arms]]
name = "answer-only"
selector = "random"
shots = 2
[[arms]]
name = "plain"
selector = "random"
template = { use = "answer-only", max_tokens = 8 }
shots = 3
"""
RUN = (
    '[run]\nseed = 1\nlimit = 8\nfocus = "plain"\nfaithfulness = false\n[survey]\nerrors = "none"\n'
)
PLAN = f"{WEATHER}{RUN}{ARMS}"
STUDY = f"""
[study]
seeds = [0, 1]
[run]
limit = 8
focus = "plain"
faithfulness = false
[survey]
errors = "none"
[[tasks]]
name = "weather"
task = {{ use = "csv", path = "weather.csv" }}
split = {{ train = 60, pool = 40, test = 40 }}
[[llms]]
name = "voter"
llm = {{ use = "voter" }}
{ARMS}
"""


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    return lay(site, tmp_path, plan=PLAN, race=f"{PLAN}[tune]\nvalidation = 8\n", study=STUDY)


UNREAD = ("-o", "run.unread=ask")
WORTH = ("-o", "worth.items=3", "-o", "worth.prune=true")


@pytest.mark.parametrize(
    ("name", "file", "options", "cap"),
    [
        ("run", "plan", WORTH, 2),
        ("run", "plan", (*UNREAD, *WORTH), 40),
        ("tune", "race", UNREAD, 2),
        ("tune", "race", (*UNREAD, *WORTH), 70),
        ("study", "study", (*UNREAD, *WORTH), 2),
    ],
)
def test_the_line_that_goes_on_lets_the_command_end(
    command: Command,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    file: str,
    options: tuple[str, ...],
    cap: int,
) -> None:
    """Second calls on unread replies count, and the worth of demonstrations that is to come."""
    if "run.unread=ask" in options:
        monkeypatch.setenv("KNOWN_HUMS", "Q:")
    plan, out = str(place / f"{file}.toml"), str(place / "out")
    code, _, told = command(name, plan, "--out", out, *options, "--max-calls", str(cap))
    assert code == 1, told
    line = next(line for line in told.splitlines() if ": amplify " in line)
    code, _, told = command(*shlex.split(line.partition(": amplify ")[2]))
    assert code == 0, told
    assert "stopped" not in told
