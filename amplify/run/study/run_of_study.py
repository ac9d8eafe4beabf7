"""Read back a run of a study from its folder."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from amplify.contract.data import Prediction
from amplify.loop.compare.compare import Comparison
from amplify.loop.prompt.shown import ShownExamples
from amplify.loop.shared_work import Work
from amplify.run.store.read_back import read_stored, reading, stored_lines
from amplify.run.store.record import failed_calls
from amplify.run.study.shown import PreparedDraw, read_shown

AGAIN = "delete the folder to make it again (replies are kept)"


@dataclass(frozen=True)
class RunOfStudy:
    """A run of the study as it stands on disk.

    `predictions` are by arm, `work` says by arm what preparing it took, `data` is a digest of the
    task. `shown` holds by arm and number of the draw which demonstrations it shows,
    `calibrations` by arm how it calibrates, if it does, and `on_test` the labels that each proxy
    gives the test items; it is empty in folders of older versions.
    """

    record: dict[str, Any]
    predictions: dict[str, list[Prediction]]
    work: dict[str, Work]
    data: str
    shown: dict[tuple[str, int], ShownExamples] = field(default_factory=dict)
    calibrations: dict[str, str] = field(default_factory=dict)
    on_test: list[dict[str, str]] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing in it failed or was left unasked by a stop."""
        return not self.failed and not self.record["stopped"]

    @property
    def failed(self) -> int:
        """How many calls failed, those of the survey included."""
        return failed_calls(self.record)


def read_run_of_study(place: Path) -> RunOfStudy | None:
    """The run whose folder is at `place`, which may hold failures; None where it has no record."""
    if not (place / "record.json").exists():
        return None
    problem = "the run cannot be read"
    with reading(place / "record.json", problem, AGAIN):
        text = read_stored(place / "record.json")
        msgspec.json.decode(text, type=_Record)
        record: dict[str, Any] = json.loads(text)
    with reading(place / "prepared.json", problem, AGAIN):
        head = msgspec.json.decode(read_stored(place / "prepared.json"), type=_Head)
    answers = place / "predictions.jsonl"
    predictions: dict[str, list[Prediction]] = {arm["name"]: [] for arm in record["arms"]}
    with reading(answers, problem, AGAIN):
        for number, line in stored_lines(answers):
            with reading(answers, problem, AGAIN, number):
                prediction = msgspec.json.decode(line, type=Prediction)
                predictions[prediction.arm].append(prediction)
    shown = read_shown(place / "demonstrations.jsonl", head.arms, problem, AGAIN)
    with reading(place / "plan.toml", problem, AGAIN):
        table = tomllib.loads(read_stored(place / "plan.toml").decode())
        calibrations = msgspec.convert(table, _Plan).calibrations
    return RunOfStudy(record, predictions, head.work, head.data, shown, calibrations, head.on_test)


class _Calibrating(msgspec.Struct):
    name: str = ""
    calibrate: str | None = None


class _Plan(msgspec.Struct):
    """What a study reads of a run's `plan.toml`."""

    run: _Calibrating = msgspec.field(default_factory=_Calibrating)
    arms: list[_Calibrating] = []

    @property
    def calibrations(self) -> dict[str, str]:
        """By arm how it calibrates."""
        of_run = self.run.calibrate or "none"
        return {arm.name: arm.calibrate or of_run for arm in self.arms}


class _Head(msgspec.Struct):
    """What a study reads of `prepared.json`."""

    data: str
    work: dict[str, Work]
    arms: list[PreparedDraw]
    on_test: list[dict[str, str]] = []


class _Arm(msgspec.Struct):
    name: str
    unparsed: int
    refused: int
    errors: int
    prepared: int
    tokens: dict[str, int | None] | None
    faithfulness: dict[str, Any] | None
    abstained: int = 0


class _Proxy(msgspec.Struct):
    name: str
    items: int
    accuracy: float
    majority: float
    agreement: float | None


class _Survey(msgspec.Struct):
    failed: int


class _Record(msgspec.Struct):
    """What a study reads of a run's record."""

    provider: dict[str, Any]
    data: dict[str, Any]
    versions: dict[str, str]
    survey: _Survey
    arms: list[_Arm]
    proxies: list[_Proxy]
    notes: list[str]
    stopped: str | None
    comparisons: list[Comparison] = []
    prompts: Comparison | None = None
