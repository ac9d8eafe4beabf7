"""Arms that show the proxy's view of each item, in whole runs: told, resumed, and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from known.site import Site
from known.weather import WEATHER, amplify, lay, record, rows, run

PLAN = f"""
{WEATHER}
[run]
limit = 8
draws = 1
focus = "super-icl"
[[arms]]
name = "answer-only"
selector = "random"
shots = 2
[[arms]]
name = "super-icl"
selector = "random"
template = "super-icl"
shots = 2
[[arms]]
name = "proxy-clues"
selector = "random"
template = "proxy-clues"
explainer = "log-odds"
shots = 2
keywords = 2
[verdict]
baseline = "answer-only"
"""


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    return lay(site, tmp_path, plan=PLAN)


def test_a_run_with_views_says_that_it_runs_the_proxy_at_test_time(site: Site, place: Path) -> None:
    done = run(site, place, "out")
    assert done.returncode == 0, done.stderr
    before = record(place)
    notes = "\n".join(before["notes"])
    assert "arm super-icl runs the proxy at test time: each prompt shows the proxy's label" in notes
    assert "arm proxy-clues runs the proxy at test time: each prompt shows the words" in notes
    assert "super-icl shows the proxy's view of items, otherwise than answer-only" in notes
    by_arm = {arm["name"]: arm.get("views") for arm in before["arms"]}
    assert by_arm == {"answer-only": None, "super-icl": "label", "proxy-clues": "words"}

    prompts = rows(place, "out", "prompts.jsonl")
    labels = rows(place, "out", "predictions.jsonl")
    (on_test,) = json.loads((place / "out" / "prepared.json").read_text())["on_test"]
    shown = {
        row["item"]: row["messages"][-1]["content"].rpartition("Prediction: ")[2].split(" (")[0]
        for row in prompts
        if row["arm"] == "super-icl"
    }
    assert shown == {item: on_test[item] for item in {row["item"] for row in labels}}

    run(site, place, "out", "--resume")
    assert record(place) == before


def test_an_estimate_shows_a_prompt_with_a_view(site: Site, place: Path) -> None:
    done = amplify(site, place, "plan", str(place / "plan.toml"))
    assert done.returncode == 0, done.stderr
    assert "(Confidence: 0.50)" in done.stdout
    assert "arm super-icl runs the proxy at test time" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arms", "why"),
    [
        ('template = "proxy-clues"\nselector = "random"', "has no explainer that scores them"),
        (
            'template = "proxy-clues"\nselector = "random"\nexplainer = "self-topk"',
            "explainer builtin/self-topk asks the LLM for them",
        ),
        (
            'template = "super-icl"\nselector = "random"\nanswer = "rank"\ncalibrate = "context"',
            "there is none of an input without content",
        ),
    ],
)
def test_what_has_no_view_is_refused(site: Site, place: Path, arms: str, why: str) -> None:
    plan = place / "plan.toml"
    plan.write_text(
        PLAN.replace("voter", "mini/local").partition("[[arms]]")[0]
        + f'[[arms]]\nname = "super-icl"\n{arms}\n'
    )
    done = amplify(site, place, "plan", str(plan))
    assert done.returncode == 2
    assert why in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("proxy", "why"),
    [
        ('{ use = "sklearn/linear" }', "needs a proxy that offers features"),
        ('"transformers/classifier"\n[split]\nfolds = 2', "with folds there is a proxy for each"),
    ],
)
def test_what_has_no_features_is_refused(site: Site, place: Path, proxy: str, why: str) -> None:
    plan = place / "plan.toml"
    arms = f'[[arms]]\nname = "a"\nselector = "gradient-matching"\nproxy = {proxy}\n'
    head = WEATHER.replace("train = 60", "train = 0") if "folds" in proxy else WEATHER
    if "folds" in proxy:
        arms, head = (
            arms.partition("\n[split]")[0],
            head.replace("pool = 40", "pool = 60\nfolds = 2"),
        )
    plan.write_text(f"{head}\n{arms}")
    done = amplify(site, place, "plan", str(plan))
    assert done.returncode == 2
    assert why in " ".join(done.stderr.split())
