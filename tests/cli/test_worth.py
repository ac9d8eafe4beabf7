"""What the demonstrations of a run are worth, by the command line: a harmful one is found out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from known.site import Site
from known.weather import COLD, WARM, WEATHER, amplify, lay, log, record, rows, run

SHOWN = (
    {"text": " ".join(COLD), "label": "cold", "rationale": "All of it is frozen."},
    {"text": " ".join(WARM), "label": "warm", "rationale": "All of it glows."},
    # The words that all texts share: whatever is asked, most of them speak for this label.
    {"text": "the a one day we saw it and they went over some hills near town by noon again",
     "label": "cold", "rationale": "Nothing tells."},
)  # fmt: skip

PLAN = f"""
{WEATHER.replace("train = 60", "train = 20").replace("pool = 40", "pool = 80")}
[run]
seed = 1
faithfulness = false
[survey]
errors = "none"
[[arms]]
name = "zero-shot"
[[arms]]
name = "told"
selector = {{ use = "file", path = "shown.jsonl" }}
template = "answer-only"
shots = 3
"""
MEASURED = ("--items", "60")


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    """A folder with a plan whose third demonstration misleads the LLM, and its data."""
    lines = [json.dumps(row) for row in SHOWN]
    (tmp_path / "shown.jsonl").write_text("\n".join(lines) + "\n")
    return lay(site, tmp_path, plan=PLAN)


def measured(site: Site, place: Path, *more: str) -> dict[str, Any]:
    """The worth in the record of the run in `out`, once it is measured."""
    done = amplify(site, place, "worth", str(place / "out"), *MEASURED, *more, "--json")
    assert done.returncode == 0, done.stderr
    worth: dict[str, Any] = json.loads(done.stdout)["worth"]
    assert record(place)["worth"] == worth
    return worth


def test_a_harmful_demonstration_is_found_out_and_dropped(site: Site, place: Path) -> None:
    assert run(site, place, "out").returncode == 0
    before = record(place)
    assert "worth" not in before
    worth = measured(site, place, "--prune")
    parts = worth["demonstrations"]["parts"]
    assert [part["shot"] for part in parts] == [0, 1, 2]
    assert parts[2]["left_out"]["value"] < -0.2
    assert parts[2]["shapley"]["upper"] < 0 < parts[1]["shapley"]["value"]
    assert parts[2]["shapley"]["adjusted"] < 0.05
    # Three demonstrations have eight coalitions: the Shapley values are exact, and add up.
    assert worth["demonstrations"]["exact"]
    assert worth["demonstrations"]["coalitions"] == 8
    total = sum(part["shapley"]["value"] for part in parts)
    assert total == pytest.approx((worth["correct"] - worth["bare"]) / 60, abs=0.001)

    pruned = worth["pruned"]
    assert (pruned["dropped"], pruned["plain"]) == ([2], [])
    assert pruned["score"]["name"] == "told-pruned"
    told = next(arm for arm in before["arms"] if arm["name"] == "told")
    comparison = pruned["comparison"]
    assert (comparison["arm"], comparison["baseline"]) == ("told-pruned", "told")
    assert comparison["level"] == "prompt"
    gained = (pruned["score"]["correct"] - told["correct"]) / 40
    assert comparison["difference"] == pytest.approx(gained, abs=0.001)
    assert gained > 0.2

    # No item of the test, and none that the prompt shows, was asked to measure; no prompt twice.
    test = {row["item"] for row in rows(place, "out", "predictions.jsonl")}
    asked = [line.split() for line in log(place)]
    assert len({item for _, item, _ in asked} - test) == 60
    assert max(Counter(key for *_, key in asked).values()) == 1

    shown = run(site, place, "out", "--resume")
    report = " ".join(shown.stdout.split())
    assert "worth: Shapley" in report
    assert "): shown to hurt" in report
    assert "told-pruned (without demonstration 3): " in report
    assert len(log(place)) == len(asked)


def test_a_cap_in_the_middle_is_told_and_gone_on_from(site: Site, place: Path) -> None:
    assert run(site, place, "out").returncode == 0
    made = len(log(place))
    capped = amplify(
        site, place, "worth", str(place / "out"), *MEASURED, "--max-calls", str(made + 90)
    )
    assert capped.returncode == 1
    assert "the worth of demonstrations was measured in part" in capped.stderr
    assert "raise it to go on: amplify run --resume --out" in capped.stderr
    assert len(log(place)) == made + 90
    part = record(place)["worth"]
    assert (part["whole"], part["demonstrations"]["parts"][0]["left_out"]) == (False, None)
    assert part["correct"] is not None
    # The plan in the folder says what is measured: the run goes on with it.
    assert run(site, place, "out", "--resume").returncode == 0
    whole = record(place)["worth"]
    assert whole["whole"]
    assert whole["demonstrations"]["parts"][2]["shapley"]["value"] < 0
    assert max(Counter(line.split()[-1] for line in log(place)).values()) == 1


def test_rationales_are_measured_too_and_may_be_all_that_is_left_out(
    site: Site, place: Path
) -> None:
    chain = ("-o", "arms.told.template=chain-of-thought", "-o", "worth.items=12")
    done = run(site, place, "out", *chain, "-o", "worth.permutations=0")
    assert done.returncode == 0, done.stderr
    worth = record(place)["worth"]
    for kind in ("demonstrations", "rationales"):
        assert worth[kind]["coalitions"] == 4
        assert all(part["left_out"] is not None for part in worth[kind]["parts"])
        assert all(part["shapley"] is None for part in worth[kind]["parts"])
    assert "rationale worth: left out" in done.stdout


def test_what_cannot_be_measured_is_refused(site: Site, place: Path) -> None:
    assert run(site, place, "out", "--limit", "2").returncode == 0
    made = log(place)
    for options, words in (
        (["--arm", "zero-shot"], "it shows none"),
        (["--arm", "tolt"], "no arm 'tolt'; did you mean 'told'?"),
        (["--permutations", "100001"], "a count of 0 to 100,000"),
    ):
        done = amplify(site, place, "worth", str(place / "out"), *options)
        assert done.returncode == 2
        assert words in done.stderr
    assert log(place) == made
    assert "worth" not in record(place)


def test_what_has_no_worth_is_refused_before_anything_is_asked(
    command: Callable[..., tuple[int, str, str]], place: Path
) -> None:
    path, items = str(place / "plan.toml"), ("-o", "worth.items=4")
    code, _, told = command("plan", path, *items, "-o", "worth.arm=zero-shot")
    assert code == 2
    assert "it shows none" in told
    small = ("-o", "split.pool=3", "-o", "arms.told.selector=random")
    code, _, told = command("run", path, "--out", str(place / "out"), *items, *small)
    assert code == 2
    assert "no pool item is left to measure the worth" in told
    assert not (place / "log").exists()


def test_demonstrations_that_each_item_has_of_its_own_have_no_worth(
    command: Callable[..., tuple[int, str, str]], place: Path
) -> None:
    pytest.importorskip("amplify_sklearn", reason="the selector is of the plugin amplify-sklearn")
    options = ("-o", "worth.items=4", "-o", "arms.told.selector=sklearn/nearest")
    code, _, told = command("plan", str(place / "plan.toml"), *options)
    assert code == 2
    assert "its selector chooses others for each item" in told


def test_a_plan_counts_all_that_a_pruned_prompt_is_asked(
    command: Callable[..., tuple[int, str, str]], place: Path
) -> None:
    options = ("-o", "worth.items=4", "-o", "worth.prune=true", "-o", "run.unread=ask")
    code, printed, told = command("plan", str(place / "plan.toml"), *options, "--json")
    assert code == 0, told
    calls = {phase["name"]: phase["calls"] for phase in json.loads(printed)["phases"]}
    assert calls["answer (told-pruned), at most"] == 2 * calls["answer (told)"]


def test_a_tune_measures_the_prompt_that_wins(site: Site, place: Path) -> None:
    raced = PLAN.replace("shots = 3", "shots = 2") + "[tune]\nvalidation = 16\n"
    (place / "tune.toml").write_text(raced)
    out = str(place / "out")
    options = ("--limit", "10", "-o", "worth.items=12")
    done = amplify(site, place, "tune", str(place / "tune.toml"), "--out", out, *options)
    assert done.returncode == 0, done.stderr
    result = record(place)
    assert result["race"]["winner"] == result["worth"]["arm"] == "told"
    assert result["worth"]["demonstrations"]["exact"]
    assert "worth: Shapley" in " ".join(done.stdout.split())
