"""The presets of neighbours in a whole run: who is shown what, and what is explained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from known.commands import MAIN, run

TABLE = "\n".join(
    [
        "text,label",
        *(
            f"the {mood} {thing} under lamp n{number}{thing} m{number}{thing}{mood},{label}"
            for number in range(4)
            for mood, label in (("splendid", "good"), ("gloomy", "bad"))
            for thing in ("house", "river", "table")
        ),
    ]
)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_each_item_has_its_neighbours_and_each_neighbour_is_explained_once(
    make: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "items.csv").write_text(TABLE, encoding="utf-8")
    options = {
        "task.path": "items.csv",
        "selector.model": make("bert"),
        "split.train": 8,
        "split.pool": 10,
        "split.test": 6,
        "run.draws": 2,
        "run.faithfulness": "false",
    }
    done = run(
        [*MAIN, "run", "--arms", "amplify-nearest,nearest", "--task", "csv", "--llm", "none",
        "--explainer", "builtin/random", "--shots", "2", "--out", "out",
        *(word for key, value in options.items() for word in ("-o", f"{key}={value}"))],
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    asked = {
        (row["arm"], row["draw"], row["item"]): row["messages"][0]["content"]
        for row in rows(tmp_path / "out" / "prompts.jsonl")
    }
    assert len(asked) == 2 * 2 * 6
    for draw in (1, 2):
        shown = {
            (row["arm"], row["example"]["text"])
            for row in rows(tmp_path / "out" / "demonstrations.jsonl")
            if row["draw"] == draw
        }
        for arm, number, item in asked:
            if number != draw:
                continue
            prompt = asked[arm, draw, item]
            blocks = prompt.split("\n\n")[:-1]
            texts = [block.split("\n")[0].removeprefix("Q: ") for block in blocks]
            assert len(texts) == 2
            assert {(arm, text) for text in texts} <= shown
            assert ("key words" in prompt) == (arm == "amplify-nearest")
            assert all(text in asked["nearest", draw, item] for text in texts)
    work = json.loads((tmp_path / "out" / "prepared.json").read_text(encoding="utf-8"))["work"]
    for draw in (1, 2):
        (explained,) = work[f"amplify-nearest (draw {draw})"]["explained"].values()
        shown_ids = {
            row["example"]["id"]
            for row in rows(tmp_path / "out" / "demonstrations.jsonl")
            if row["arm"] == "amplify-nearest" and row["draw"] == draw
        }
        assert explained == sorted(shown_ids)
