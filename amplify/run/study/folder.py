"""The folder of a study: the files that it writes, and that a resumed study reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomli_w

from amplify.contract.errors import PlanError
from amplify.run.store import lock
from amplify.run.store.beginning import Began, read_began
from amplify.run.store.files import UNFINISHED, make_folder, write_whole, writing
from amplify.run.store.lock import check_free, locked
from amplify.run.store.new_folder import OutputFolder
from amplify.run.store.read_back import check_regular
from amplify.run.store.run_folder import RunFolder
from amplify.run.store.unanswered import left_of_a_study, take_away
from amplify.run.study.grid import Study
from amplify.run.study.read import read_study
from amplify.run.study.run_of_study import RunOfStudy, read_run_of_study


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
        return read_run_of_study(self.path / "runs" / name)

    def write(self, name: str, text: str) -> None:
        """Write a file, whole or not at all."""
        write_whole(self.path / name, text)

    def write_record(self, record: Mapping[str, Any], tables: Mapping[str, str]) -> None:
        """Write `record.json` and the `tables`, which are texts by the name of the file."""
        self.write("record.json", json.dumps(record, indent=2, ensure_ascii=False) + "\n")
        self.write_tables(tables)

    def write_tables(self, tables: Mapping[str, str]) -> None:
        """Write the `tables` alone."""
        for name, text in tables.items():
            self.write(name, text)
