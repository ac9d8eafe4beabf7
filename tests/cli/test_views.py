"""Arms that show the proxy's view of each item, in whole runs: told, resumed, and refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from known.site import Site
from known.weather import WEATHER, lay, record, rows

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


Command = Callable[..., tuple[int, str, str]]


def test_a_run_with_views_says_that_it_runs_the_proxy_at_test_time(
    command: Command, place: Path
) -> None:
    code, _, told = command("run", str(place / "plan.toml"), "--out", str(place / "out"))
    assert code == 0, told
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

    command("run", "--resume", "--out", str(place / "out"))
    assert record(place) == before


def test_an_estimate_shows_a_prompt_with_a_view(command: Command, place: Path) -> None:
    code, printed, told = command("plan", str(place / "plan.toml"))
    assert code == 0, told
    assert "(Confidence: 0.50)" in printed
    assert "arm super-icl runs the proxy at test time" in printed + told


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
def test_what_has_no_view_is_refused(command: Command, place: Path, arms: str, why: str) -> None:
    head = PLAN.partition("[[arms]]")[0]
    if "rank" in arms:
        pytest.importorskip("amplify_mini", reason="an LLM that ranks is of a plugin")
        head = head.replace("voter", "mini/local")
    plan = place / "plan.toml"
    plan.write_text(f'{head}[[arms]]\nname = "super-icl"\n{arms}\n')
    code, _, told = command("plan", str(plan))
    assert code == 2
    assert why in " ".join(told.split())


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (f"{WEATHER}[[arms]]", "needs a proxy that offers features"),
        (
            WEATHER.replace("train = 60\npool = 40", "train = 0\npool = 60\nfolds = 2")
            + '[[arms]]\nproxy = "transformers/classifier"',
            "with folds there is a proxy for each",
        ),
    ],
)
def test_what_has_no_features_is_refused(
    command: Command, place: Path, head: str, why: str
) -> None:
    if "transformers" in head:
        pytest.importorskip("amplify_transformers", reason="the proxy is of a plugin")
    plan = place / "plan.toml"
    plan.write_text(f'{head}\nname = "a"\nselector = "gradient-matching"\n')
    code, _, told = command("plan", str(plan))
    assert code == 2
    assert why in " ".join(told.split())
