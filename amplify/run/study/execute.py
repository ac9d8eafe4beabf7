"""Execute a study: its runs one after another, each distinct piece of work once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amplify.contract.errors import AmplifyError, PlanError
from amplify.contract.progress import Progress
from amplify.host.load import Host
from amplify.run.engine.stop import RunStopped
from amplify.run.execute import execute
from amplify.run.plan import Plan
from amplify.run.shared import Shared
from amplify.run.study.choose import Chosen, choose
from amplify.run.study.count import count_work
from amplify.run.study.folder import Made, StudyFolder
from amplify.run.study.formats import tables
from amplify.run.study.grid import Cell, Choice, Study
from amplify.run.study.record import study_record
from amplify.run.wire import wire

Warn = Callable[[str], None]


@dataclass(frozen=True)
class StudyRun:
    """A study as far as it came.

    `calls` counts what the LLMs were asked in this sitting. `lost` says of each run that could not
    be made, why. `stopped` says why no more was asked (None: all was).
    """

    study: Study
    folder: Path
    record: dict[str, Any]
    calls: int
    lost: dict[str, str]
    stopped: str | None

    @property
    def failed(self) -> int:
        """How many calls failed."""
        failed: int = self.record["failed"]
        return failed

    @property
    def not_shown(self) -> str | None:
        """Why the gain that is demanded is not shown, task by task; None where it is."""
        why = [
            f"{one['task']}, {one['llm']}: {demand['why']}"
            for one in self.record["results"]
            if (demand := one["verdict"]["demand"]) is not None and not demand["shown"]
        ]
        return "; ".join(why) or None


def execute_study(
    study: Study, host: Host, folder: StudyFolder, show: Progress, warn: Warn, resume: bool = False
) -> StudyRun:
    """Run the study in the folder; with `resume`, finish what is there and repeat nothing.

    Every plan is wired before anything is done, so that a mistake in the last of them costs no
    work. A run that cannot be made is told and left out; the others go on.
    """
    folder.check(study, resume)
    for cell in study.cells:
        _check(cell, study, host)
    if not resume:
        folder.create(study)
    sitting = _Sitting(study, host, folder, show, warn)
    with show("study", len(study.cells)) as advance:
        for cell in study.cells:
            sitting.make(cell)
            if sitting.stopped is not None:
                break
            advance()
    work = count_work([*sitting.made.values(), *sitting.parts], folder.keys_asked())
    record = study_record(study, sitting.made, sitting.chosen, work, sitting.lost, sitting.stopped)
    folder.write_record(record, tables(record))
    return StudyRun(study, folder.path, record, sitting.calls, sitting.lost, sitting.stopped)


def _check(cell: Cell, study: Study, host: Host) -> None:
    """PlanError, with the name of the cell, where a plan of it cannot be wired."""
    try:
        wire(cell.plan(), host)
        for choice in study.choices:
            wire(cell.choosing(choice, 1), host)
    except PlanError as error:
        error.where = f"{cell.name}: {error.where}".rstrip(": ")
        raise


class _Sitting:
    """One sitting over a study: what was made in it, or found."""

    def __init__(
        self, study: Study, host: Host, folder: StudyFolder, show: Progress, warn: Warn
    ) -> None:
        self.study = study
        self.host = host
        self.folder = folder
        self.show = show
        self.warn = warn
        self.shared = Shared()
        self.made: dict[Cell, Made] = {}
        self.parts: list[Made] = []
        self.chosen: dict[Cell, list[Chosen]] = {}
        self.lost: dict[str, str] = {}
        self.calls = 0
        self.stopped: str | None = None

    def make(self, cell: Cell) -> None:
        """The run of a cell, its choices first."""
        with self.show(f"study: {cell.name}", 1) as advance:
            try:
                keys: dict[str, dict[str, Any]] = {}
                for number, choice in enumerate(self.study.choices, 1):
                    found = self._choose(cell, choice, number)
                    if found is None:
                        return
                    self.chosen.setdefault(cell, []).append(found)
                    keys.setdefault(choice.arm, {}).update(choice.variants[found.variant])
                made = self._run(cell.plan(keys), cell.folder)
                if made is not None:
                    self.made[cell] = made
                advance()
            except RunStopped as error:
                self.stopped = error.message
            except AmplifyError as error:
                self.lost[cell.name] = str(error)
                self.warn(f"{cell.name} could not be made: {error}")

    def _choose(self, cell: Cell, choice: Choice, number: int) -> Chosen | None:
        """What is best on the pool; None where the study was stopped on the way."""
        parts = []
        for part in range(1, choice.parts + 1):
            made = self._run(cell.choosing(choice, part), f"{cell.folder}.choice-{number}-{part}")
            if made is None or self.stopped is not None:
                return None
            parts.append(made)
        self.parts += parts
        return choose(choice, [made.predictions for made in parts])

    def _run(self, plan: Plan, name: str) -> Made | None:
        """A run, made or found; None where the study was stopped before it was scored."""
        found = self.folder.read(name)
        if found is not None and found.whole:
            return found
        folder = self.folder.run(name)
        run = execute(
            wire(plan, self.host, self.show),
            folder,
            resume=(folder.path / "plan.toml").exists(),
            warn=self.warn,
            shared=self.shared,
        )
        self.calls += run.calls
        if run.stop is not None:
            self.stopped = run.stop.message
        return self.folder.read(name)
