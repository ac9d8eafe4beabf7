"""Runs and tunes in Python: `amplify.run` and `amplify.tune`."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from amplify.api.data import rows_of, write_examples
from amplify.api.result import Run
from amplify.api.settings import Settings, overrides_of
from amplify.contract.errors import PlanError, ProviderError
from amplify.contract.guard.paths import home, there
from amplify.contract.guard.secret import scrubber
from amplify.contract.guard.visible import visible
from amplify.host.load import Host
from amplify.report.notebook import shown_progress
from amplify.report.plots.svg import plot_files
from amplify.run.again import finished_run
from amplify.run.execute import execute
from amplify.run.plan.data_path import is_data, overrides_of_data
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import read_plan
from amplify.run.python_words import errors_in_python, in_python
from amplify.run.store.plan_folder import folder_of, stored_plan
from amplify.run.store.run_folder import RunFolder
from amplify.run.store.unanswered import left_of_a_run
from amplify.run.tune.default_space import raced_plan
from amplify.run.tune.execute import execute_tune
from amplify.run.wiring.wire import wire

log = logging.getLogger("amplify")
log.addHandler(logging.NullHandler())  # a library prints nothing unless logging is set up

HIDDEN = ".data"
"""The folder, beside those of runs, of the examples that programs gave."""

Options = Mapping[str, Any]


def run(
    data: Any = None,
    *,
    out: str | Path | None = None,
    resume: bool | None = None,
    progress: bool | None = None,
    options: Options | None = None,
    **settings: Unpack[Settings],
) -> Run:
    """Run a plan: build the prompts of the arms, ask the LLM, score and compare the arms.

    - `data`: labelled examples: the path of a file of any format, a DataFrame, a `datasets.Dataset`
      or `DatasetDict`, a list of pairs (text, label) or of records; or the path of a plan. None:
      the run in `out` goes on, or, without one, the default plan is run.
    - `out`: the run's folder; by default a new one under `runs`.
    - `resume`: True: go on with the run in `out`; False: refuse a folder that holds one. None: go
      on where there is one. No answered item is asked again.
    - `progress`: whether to show progress; by default on a terminal and in a notebook.
    - `options`: any other keys of the plan, such as `{"split.train": 0.5}`.
    - `settings`: see `Settings`: `llm`, `model`, `arms`, `draws`, `limit`, `max_cost`, ...

    Nothing is printed; notes are in the result, and warnings go to the logger "amplify". Where an
    interrupt or an error ends the run, its folder keeps what was answered. Raises PlanError or
    DataError for what cannot be run, ProviderError where the LLM cannot be asked.
    """
    with errors_in_python():
        return _carry_out(data, settings, options or {}, out, resume, progress, race=False)


def tune(
    data: Any = None,
    *,
    out: str | Path | None = None,
    resume: bool | None = None,
    progress: bool | None = None,
    options: Options | None = None,
    **settings: Unpack[Settings],
) -> Run:
    """Find the best prompt: race the arms on validation items, and test the winner once.

    The arguments are those of `amplify.run`. A plan has a section `[tune]`; data alone is tuned
    over a space that fits what is installed. `chosen` of the result names what was chosen.
    """
    with errors_in_python():
        return _carry_out(data, settings, options or {}, out, resume, progress, race=True)


def _carry_out(
    data: Any,
    settings: Mapping[str, Any],
    options: Options,
    out: str | Path | None,
    resume: bool | None,
    progress: bool | None,
    race: bool,
) -> Run:
    host = Host.load(tell=_warn)
    for problem in host.problems:
        _warn(problem)
    path, overrides = _source(data, overrides_of(settings, options, out), resume)
    plan = (
        raced_plan(path, overrides, lambda: host.registry) if race else read_plan(path, overrides)
    )
    if not race and plan.tune is not None:
        raise PlanError("this plan races its arms", where="[tune]", hint="amplify.tune takes it")
    folder = folder_of(plan)
    goes_on = _goes_on(folder) if resume is None else resume
    if goes_on and not plan.run.out:
        raise PlanError("to resume takes the run's folder", hint="name it: out=FOLDER")
    with shown_progress(progress) as shown, _kept(folder, race):
        wiring, _, notes = wire(plan, host, shown.phases).settle()
        for note in notes:
            log.info("%s", visible(in_python(note)))
        if goes_on and finished_run(wiring, folder, _warn) is not None:
            return Run(folder.path)
        if wiring.plan.tune is None:
            finished = execute(wiring, folder, goes_on, _warn)
        else:
            finished = execute_tune(wiring, folder, goes_on, _warn, shown.watch)
        for name, text in plot_files(finished.record).items():
            folder.write(name, text)
    return Run(folder.path)


def _source(data: Any, overrides: Overrides, resume: bool | None) -> tuple[Path | None, Overrides]:
    """The path of the plan, None for the default one, and the overrides, with the data in them."""
    out = None if overrides.out is None else home(overrides.out)
    if data is None:
        goes_on = out is not None and resume is not False and there(out / "plan.toml")
        return (stored_plan(out) if goes_on and out is not None else None), overrides
    if isinstance(data, str | Path):
        path = home(data)
        return (None, overrides_of_data(path, overrides)) if is_data(path) else (path, overrides)
    parent = Path("runs") if out is None else out.parent
    path, options = write_examples(rows_of(data), parent / HIDDEN)
    named = overrides_of({}, {"task": options}, None)
    return None, overrides_of_data(path, replace(overrides, sets=named.sets + overrides.sets))


def _goes_on(folder: RunFolder) -> bool:
    """Whether the folder holds a run that was answered anything, or may be yet."""
    return folder.stands and there(folder.path / "plan.toml") and not left_of_a_run(folder.path)


@contextmanager
def _kept(folder: RunFolder, race: bool) -> Iterator[None]:
    """Adds to an interrupt, and to an error of the LLM, how the run goes on."""
    try:
        yield
    except (KeyboardInterrupt, ProviderError) as error:
        if folder.stands:
            command = "tune" if race else "run"
            error.add_note(f"to go on: amplify.{command}(out={str(folder.path)!r})")
        raise


def _warn(text: str) -> None:
    log.warning("%s", visible(scrubber()(in_python(text))))
