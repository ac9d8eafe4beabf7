"""A run in a local store of MLflow, read back by MLflow itself."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from amplify import Context, Event

mlflow = pytest.importorskip("mlflow")
pytest.importorskip("sqlalchemy")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
"""MLflow uses what the newest SQLAlchemy deprecates."""

PLAN = {"llm": {"use": "openai", "model": "m"}, "arms": [{"name": "a b", "shots": 4}]}


def record(name: str) -> dict[str, Any]:
    arm = {"name": name, "accuracy": 0.75, "interval": [0.6, 0.9], "errors": 0, "unparsed": 2}
    comparison = {"arm": name, "baseline": "b", "baseline_draw": 0, "difference": 0.1}
    verdict = {"outcome": "gain", "sentences": ["It does better."]}
    return {
        "task": "days",
        "arms": [arm, {**arm, "name": "b", "accuracy": None, "interval": None}],
        "comparisons": [{**comparison, "adjusted": 0.03}],
        "verdict": verdict,
    }


def test_a_finished_run_is_a_run_of_mlflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME", raising=False)
    monkeypatch.chdir(tmp_path)
    from amplify_mlflow.observer import MLflowObserver

    observer = MLflowObserver(None, Context())
    observer.observe(Event("started", {"plan": PLAN, "folder": str(tmp_path / "first")}))
    told = record("amplify (draw 1)")
    observer.observe(Event("finished", {"record": told}))
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("amplify")
    (run,) = client.search_runs([experiment.experiment_id])
    assert (run.info.run_name, run.info.status) == ("first", "FINISHED")
    assert run.data.params == {"llm.use": "openai", "llm.model": "m", "arms.a b.name": "a b",
                               "arms.a b.shots": "4"}  # fmt: skip
    assert run.data.metrics["accuracy.amplify draw 1"] == 0.75
    assert run.data.metrics["gain.amplify draw 1.over.b"] == 0.1
    assert "accuracy.b" not in run.data.metrics
    assert run.data.tags["amplify.verdict"] == "gain"
    place = client.download_artifacts(run.info.run_id, "record.json", str(tmp_path))
    assert json.loads(Path(place).read_text()) == told


def test_names_that_mlflow_would_take_for_one_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "signs")
    monkeypatch.chdir(tmp_path)
    from amplify_mlflow.observer import MLflowObserver

    names = ["a+b", "a|b", "ab", "AB", "c//d", "e/", "é"]
    told = record("b")
    arms = [{**told["arms"][0], "name": name, "accuracy": n / 8} for n, name in enumerate(names)]
    plan = {"arms": [{"name": name, "shots": n} for n, name in enumerate(names)]}
    study = {"name": "s", "folder": "x/days", "task": "t", "llm": "m", "seed": 3}
    observer = MLflowObserver(None, Context())
    started = {"plan": plan, "folder": str(tmp_path / "first"), "study": study}
    observer.observe(Event("started", started))
    observer.observe(Event("finished", {"record": {**told, "arms": arms, "comparisons": []}}))
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("signs")
    (run,) = client.search_runs([experiment.experiment_id], "tags.`amplify.study` = 'days'")
    accuracies = {k: v for k, v in run.data.metrics.items() if k.startswith("accuracy.")}
    assert sorted(accuracies.values()) == [n / 8 for n in range(len(names))]
    assert run.data.metrics["accuracy.c::d"] == 4 / 8
    shots = [value for key, value in run.data.params.items() if ".shots" in key]
    assert sorted(shots) == [str(n) for n in range(len(names))]
    assert (run.data.tags["amplify.llm"], run.data.tags["amplify.seed"]) == ("m", "3")


def test_a_run_that_mlflow_refuses_is_not_left_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME", raising=False)
    monkeypatch.chdir(tmp_path)
    from amplify_mlflow.observer import MLflowObserver

    observer = MLflowObserver(None, Context())
    observer.observe(Event("started", {"plan": PLAN, "folder": str(tmp_path / "first")}))
    with pytest.raises(mlflow.MlflowException):
        observer.observe(Event("finished", {"record": record("a" * 1000)}))
    client = mlflow.MlflowClient()
    (run,) = client.search_runs([client.get_experiment_by_name("amplify").experiment_id])
    assert run.info.status == "FAILED"


def test_a_server_that_is_not_there_is_given_up_soon() -> None:
    import_module("amplify_mlflow.observer")  # it has the settings
    from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES as RETRIES

    assert RETRIES.get() < RETRIES.default
