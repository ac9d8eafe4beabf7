"""The workflow of the how-to guide on CI: its own commands, run as a runner runs them."""

from __future__ import annotations

import re
import subprocess
import textwrap
from pathlib import Path

import pytest
from known.commands import environment, executable
from known.recorded_run import write_recording
from known.waiting import HUNG

GUIDE = Path(__file__).parent.parent / "docs" / "how-to" / "ci.md"


def script(step: str) -> str:
    """The commands of a step of the workflow."""
    found = re.search(rf"- name: {step}\n(?:.*\n)*?        run: \|\n((?:          .*\n)+)",
                      GUIDE.read_text())  # fmt: skip
    assert found is not None, step
    return textwrap.dedent(found[1])


def perform(step: str, folder: Path) -> int:
    """Run a step as a runner does, and return its exit code."""
    (folder / "step.sh").write_text(script(step))
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "step.sh"]
    env = environment(PATH=executable(folder), GITHUB_STEP_SUMMARY=str(folder / "summary.md"))
    return subprocess.run(shell, cwd=folder, env=env, timeout=HUNG, check=False).returncode


@pytest.mark.parametrize(("wrong", "code"), [(0, 0), (30, 4)])
def test_the_step_fails_where_the_gain_is_gone(tmp_path: Path, wrong: int, code: int) -> None:
    write_recording(tmp_path, wrong=wrong)
    (tmp_path / "prices.toml").write_text("")
    assert perform("Measure", tmp_path) == code
    assert perform("Show the result", tmp_path) == 0
    assert "verdict: " in (tmp_path / "summary.md").read_text()
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
