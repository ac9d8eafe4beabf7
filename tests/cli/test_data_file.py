"""A data file in place of a plan: what is guessed is printed, stored, and written by `init`."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from known.in_process import ALONE, printed
from known.weather import record

from amplify.host.load import Host
from amplify.run.plan.data_path import overrides_of_data
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import read_plan
from amplify.run.wiring.wire import wire

ROWS = [f"{('positive', 'negative')[i % 2]};note {i}, of the day" for i in range(20)]
TABLE = "\n".join(["mood;customer message", *ROWS]) + "\n"


def task(plan: Path) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(plan.read_text(encoding="utf-8"))["task"]
    return table


def test_a_run_of_a_file_stores_the_plan_that_says_all_of_it(tmp_path: Path) -> None:
    data, out = tmp_path / "notes.csv", tmp_path / "out"
    data.write_text(TABLE)
    text = printed("run", str(data), *ALONE, "--out", str(out))
    assert 'text = "customer message", label = "mood"' in text
    assert 'instruction = "Answer with one of: negative, positive."' in text
    assert task(out / "plan.toml") == {
        "use": "builtin/data",
        "path": str(data),
        "text": "customer message",
        "label": "mood",
        "delimiter": "semicolon",
        "instruction": "Answer with one of: negative, positive.",
    }
    printed("run", str(out / "plan.toml"), "--out", str(tmp_path / "again"))
    assert record(tmp_path, "again")["data"] == record(tmp_path)["data"]
    assert "read from the data" not in printed("run", "--resume", "--out", str(out))


def test_init_writes_a_plan_with_comments_that_runs(tmp_path: Path) -> None:
    data, plan = tmp_path / "notes.csv", tmp_path / "plans" / "mine.toml"
    data.write_text(TABLE)
    assert "is the data" in printed("init", str(data), "--out", str(data), "--force", code=2)
    assert data.read_text() == TABLE
    text = printed("init", str(data), "--out", str(plan))
    assert "20 items: negative 10, positive 10" in text
    text = plan.read_text(encoding="utf-8")
    assert "# the column with the label" in text
    assert "# encoding = " in text
    assert task(plan)["label"] == "mood"
    printed("plan", str(plan), *ALONE)
    assert "is there already" in printed("init", str(data), "--out", str(plan), code=2)
    printed(
        "init", str(data), "--out", str(plan), "--force", "-o", "task.text=2", "-o", "task.label=1"
    )
    assert task(plan)["text"] == "customer message"


def test_a_file_in_split_is_the_official_test(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text(TABLE)
    (tmp_path / "held.csv").write_text(TABLE.replace("note", "other note"))
    plan = tmp_path / "plan.toml"
    plan.write_text('[task]\nuse = "data"\npath = "notes.csv"\n[split]\ntest = "held.csv"\n')
    printed("run", str(plan), *ALONE, "--out", str(tmp_path / "out"))
    assert record(tmp_path)["data"]["splits"]["test"] == 20
    assert task(tmp_path / "out" / "plan.toml")["test"] == "held.csv"
    text = printed("plan", str(plan), *ALONE, "-o", "task.test=other.csv", code=2)
    assert "[split] test: names 'held.csv', and [task] test names 'other.csv'" in text
    assert "there is no such file" in printed(
        "plan", str(plan), *ALONE, "-o", "split.test=no", code=2
    )


@pytest.mark.parametrize("command", ["plan", "run", "tune", "init"])
def test_what_cannot_be_read_ends_with_2(tmp_path: Path, command: str) -> None:
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    replay = ("--llm", "replay", "--dry-run")
    more = {"tune": replay, "init": ("--out", str(tmp_path / "p.toml"))}.get(command, ())
    alone = () if command in ("init", "tune") else ALONE
    for name, reason in (("notes.csv", "no column looks like labels"), ("no.csv", "no such file")):
        assert reason in printed(command, str(tmp_path / name), *alone, *more, code=2)


def test_what_is_odd_about_the_labels_is_said_before_anything_is_paid(tmp_path: Path) -> None:
    rows = [(f"note {i} of the day", ("good", "bad")[i % 2]) for i in range(24)]
    rows += [("the very same note", "good"), ("the very same note", "bad")]
    rows += [("a note in capitals", "Good"), ("a note of its own", "rare")]
    data = tmp_path / "notes.csv"
    data.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows))
    text = " ".join(
        printed("plan", str(data), *ALONE, "-o", "task.instruction=Good or bad?").split()
    )
    assert "labels that look alike" in text
    assert "'good' (13) and 'Good' (1)" in text
    assert "inputs that stand more than once with different labels" in text
    assert "the instruction does not name the label 'rare'" in text
    assert "labels without an item in some split: 'Good'" in text


def test_all_of_a_training_file_is_used_where_the_test_is_a_file_of_its_own(tmp_path: Path) -> None:
    data, plan = tmp_path / "train.csv", tmp_path / "plan.toml"
    data.write_text(TABLE)
    (tmp_path / "test.csv").write_text(TABLE.replace("note", "other note"))
    text = printed("run", str(data), *ALONE, "--out", str(tmp_path / "out"))
    text = " ".join(text.split())
    assert "the test split stands apart: all other items that the pool leaves are for train" in text
    assert record(tmp_path)["data"]["splits"] == {"train": 14, "pool": 6, "test": 20, "folds": 0}
    stored = tomllib.loads((tmp_path / "out" / "plan.toml").read_text(encoding="utf-8"))
    assert stored["split"]["train"] == "all"
    printed("init", str(data), "--out", str(plan))
    assert 'train = "all"\npool = 0.3\ntest = "all"\n' in plan.read_text(encoding="utf-8")
    sizes = ("-o", "split.train=8", "-o", "split.pool=4")
    printed("run", str(data), *ALONE, *sizes, "--out", str(tmp_path / "sized"))
    assert record(tmp_path, "sized")["data"]["splits"] == {
        "train": 8,
        "pool": 4,
        "test": 20,
        "folds": 0,
    }


def test_what_is_guessed_from_the_file_and_its_items_come_of_one_reading(tmp_path: Path) -> None:
    data = tmp_path / "notes.csv"
    data.write_text(TABLE)
    overrides = Overrides(llm="builtin/none", arms=("zero-shot",), sets=("survey.errors=none",))
    plan = read_plan(None, overrides_of_data(data, overrides))
    wiring, guessed, _ = wire(plan, Host.load(plugins=False)).settle()
    assert guessed["label"] == "mood"
    data.unlink()
    assert len(wiring.load_task().test) == 6


def test_new_items_are_joined_of_columns_as_those_of_the_run_were(tmp_path: Path) -> None:
    data = tmp_path / "news.csv"
    rows = [(f"title {i}", f"body of number {i}", ("left", "right")[i % 2]) for i in range(15)]
    rows.append(("title alone", "", "right"))
    data.write_text("title,body,side\n" + "".join(f"{','.join(row)}\n" for row in rows))
    outputs = [
        {"input": f"Q: {title}\n{body}".rstrip() + "\nA:", "prediction": side, "target": ""}
        for title, body, side in rows
    ]
    (tmp_path / "replies.json").write_text(json.dumps({"outputs": outputs}))
    llm = ("--llm", "replay", "-o", 'llm.match="item"')
    llm += ("-o", f"llm.bind.zero-shot={tmp_path / 'replies.json'}")
    columns = ("-o", 'task.text=["title", "body"]', "-o", "task.label=side")
    out, prompt = str(tmp_path / "out"), tmp_path / "prompt.json"
    printed("run", str(data), *ALONE, *llm, *columns, "--out", out)
    printed("export", out, "-o", str(prompt))
    assert json.loads(prompt.read_text())["columns"] == {
        "text": "title\nbody",
        "label": "side",
    }
    assert "16 of 16 texts" in printed("evaluate", str(prompt), str(data))
    data.write_text(data.read_text().replace(",left", ",centre", 1))
    text = printed("evaluate", str(prompt), str(data), code=1)
    unscored = "not scored: 1 text, whose labels the prompt does not know: centre (1); its labels:"
    assert text.index(unscored) < text.index("15 of 15 texts")


def test_what_was_guessed_is_noted_once_by_each_command(tmp_path: Path) -> None:
    data = tmp_path / "notes.csv"
    data.write_text(TABLE)
    for command in (
        ("init", str(data), "--out", str(tmp_path / "plan.toml")),
        ("plan", str(data), *ALONE),
        ("run", str(data), *ALONE, "--out", str(tmp_path / "out")),
    ):
        text = printed(*command)
        assert text.count("guessed from the file") == 1, command[0]
        assert "no selector asked" not in text
        assert "\n\n\n" not in text
