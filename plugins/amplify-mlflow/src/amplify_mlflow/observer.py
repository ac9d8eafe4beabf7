"""An observer that makes a run of MLflow of each finished run."""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from amplify import Context, Event, flat_values, record_figures

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# A server that is not there keeps the report of a finished run waiting: seconds, not minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")

from mlflow import MlflowClient  # it is imported behind its settings
from mlflow.entities import Metric, Param, RunTag

EXPERIMENT = "amplify"
"""The experiment, unless MLFLOW_EXPERIMENT_NAME names another."""

MOST = 100
"""The most parameters that a call may log."""

LONGEST = 500
"""The most characters of a parameter that every store takes."""


class MLflowObserver:
    """Logs a run once it has finished, so that one that is cut off leaves no open run behind."""

    def __init__(self, options: None, context: Context) -> None:
        self.plan: Mapping[str, Any] = {}
        self.study: Mapping[str, Any] = {}
        self.folder = ""
        self.began = 0

    def observe(self, event: Event) -> None:
        """Keep what the run begins with, and log it with its record at its end."""
        if event.kind == "started":
            self.plan, self.folder = event.data["plan"], event.data["folder"]
            self.study = event.data.get("study", {})
            self.began = _now()
        elif event.kind == "finished":
            self._log(event.data["record"])

    def _log(self, record: Mapping[str, Any]) -> None:
        client = MlflowClient()
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
        known = client.get_experiment_by_name(name)
        experiment = known.experiment_id if known else client.create_experiment(name)
        run = client.create_run(experiment, self.began, run_name=Path(self.folder).name)
        try:
            self._fill(client, run.info.run_id, record)
        except BaseException:
            client.set_terminated(run.info.run_id, "FAILED")
            raise

    def _fill(self, client: MlflowClient, identity: str, record: Mapping[str, Any]) -> None:
        """Log all that is told of a run, and end it."""
        ended = _now()
        values = flat_values(self.plan)
        names = _names(values)
        params = [Param(names[key], value[:LONGEST]) for key, value in values.items()]
        for start in range(0, len(params), MOST):
            client.log_batch(identity, params=params[start : start + MOST])
        figures = record_figures(record)
        names = _names(figures)
        metrics = [Metric(names[key], value, ended, 0) for key, value in figures.items()]
        tags = [
            RunTag("amplify.task", str(record["task"])[:LONGEST]),
            RunTag("amplify.verdict", str(record["verdict"]["outcome"])),
            RunTag("amplify.folder", self.folder[:LONGEST]),
            RunTag("mlflow.note.content", " ".join(record["verdict"]["sentences"])[: 8 * LONGEST]),
            *self._study_tags(),
        ]
        client.log_batch(identity, metrics=metrics, tags=tags)
        client.log_text(identity, json.dumps(record, indent=2, ensure_ascii=False), "record.json")
        client.set_terminated(identity, "FINISHED", ended)

    def _study_tags(self) -> list[RunTag]:
        """The run's place in its study, by which the runs of a study are found together."""
        if not self.study:
            return []
        place = {key: str(self.study[key]) for key in ("llm", "seed")}
        place |= {"study": Path(self.study["folder"]).name, "study_task": self.study["task"]}
        return [RunTag(f"amplify.{key}", value[:LONGEST]) for key, value in place.items()]


def _now() -> int:
    return int(time.time() * 1000)


def _names(keys: Iterable[str]) -> dict[str, str]:
    """By each key the name under which MLflow takes it: no two keys have one name.

    Other signs than letters, digits and ``_-. :/`` are left out, and a slash that is no separator
    of folders becomes a colon. Keys that differ in nothing else have a digest behind their names.
    """
    names = {key: _name(key) for key in keys}
    folded = Counter(name.casefold() for name in names.values())
    return {
        key: name if folded[name.casefold()] == 1 else f"{name} {_digest(key)}"
        for key, name in names.items()
    }


def _name(key: str) -> str:
    name = re.sub(r"[^\w\-. :/]", "", key)
    return name if posixpath.normpath(name) == name else name.replace("/", ":")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:6]
