"""An observer that makes a run of Weights & Biases of each finished run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Where nobody has logged in, the question for a key does not keep a finished run waiting for ever.
os.environ.setdefault("WANDB_LOGIN_TIMEOUT", "60")

import wandb  # it is imported behind its settings

from amplify import Context, Event, flat_values, record_figures

PROJECT = "amplify"
"""The project, unless WANDB_PROJECT names another."""


class WandbObserver:
    """Logs a run once it has finished, so that one that is cut off leaves no open run behind."""

    def __init__(self, options: None, context: Context) -> None:
        self.plan: Mapping[str, Any] = {}
        self.study: Mapping[str, Any] = {}
        self.folder = ""

    def observe(self, event: Event) -> None:
        """Keep what the run begins with, and log it with its record at its end."""
        if event.kind == "started":
            self.plan, self.folder = event.data["plan"], event.data["folder"]
            self.study = event.data.get("study", {})
        elif event.kind == "finished":
            self._log(event.data["record"])

    def _log(self, record: Mapping[str, Any]) -> None:
        with wandb.init(
            project=os.environ.get("WANDB_PROJECT") or PROJECT,
            name=Path(self.folder).name,
            group=Path(self.study["folder"]).name if self.study else None,
            notes=" ".join(record["verdict"]["sentences"]),
            tags=[str(record["verdict"]["outcome"])],
            config=flat_values({**self.plan, **({"study": self.study} if self.study else {})}),
            settings=wandb.Settings(silent=True, console="off"),
        ) as run:
            run.log(record_figures(record))
            artifact = wandb.Artifact("record", "record")
            with artifact.new_file("record.json", encoding="utf-8") as file:
                json.dump(record, file, indent=2, ensure_ascii=False)
            run.log_artifact(artifact)
