"""A study's tables of the wrong kind are faults of the study, each named with what is expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from amplify.contract.errors import PlanError
from amplify.run.study.read import read_study

TASKS = '[[tasks]]\nname = "t"\ntask = "builtin/coin-flip"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("arms = 3\n" + TASKS, "[[arms]]: expected a list of tables, not 3"),
        ("arms = ['a']\n" + TASKS, "[[arms]]: expected a list of tables, not ['a']"),
        (TASKS + "arms = 3\n", "[[tasks]] t arms: expected a list of tables, not 3"),
        (TASKS + "shots = -1\n", '[[tasks]] t shots: expected a count or "max", not -1'),
        (TASKS + "pick = 'a'\n", "[[tasks]] t pick: expected a list of texts, not 'a'"),
        (TASKS + "plan = 3\n", "[[tasks]] t plan: expected a file's name or a table, not 3"),
        (TASKS + "plan = { rnu = 3 }\n", "[[tasks]] t plan: unknown key 'rnu'; did you mean 'run'"),
        (TASKS + "run = 3\n", "[[tasks]] t run: expected a table, not 3"),
        (TASKS + "[[vary]]\narm = []\n", "[[vary]] arm: expected a text that is not empty, not []"),
        (
            TASKS + "[[vary]]\nparts = 2020-01-01\nshots = [1]\n",
            "[[vary]] amplify parts: expected a count of at least 2",
        ),
        (TASKS + "[[figures]]\naccuracy = {}\n", "[[figures]] 1: a figure needs a task"),
        ("tasks = 3\n", "[[tasks]]: expected a list of tables, not 3"),
        ("[[tasks]]\nname = 3\n", "[[tasks]] name: expected a text that is not empty, not 3"),
        ("[study]\nseeds = 'x'\n" + TASKS, "[study] seeds: expected a list of whole numbers"),
    ],
)
def test_a_table_of_the_wrong_kind_is_a_fault_of_the_study(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "study.toml"
    path.write_text(text)
    with pytest.raises(PlanError) as caught:
        read_study(path)
    assert str(caught.value).startswith(f"{path}: {words}")
