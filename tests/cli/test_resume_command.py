"""The line that goes on after a stop is pasted into a shell as it stands, and the run ends."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from known.commands import executable
from known.prices import TABLE
from known.runs import Runs, label
from known.server import Fault, Server, in_turn
from known.site import Site
from known.weather import record
from known.webs import install

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="pastes into bash")

OUT = "an out; folder"
"""A name that a shell would take apart."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(answer=label) as server:
        yield server


@pytest.fixture
def runs(site: Site, server: Server, tmp_path: Path) -> Runs:
    """A task of two arms with 20 items each, a service that answers, and `amplify` on the path."""
    install(site)
    (tmp_path / "prices.toml").write_text(TABLE)
    runs = Runs(tmp_path, {"PYTHONPATH": str(site.path), "PATH": executable(tmp_path)})
    runs.write(f'use = "web"\nurl = "{server.url}/v1"')
    return runs


def pasted(runs: Runs, told: str) -> subprocess.CompletedProcess[str]:
    """What the line does that a command told, in bash."""
    (line,) = re.findall(r": (amplify (?:run|study|retry) .*)$", told, re.MULTILINE)
    return runs.python(["bash", "-c", line])


@pytest.mark.parametrize(
    "caps",
    [
        "--max-calls 7",
        "--max-tokens 900",
        "--max-cost 0.05 --prices prices.toml",
        "--max-calls 9 --max-tokens 900 --max-cost 0.05 --prices prices.toml -o calls.retries=2",
        "--max-calls 0",
        "--max-cost 0.0001 --prices prices.toml",
    ],
)
def test_a_capped_run_ends_by_the_line_that_it_prints(
    runs: Runs, server: Server, caps: str
) -> None:
    code, told = runs.run("run", "plan.toml", "--out", OUT, *caps.split())
    assert code == 1, told
    asked = len(server.seen)
    assert asked < 40
    done = pasted(runs, told)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [arm["items"] for arm in record(runs.folder, OUT)["arms"]] == [20, 20]
    assert len(server.seen) == 40


def test_what_was_said_on_a_resume_alone_is_in_the_line(runs: Runs, server: Server) -> None:
    """The folder holds neither the prices nor the demand: whoever goes on needs both."""
    code, _ = runs.run("run", "plan.toml", "--out", OUT, "--max-calls", "5")
    assert code == 1
    more = "--max-calls 30 --max-cost 0.1 --prices prices.toml --no-cache -j 3 --min-gain 90"
    code, told = runs.run("run", "--resume", "--out", OUT, *more.split())
    assert code == 1, told
    assert "--no-cache" in told
    done = pasted(runs, told)
    assert done.returncode == 4, done.stdout + done.stderr  # all was asked: no such gain
    assert len(server.seen) == 40
    assert "USD" in done.stdout


def test_failed_calls_are_asked_again_by_the_line(runs: Runs, server: Server) -> None:
    server.faults = in_turn(None, "400", "400")
    more = ["--max-cost", "9", "--prices", "prices.toml", "-o", "calls.retries=0"]
    code, told = runs.run("run", "plan.toml", "--out", OUT, *more)
    assert code == 1, told
    done = pasted(runs, told)
    assert done.returncode == 0, done.stdout + done.stderr


SURVEY = """
[survey]
arm = "zero-shot"
[[arms]]
name = "errors"
selector = "errors"
shots = 2
"""


def test_a_run_that_is_stopped_while_it_prepares_ends_by_its_line(
    runs: Runs, server: Server
) -> None:
    """What the answers will take is not known then, and estimated."""
    plan = runs.folder / "plan.toml"
    plan.write_text(plan.read_text() + SURVEY)
    draw = random.Random(2)
    server.answer = lambda seen: draw.choice(["good", "bad"])
    caps = ["--max-cost", "0.02", "--max-calls", "5", "--prices", "prices.toml"]
    code, told = runs.run("run", "plan.toml", "--out", OUT, *caps)
    assert code == 1, told
    assert len(server.seen) <= 5
    done = pasted(runs, told)
    assert done.returncode == 0, done.stdout + done.stderr


STUDY = """
[study]
name = "capped"
seeds = [0, 1]
[[tasks]]
name = "reviews"
task = {{ use = "csv", path = "reviews.csv", instruction = "Answer with one of: bad, good." }}
split = {{ train = 0, pool = 12, test = 12 }}
[[llms]]
name = "web"
llm = {{ use = "web", url = "{url}/v1" }}
[calls]
backoff = 0.01
[[arms]]
name = "zero-shot"
[[arms]]
name = "answer-only"
selector = "random"
shots = 3
"""


def test_a_capped_study_ends_by_its_line(runs: Runs, server: Server) -> None:
    (runs.folder / "study.toml").write_text(STUDY.format(url=server.url))
    caps = ["--max-cost", "0.2", "--max-calls", "30", "--prices", "prices.toml"]
    code, told = runs.run("study", "study.toml", "--out", OUT, *caps)
    assert code == 1, told
    assert len(server.seen) <= 30
    done = pasted(runs, told)
    assert done.returncode == 0, done.stdout + done.stderr
    assert record(runs.folder, OUT)["stopped"] is None


def test_a_stop_at_its_time_goes_on_by_its_line(runs: Runs, server: Server) -> None:
    server.faults = lambda seen: None if len(server.seen) < 15 or done else Fault("hang")
    done: list[bool] = []
    code, told = runs.run("run", "plan.toml", "--out", OUT, "--max-seconds", "3", "-j", "2")
    assert code == 1, told
    done.append(True)
    again = pasted(runs, told)
    assert again.returncode == 0, again.stdout + again.stderr
