"""Declares the plugin's observer. Nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Iterator

from amplify import ObserverComponent, hookimpl


@hookimpl
def amplify_observers() -> Iterator[ObserverComponent]:
    yield ObserverComponent(
        name="mlflow",
        factory="amplify_mlflow.observer:MLflowObserver",
        summary="a run of MLflow: the plan as parameters, the figures, the record",
        env=("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_TRACKING_TOKEN"),
    )
