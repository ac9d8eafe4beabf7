"""Paths and texts as people and old archives have them: `~`, no UTF-8, too long, too deep."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from known.commands import MAIN, run
from known.runs import Runs

ODD = os.fsdecode(b"rese\xf1a")
LONG = "x" * 300


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    (tmp_path / "home").mkdir()
    runs = Runs(tmp_path, {"HOME": str(tmp_path / "home"), "AMPLIFY_NO_PLUGINS": "1"})
    runs.write('use = "none"', items=4)
    return runs


def refused(runs: Runs, *command: str) -> str:
    """What a command says that ends with 2, and with nothing made."""
    before = sorted(runs.folder.rglob("*"))
    code, told = runs.run(*command)
    assert code == 2, told
    assert sorted(runs.folder.rglob("*")) == before
    return told


@pytest.mark.parametrize("way", ["option", "variable", "plan"])
def test_a_run_in_the_home_folder(runs: Runs, way: str) -> None:
    command = ["run", "~/plan.toml"]
    for name in ("plan.toml", "reviews.csv"):
        shutil.move(runs.folder / name, runs.folder / "home" / name)
    if way == "option":
        command += ["--out", "~/out"]
    elif way == "variable":
        runs.env["AMPLIFY_OUT"] = "~/out"
    else:
        command += ["-o", "run.out=~/out"]
    code, told = runs.run(*command)
    assert code == 0, told
    assert (runs.folder / "home" / "out" / "record.json").exists()
    assert runs.run("run", "--resume", "--out", "~/out")[0] == 0
    assert runs.run("retry", "~/out")[0] == 0
    assert not (runs.folder / "~").exists()


def test_a_study_in_the_home_folder(runs: Runs) -> None:
    plan = (runs.folder / "plan.toml").read_text()
    study = '[study]\nname = "one"\nout = "~/out"\nbase = "~"\n' + plan
    (runs.folder / "home" / "study.toml").write_text(study)
    shutil.move(runs.folder / "reviews.csv", runs.folder / "home" / "reviews.csv")
    code, told = runs.run("study", "~/study.toml")
    assert code == 0, told
    assert (runs.folder / "home" / "out" / "record.json").exists()
    assert runs.run("study", "--resume", "--out", "~/out")[0] == 0
    assert not (runs.folder / "~").exists()


@pytest.mark.parametrize(
    "command",
    [
        ["run", "plan.toml", "--out", "~nobody-is-called-so/out"],
        ["plan", "plan.toml", "--prices", "~nobody-is-called-so/prices.toml"],
        ["plan", "~nobody-is-called-so/plan.toml"],
        ["plan", "plan.toml", "-o", "task.path=~nobody-is-called-so/reviews.csv"],
    ],
    ids=lambda command: command[-2],
)
def test_the_home_folder_of_nobody_is_named(runs: Runs, command: list[str]) -> None:
    assert "~nobody-is-called-so/" in refused(runs, *command)


@pytest.mark.parametrize(
    ("command", "place"),
    [
        (["run", "plan.toml", "-o", f"task.path={ODD}.csv"], "[task] path"),
        (["run", "plan.toml", "--out", ODD], "[run] out"),
        (["run", f"{ODD}/plan.toml"], "[run] base"),
        (["run", "plan.toml", "-o", f"task.instruction={ODD}"], "[task] instruction"),
        (["run", "plan.toml", "-o", f"llm.{ODD}=1"], "[llm]"),
        (["run", "plan.toml", "--llm", ODD], "[llm] use"),
        (["run", "plan.toml", "--prices", ODD], "[calls] prices"),
        (["study", "study.toml", "--out", ODD], "[study] out"),
        (["retry", ODD], "[run] out"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_what_is_no_utf_8_is_named(runs: Runs, command: list[str], place: str) -> None:
    plan = (runs.folder / "plan.toml").read_text()
    shutil.copy(runs.folder / "reviews.csv", runs.folder / f"{ODD}.csv")
    (runs.folder / "study.toml").write_text('[study]\nname = "one"\n' + plan)
    (runs.folder / ODD).mkdir()
    (runs.folder / ODD / "plan.toml").write_text(plan)
    told = refused(runs, *command)
    assert f"{place}: '" in told
    assert "rese\\udcf1a" in told


def test_a_plan_whose_name_is_no_utf_8_is_run(runs: Runs) -> None:
    shutil.move(runs.folder / "plan.toml", runs.folder / f"{ODD}.toml")
    code, told = runs.run("run", f"{ODD}.toml", "--out", "out")
    assert code == 0, told


@pytest.mark.parametrize(
    "command",
    [
        ["run", "plan.toml", "--out", LONG],
        ["run", "--resume", "--out", LONG],
        ["retry", LONG],
        ["run", LONG],
        ["study", LONG],
        ["study", "study.toml", "--out", LONG],
        ["study", "--resume", "--out", LONG],
        ["run", "plan.toml", "-o", f"task.path={LONG}"],
        ["plan", "plan.toml", "-o", "template.use=file", "-o", f"template.path={LONG}"],
    ],
    ids=lambda command: " ".join(part for part in command if LONG not in part),
)
def test_a_name_that_is_too_long_is_refused(runs: Runs, command: list[str]) -> None:
    plan = (runs.folder / "plan.toml").read_text()
    (runs.folder / "study.toml").write_text('[study]\nname = "one"\n' + plan)
    said = refused(runs, *command)
    assert "File name too long" in said
    assert "make room" not in said
    if command == ["run", "plan.toml", "--out", LONG]:
        assert "give a shorter path" in said


def test_a_cache_whose_name_is_too_long_is_refused(runs: Runs) -> None:
    runs.env["AMPLIFY_CACHE_DIR"] = f"/tmp/{LONG}"
    assert "File name too long" in refused(runs, "cache", "info")


@pytest.mark.parametrize("key", ["run.out", "task.path", "run.base"])
def test_a_nul_in_a_path_is_named(runs: Runs, key: str) -> None:
    told = refused(runs, "run", "plan.toml", "-o", f'{key}="a\\u0000b"')
    assert "a\\x00b: a path holds no NUL" in told


DEEP = {
    "lists": "x = " + "[" * 50_000,
    "lists that end": '[task]\nuse = "csv"\npath = ' + "[" * 150 + "]" * 150,
    "dotted keys": '[task]\nuse = "csv"\n' + ".".join("a" * 5000) + " = 1",
    "tables": "[" + ".".join("a" * 5000) + "]",
    "a number": "[run]\nseed = " + "9" * 5000,
}


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("command", ["plan", "study"])
def test_absurd_toml_is_refused_with_its_file(runs: Runs, command: str, name: str) -> None:
    (runs.folder / "absurd.toml").write_text(DEEP[name])
    told = refused(runs, command, "absurd.toml")
    assert "absurd.toml: not a readable TOML file: " in told
    assert len(told) < 500


@pytest.mark.parametrize(
    "option", ["task.x=" + "[" * 5000, "task.x=" + "9" * 5000, f"task.{'.'.join('a' * 5000)}=1"]
)
def test_an_absurd_option_is_refused(runs: Runs, option: str) -> None:
    told = refused(runs, "plan", "plan.toml", "-o", option)
    assert f"-o {option[:100]}" in told
    assert len(told) < 700


def test_a_folder_that_was_taken_away_is_told(runs: Runs) -> None:
    gone = runs.folder / "gone"
    gone.mkdir()
    command = [*MAIN[:2], f"import os; os.rmdir(os.getcwd()); {MAIN[2]}", "list-plugins"]
    done = run(command, gone)
    assert done.returncode == 2, done.stderr
    assert "the current folder cannot be used: No such file or directory" in done.stderr
