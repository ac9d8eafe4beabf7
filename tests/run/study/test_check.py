"""The plans of a study are checked before anything is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from amplify import PlanError
from amplify.host.load import Host
from amplify.run.study.execute import check_study
from amplify.run.study.read import read_study

STUDY = """
[llm]
use = "none"
[survey]
errors = "none"
[[arms]]
name = "zero-shot"
[[tasks]]
name = "first"
task = { use = "csv", path = "data.csv" }
[[tasks]]
name = "second"
task = { use = "csv", path = "data.csv" }
"""


@pytest.mark.parametrize("task", ["first", "second"])
def test_a_plan_that_cannot_be_wired_is_named(tmp_path: Path, task: str) -> None:
    known = f'name = "{task}"\ntask = {{ use = "csv"'
    assert known in STUDY
    path = tmp_path / "study.toml"
    path.write_text(STUDY.replace(known, known.replace("csv", "cvs")))
    with pytest.raises(PlanError, match="unknown") as caught:
        check_study(read_study(path), Host.load(plugins=False))
    assert caught.value.where.startswith(task)


def test_an_observer_that_nobody_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    check_study(read_study(path), Host.load(plugins=False))
    with pytest.raises(PlanError, match="'nothing'"):
        check_study(read_study(path), Host.load(plugins=False), ["nothing"])
