"""A result that cannot be written: to a full disk, to a closed stream."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from known.commands import LINE
from known.runs import Runs

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")

COMMANDS = [
    "run plan.toml --out out",
    "run plan.toml --out out --json",
    "plan plan.toml",
    "plan plan.toml --json",
    "study study.toml --out out",
    "study study.toml --out out --format csv",
    "study study.toml --dry-run",
    "list-plugins",
    "list-plugins --json",
    "show csv",
    "cache path",
    "--help",
    "--version",
]


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    runs = Runs(tmp_path, {"AMPLIFY_NO_PLUGINS": "1"})
    runs.write('use = "none"', items=4)
    plan = (tmp_path / "plan.toml").read_text()
    (tmp_path / "study.toml").write_text('[study]\nname = "one"\n' + plan)
    return runs


def shell(runs: Runs, command: str, streams: str) -> tuple[int, str, str]:
    """The exit code of a command line with these streams, and what came to those left."""
    done = runs.python(["bash", "-c", f"{LINE} {command} {streams}"])
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_result_on_a_full_disk_is_told(runs: Runs, command: str) -> None:
    code, _, told = shell(runs, command, "> /dev/full")
    assert code == 1, told
    assert told.endswith("amplify: standard output cannot be written: No space left on device\n")
    assert "internal error" not in told
    if " --out out" in command:
        assert (runs.folder / "out" / "record.json").exists()


@pytest.mark.parametrize("command", COMMANDS[::3])
def test_a_command_without_an_output_does_its_work(runs: Runs, command: str) -> None:
    code, _, told = shell(runs, command, ">&-")
    assert code == 0, told
    assert "cannot be written" not in told


@pytest.mark.parametrize("streams", ["2> /dev/full", "2>&-"])
def test_a_run_goes_on_where_its_progress_cannot_be_written(runs: Runs, streams: str) -> None:
    code, out, _ = shell(runs, "run plan.toml --out out", streams)
    assert code == 0
    assert "run folder: out" in out
    assert (runs.folder / "out" / "record.json").exists()


def test_no_file_of_a_run_takes_the_place_of_a_closed_stream(runs: Runs) -> None:
    code, _, _ = shell(runs, "run plan.toml --out out", "<&- >&- 2>&-")
    assert code == 0
    whole, _, told = shell(runs, "run plan.toml --out whole", "")
    assert whole == 0, told
    for path in (runs.folder / "whole").iterdir():
        if path.name != "plan.toml":
            assert (runs.folder / "out" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("streams", ["> /dev/full", ">&-", "2> /dev/full", "> /dev/full 2>&1"])
def test_the_exit_code_of_an_error_stays(runs: Runs, streams: str) -> None:
    assert shell(runs, "run no-such-plan.toml", streams)[0] == 2
