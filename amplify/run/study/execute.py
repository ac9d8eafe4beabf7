"""Execute a study: make its runs one after another, and do each distinct piece of work once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amplify.contract.errors import AmplifyError, PlanError, ProviderError
from amplify.contract.grammar import counted
from amplify.contract.guard.secret import scrubbed
from amplify.contract.progress import Progress
from amplify.host.load import Host
from amplify.run.cost.spent import Spent
from amplify.run.engine.stop_reason import RunStopped, StopReason
from amplify.run.execute import execute
from amplify.run.plan.plan import Plan
from amplify.run.plan.read import put_place_first
from amplify.run.store.beginning import Identities, OtherLLM
from amplify.run.study.again import finished_record, log_again, place_in_study
from amplify.run.study.choose import ChosenVariant, choose_variant
from amplify.run.study.count import count_work
from amplify.run.study.folder import StudyFolder
from amplify.run.study.grid import Cell, Study, VariantChoice
from amplify.run.study.record import study_record
from amplify.run.study.run_of_study import RunOfStudy
from amplify.run.wiring.compatibility import NOBODY
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.wire import wire

Warn = Callable[[str], None]
TableFiles = Callable[[Mapping[str, Any]], Mapping[str, str]]
"""Makes the texts of a study's table files from its record, by the name of the file."""


@dataclass(frozen=True)
class StudyResult:
    """A study as far as it came.

    `calls` counts what the LLMs were asked in this sitting. `lost` says of each run that could not
    be made, why. `stop` says why no more was asked (None: all was), `spent` what its calls took.
    """

    study: Study
    folder: Path
    record: dict[str, Any]
    calls: int
    lost: dict[str, str]
    stop: StopReason | None
    spent: Spent

    @property
    def failed(self) -> int:
        """How many calls failed."""
        failed: int = self.record["failed"]
        return failed

    @property
    def not_shown(self) -> str | None:
        """Why the gain that is demanded is not shown, task by task; None where it is."""
        why = [
            f"{result['task']}, {result['llm']}: {demand['why']}"
            for result in self.record["results"]
            if (demand := result["verdict"]["demand"]) is not None and not demand["shown"]
        ]
        return "; ".join(why) or None


def execute_study(
    study: Study,
    host: Host,
    folder: StudyFolder,
    show: Progress,
    warn: Warn,
    table_files: TableFiles,
    resume: bool,
    log: Sequence[str],
) -> StudyResult:
    """Run the study in the folder; with `resume`, finish what is there and repeat nothing.

    Every plan is wired before anything is done, so that a mistake in the last of them costs no
    work. A run that cannot be made is left out, and `warn` is called with the reason; the others
    go on. `table_files` makes the tables that are written beside the record. `log` names the
    observers that are told of each run that is made, or, of a study that has finished already, of
    all its runs.
    """
    folder.check(study, resume)
    record = finished_record(study, host, folder) if resume else None
    if record is not None:
        for problem in log_again(study, host, folder, log):
            warn(problem)
        folder.write_tables(table_files(record))
        return StudyResult(study, folder.path, record, 0, {}, None, Spent())
    check_study(study, host, log)
    with folder.begun(study, resume, warn):
        return _execute(study, host, folder, show, warn, table_files, log)


def _execute(
    study: Study,
    host: Host,
    folder: StudyFolder,
    show: Progress,
    warn: Warn,
    table_files: TableFiles,
    log: Sequence[str],
) -> StudyResult:
    sitting = _Sitting(study, host, folder, show, warn, log)
    journal = sitting.shared.one_journal(folder.journal)
    with show("study", len(study.cells)) as advance, journal as written:
        before = None
        for cell in study.cells:
            if before is not None and (before.task, before.seed) != (cell.task, cell.seed):
                sitting.shared.forget()
            before = cell
            sitting.make(cell)
            if sitting.stop is not None:
                break
            advance()
    work = count_work([*sitting.finished.values(), *sitting.parts], written.called)
    stopped = None if sitting.stop is None else sitting.stop.message
    record = study_record(
        study, sitting.finished, sitting.chosen, sitting.parts, work, sitting.lost, stopped
    )
    folder.write_record(record, table_files(record))
    return StudyResult(
        study, folder.path, record, sitting.calls, sitting.lost, sitting.stop, written.spent
    )


def check_study(study: Study, host: Host, log: Sequence[str] = ()) -> None:
    """PlanError, with the name of the cell, where a plan of the study cannot be wired.

    So it is where there is no observer of a name in `log`.
    """
    for cell in study.cells:
        _check(cell, host)
    wire(study.cells[0].plan(), host).observed(log)


