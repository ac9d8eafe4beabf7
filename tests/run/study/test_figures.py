"""Published figures of a study: each is a percentage, of one of its tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from amplify.contract.errors import PlanError
from amplify.run.study.read import StudyOverrides, read_study

STUDY = """[study]
arms = ["zero-shot", "answer-only"]
[[tasks]]
name = "snarks"
task = "builtin/coin-flip"
[[tasks]]
name = "coins"
task = "builtin/coin-flip"
[[figures]]
task = "{task}"
[figures.accuracy]
"GPT-0" = {{ zero-shot = {accuracy} }}
"""


def study(folder: Path, task: str, accuracy: str) -> Path:
    (folder / "study.toml").write_text(STUDY.format(task=task, accuracy=accuracy))
    return folder / "study.toml"


@pytest.mark.parametrize("accuracy", ["1e400", "inf", "nan", "-5.0", "100.5"])
def test_a_figure_is_a_percentage(tmp_path: Path, accuracy: str) -> None:
    with pytest.raises(PlanError, match="in percent, 0 to 100") as caught:
        read_study(study(tmp_path, "snarks", accuracy))
    assert "[[figures]] 1 accuracy.GPT-0.zero-shot" in caught.value.where


def test_a_figure_is_of_a_task_of_the_study(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="no task of the study; did you mean 'snarks'"):
        read_study(study(tmp_path, "snark", "80.5"))


def test_figures_of_tasks_that_are_left_out_do_no_harm(tmp_path: Path) -> None:
    path = study(tmp_path, "snarks", "80.5")
    assert read_study(path, StudyOverrides(tasks=("coins",))).figures[0].accuracy == 80.5


def test_an_entry_without_a_figure_is_refused(tmp_path: Path) -> None:
    path = study(tmp_path, "snarks", "80.5")
    path.write_text(path.read_text().partition("[figures.accuracy]")[0])
    with pytest.raises(PlanError, match="holds no figure"):
        read_study(path)
