"""The calls that a study is forecast to make, those that it makes, and those it counts agree."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from known.site import Site
from known.weather import COLD, WARM, lay, log, record

from amplify.report.page.folder_page import folder_page

Command = Callable[..., tuple[int, str, str]]

STUDY = """
[study]
seeds = [0, 1]
[run]
limit = 4
draws = 2
choose_on = 0
faithfulness = false
focus = "best"
[survey]
errors = "none"
[[tasks]]
name = "weather"
task = { use = "csv", path = "weather.csv" }
split = { train = 60, pool = 40, test = 40 }
[[llms]]
name = "voter"
llm = { use = "voter" }
[[arms]]
name = "answer-only"
selector = "random"
shots = 2
[[arms]]
name = "best"
selector = { use = "best-of", sets = 3, items = 4 }
shots = 3
"""


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    return lay(site, tmp_path, study=STUDY)


@pytest.mark.parametrize("explained", [False, True])
def test_selectors_that_ask_and_worth_are_forecast_and_counted(
    command: Command, place: Path, monkeypatch: pytest.MonkeyPatch, explained: bool
) -> None:
    """No reply can be read, so that all second calls are made that may be.

    A forecast takes off what draws of a run share: rationales of the same tried demonstrations.
    """
    monkeypatch.setenv("KNOWN_HUMS", "-" if explained else "Q:")
    options = ["-o", "run.unread=ask", "-o", "worth.items=3"]
    if explained:
        options = ["-o", "arms.best.explainer=clues", "-o", "arms.best.template=carp"]
    study = str(place / "study.toml")
    code, printed, told = command("study", study, "--dry-run", "--json", *options)
    assert code == 0, told
    foreseen = sum(run["phase"]["calls"] for run in json.loads(printed))
    code, _, told = command("study", study, "--out", str(place / "out"), *options)
    assert code == 0, told
    calls = record(place)["work"]["calls"]
    assert calls["distinct"] == len(log(place)) == len(set(log(place)))
    assert calls["distinct"] <= foreseen <= calls["alone"]
    assert explained or foreseen == calls["alone"]


SHOWN = (
    {"text": " ".join(COLD), "label": "cold"},
    {"text": " ".join(WARM), "label": "warm"},
    # The words that all texts share: whatever is asked, most of them speak for this label.
    {"text": "the a one day we saw it and they went over some hills near town by noon again",
     "label": "cold"},
)  # fmt: skip

WORTH = """
[worth]
items = 60
prune = true
arm = "told"
[[arms]]
name = "told"
selector = { use = "file", path = "shown.jsonl" }
template = "answer-only"
shots = 3
draws = 1
[[vary]]
arm = "answer-only"
choose = true
parts = 2
shots = [1, 3]
"""


def test_a_study_tells_which_demonstrations_hurt(command: Command, place: Path) -> None:
    """The arm that is measured is not among those that a choice on the pool is made by."""
    (place / "shown.jsonl").write_text("\n".join(map(json.dumps, SHOWN)) + "\n")
    one_seed = STUDY.replace("seeds = [0, 1]", "seeds = [1]").replace("pool = 40", "pool = 80")
    plain = one_seed.partition('[[arms]]\nname = "best"')[0].replace("train = 60", "train = 20")
    (place / "study.toml").write_text(plain.replace('focus = "best"', 'focus = "told"') + WORTH)
    study, out = str(place / "study.toml"), place / "out"
    code, printed, told = command("study", study, "--dry-run", "--json")
    assert code == 0, told
    foreseen = sum(run["phase"]["calls"] for run in json.loads(printed))
    code, printed, told = command("study", study, "--out", str(out))
    assert code == 0, told
    (worth,) = record(place)["worth"]
    assert (worth["arm"], worth["items"], worth["demonstrations"]["hurting"]) == ("told", 60, [2])
    assert worth["pruned"]["dropped"] == [2]
    measured = [path for path in out.glob("runs/*/record.json") if "worth" in path.read_text()]
    assert [".choice-" in path.parent.name for path in measured] == [False]
    assert len(log(place)) <= record(place)["work"]["calls"]["alone"] <= foreseen
    assert "Worth of demonstrations" in printed
    page = folder_page(out)
    assert "Worth of demonstrations" in page
    assert "Worth of demonstrations" in (out / "table.md").read_text()