def _check(cell: Cell, host: Host) -> None:
    def check(plan: Plan) -> None:
        llm = wire(plan, host).llm.qualified
        if cell.choices and llm == NOBODY:
            raise PlanError(
                f"{llm} answers nothing, so that nothing can be chosen",
                where="[[vary]] choose",
                hint="name an LLM",
            )

    try:
        check(cell.plan())
        for choice in cell.choices:
            check(cell.choosing(choice, 1))
            for variant in choice.variants:
                first = {every.arm: next(iter(every.variants)) for every in cell.choices}
                check(cell.plan({**first, choice.arm: variant}))
    except PlanError as error:
        put_place_first(error, cell.name)
        raise


class _Sitting:
    """One call of the command over a study: the runs that it makes, and those made before."""

    def __init__(
        self,
        study: Study,
        host: Host,
        folder: StudyFolder,
        show: Progress,
        warn: Warn,
        log: Sequence[str],
    ) -> None:
        self.study = study
        self.host = host
        self.folder = folder
        self.show = show
        self.warn = warn
        self.log = log
        self.shared = Shared(identities=Identities(folder.begun_runs()))
        self.finished: dict[Cell, RunOfStudy] = {}
        self.parts: list[RunOfStudy] = []
        self.chosen: dict[Cell, list[ChosenVariant]] = {}
        self.lost: dict[str, str] = {}
        self.calls = 0
        self.stop: StopReason | None = None

    def make(self, cell: Cell) -> None:
        """Make the run of a cell, its choices first."""
        with self.show(f"study: {cell.name}", 1) as advance:
            try:
                chosen: dict[str, str] = {}
                for number, choice in enumerate(cell.choices, 1):
                    best = self._choose(cell, choice, number)
                    if best is None:
                        return
                    self.chosen.setdefault(cell, []).append(best)
                    chosen[choice.arm] = best.variant
                run = self._run(cell.plan(chosen), cell.folder, cell)
                if run is not None:
                    self.finished[cell] = run
                advance()
            except RunStopped as error:
                self.stop = error.stop
            except OtherLLM:
                raise  # no run of the study would be one with the others
            except AmplifyError as error:
                self.lost[cell.name] = self._without_folders(error)
                self.warn(f"{cell.name} could not be made: {self.lost[cell.name]}")
                before = self.folder.read(cell.folder)
                if before is not None:
                    self.finished[cell] = before

    def _choose(self, cell: Cell, choice: VariantChoice, number: int) -> ChosenVariant | None:
        """The variant that is best on the pool; None where the study was stopped before.

        `number` counts the choices of the cell from 1.
        """
        parts = []
        for part in range(1, choice.parts + 1):
            run = self._run(cell.choosing(choice, part), f"{cell.folder}.choice-{number}-{part}")
            if run is None or self.stop is not None:
                return None
            self.parts.append(run)
            parts.append(run)
        failed = sum(run.failed for run in parts)
        if failed:
            raise ProviderError(
                f"{counted(failed, 'call')} failed on the pool, so that nothing is chosen yet",
                where=f"choice of {choice.arm}",
                hint="they are asked again with --resume",
            )
        return choose_variant(choice, [run.predictions for run in parts])

    def _without_folders(self, error: AmplifyError) -> str:
        """The error in one line, without the names of the folders that this study is in."""
        text = scrubbed(str(error))
        for folder in (self.folder.path.resolve(), self.folder.path, self.study.section.base):
            text = text.replace(f"{folder}/", "")
        return " ".join(text.split())

    def _run(self, plan: Plan, name: str, cell: Cell | None = None) -> RunOfStudy | None:
        """The run called `name`, made where it is not finished yet.

        `cell` is what it is the run of, of which observers are told; None for a run that helps to
        choose. None where the study was stopped before it was scored.
        """
        finished = self.folder.read(name)
        if finished is not None and finished.whole:
            return finished
        folder = self.folder.run(name)
        wiring = wire(plan, self.host, self.show)
        if cell is not None:
            wiring = wiring.observed(self.log, place_in_study(self.study, self.folder.path, cell))
        run = execute(
            wiring,
            folder,
            resume=(folder.path / "plan.toml").exists(),
            warn=self.warn,
            shared=self.shared,
        )
        self.calls += run.calls
        if run.stop is not None:
            self.stop = run.stop
        return self.folder.read(name)
