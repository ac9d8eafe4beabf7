"""The folder of a study: the files that it writes, and that a resumed study reads."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from amplify.contract.data import Prediction
from amplify.contract.errors import PlanError
from amplify.loop.compare.compare import Comparison
from amplify.loop.prompt.shown import ShownExamples
from amplify.loop.shared_work import Work
from amplify.run.store import lock
from amplify.run.store.beginning import Began, read_began
from amplify.run.store.files import UNFINISHED, make_folder, write_whole, writing
from amplify.run.store.lock import check_free, locked
from amplify.run.store.new_folder import OutputFolder
from amplify.run.store.read_back import check_regular, read_stored, reading, stored_lines
from amplify.run.store.record import failed_calls
from amplify.run.store.run_folder import RunFolder
from amplify.run.store.unanswered import left_of_a_study, take_away
from amplify.run.study.grid import Study
from amplify.run.study.read import read_study
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


class StudyFolder(OutputFolder):
    """The files of a study.

    `study.toml` as resolved, `calls.jsonl` (one journal of all its runs), `runs/` (a run folder
    each), `record.json`, and the tables: `table.md`, `table.csv`, `table.tex`.
    """

    @property
    def stored(self) -> Path:
        """The file of the study as resolved."""
        return self.path / "study.toml"

    @property
    def journal(self) -> Path:
        """The journal of all its runs."""
        return self.path / "calls.jsonl"

    @property
    def stands(self) -> bool:
        """Whether the folder holds this study."""
        return not self.fresh and self.stored.exists()

    def check(self, study: Study, resume: bool) -> None:
        """Make sure that the study can be run here; nothing is written.

        Raises PlanError where the folder holds another study, one that should be resumed, one
        that is under way, or, to resume, none at all.
        """
        if self.fresh:
            return
        with writing(self.path):
            self._check(study, resume)

    def _check(self, study: Study, resume: bool) -> None:
        check_free(self.path, "study")
        if resume:
            if not self.stored.exists():
                raise PlanError("the folder holds no study to resume", where=str(self.path))
            check_regular(self.stored)
            if read_study(self.stored).digest != study.digest:
                anew = "leave --resume out: nothing was answered here"
                again = "resume it by --out alone, or name another folder with --out"
                raise PlanError(
                    "the folder holds another study",
                    where=str(self.stored),
                    hint=anew if left_of_a_study(self.path) else again,
                )
            return
        self._check_empty()

    def _check_empty(self) -> None:
        if self.path.is_dir() and left_of_a_study(self.path):
            return  # nothing was answered in it: the study begins anew
        if self.path.exists() and (not self.path.is_dir() or self._holds()):
            held = "a study already" if self.stored.exists() else "something that is no study"
            hint = "finish it with --resume, or name" if self.stored.exists() else "name"
            raise PlanError(
                f"the folder holds {held}",
                where=str(self.path),
                hint=f"{hint} another folder with --out",
            )

    def _holds(self) -> bool:
        """Whether the folder holds more than what a start that was cut off leaves."""
        files = [path for path in self.path.iterdir() if path.name != lock.NAME]
        whole = [path for path in files if path.suffix != UNFINISHED]
        return any(path.name != "runs" or any(path.iterdir()) for path in whole)

    @contextmanager
    def begun(self, study: Study, resume: bool, warn: Callable[[str], None]) -> Iterator[None]:
        """Hold the folder for this process alone, with the study's file written into it.

        With `resume`, what the folder holds is kept. `warn` is called with a text where the file
        system has no locks.
        """
        self.claim()
        with locked(self.path, "study", warn):
            if not resume:
                self._check_empty()
                take_away(left_of_a_study(self.path))
            self.write("study.toml", tomli_w.dumps(dict(study.table)))
            with writing(self.path):
                make_folder(self.path / "runs")
            yield

    def run(self, name: str) -> RunFolder:
        """The folder of the run called `name`; its calls are in the study's journal."""
        return RunFolder(self.path / "runs" / name, self.journal)

    def begun_runs(self) -> list[tuple[Path, Began]]:
        """The runs that were begun, with what they began with."""
        places = sorted((self.path / "runs").iterdir())
        return [(place, began) for place in places if (began := read_began(place)) is not None]

    def read(self, name: str) -> RunOfStudy | None:
        """The run called `name`, which may hold failures; None where it has no record yet."""
        place = self.path / "runs" / name
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
        return RunOfStudy(
            record, predictions, head.work, head.data, shown, calibrations, head.on_test
        )

    def write(self, name: str, text: str) -> None:
        """Write a file, whole or not at all."""
        write_whole(self.path / name, text)

    def write_record(self, record: Mapping[str, Any], tables: Mapping[str, str]) -> None:
        """Write `record.json` and the `tables`, which are texts by the name of the file."""
        self.write("record.json", json.dumps(record, indent=2, ensure_ascii=False) + "\n")
        for name, text in tables.items():
            self.write(name, text)


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
