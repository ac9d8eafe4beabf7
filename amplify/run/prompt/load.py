"""Loads a finished prompt, from its file or from a run's folder, so that it can be called."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from amplify.contract.errors import PlanError
from amplify.contract.guard.paths import home, there
from amplify.contract.guard.visible import visible
from amplify.host.load import Host
from amplify.run.plan.read import read_plan
from amplify.run.plan.sections import CallsSection
from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.prompt.finished_file import read_finished
from amplify.run.prompt.from_run import finish_prompt
from amplify.run.prompt.loaded import LoadedPrompt
from amplify.run.prompt.parts import Model
from amplify.run.python_words import errors_in_python, in_python
from amplify.run.wiring.wire import wire


def load(
    path: str | Path,
    *,
    arm: str | None = None,
    draw: int | None = None,
    llm: str | None = None,
    **options: Any,
) -> LoadedPrompt:
    """The finished prompt in a file, or that of a run's folder, ready to be called.

    - `path`: the file that `amplify export` has written, or the folder of a run.
    - `arm`: of a run, the arm whose prompt it is: by default the focus, its baseline where the
      focus was shown to do worse, or what a tune has chosen.
    - `draw`: of a run, the draw of the arm's demonstrations.
    - `llm`: another LLM than the one that the prompt was measured with.
    - `options`: options of the LLM, beside or in place of those that it was measured with.

    A UserWarning says where the default is not the focus, or another arm had more test items right.
    """
    notes: list[str] = []
    with errors_in_python(of_prompt=True):
        prompt = load_prompt(home(path), Host.load(), arm, draw, llm, options, warn=notes.append)
    for note in notes:
        warnings.warn(visible(in_python(note)), UserWarning, stacklevel=2)
    return prompt


def load_prompt(
    path: Path,
    host: Host,
    arm: str | None = None,
    draw: int | None = None,
    llm: str | None = None,
    options: Mapping[str, Any] | None = None,
    calls: CallsSection | None = None,
    warn: Callable[[str], None] = lambda text: None,
) -> LoadedPrompt:
    """As `load`, with the plugins of the host; `calls` says how a service is called, and `warn` is
    told what a user has to know of the arm."""
    finished, folder = finished_at(path, host, arm, draw, warn)
    given = dict(options or {})
    if llm is not None or given:
        kept = {} if llm not in (None, finished.llm.use) else finished.llm.options
        model = Model(
            llm or finished.llm.use, {**kept, **given}, finished.llm.device, finished.llm.seed
        )
        finished = msgspec.structs.replace(finished, llm=model)
    data = os.environ.get("AMPLIFY_DATA")
    paths = [folder, Path.cwd(), *([home(data)] if data else [])]
    return LoadedPrompt(finished, host, paths, calls)


def finished_at(
    path: Path,
    host: Host,
    arm: str | None = None,
    draw: int | None = None,
    warn: Callable[[str], None] = lambda text: None,
) -> tuple[FinishedPrompt, Path]:
    """The finished prompt at a path, and the folder at which relative paths of its LLM begin.

    `warn` is told what a user has to know of the arm that is taken by default.
    """
    if not there(path):
        raise PlanError(
            "there is neither a prompt's file nor a run's folder",
            where=str(path),
            hint="name the folder of a run or of a tune, or the file that amplify export wrote",
        )
    if not path.is_dir():
        if arm is not None or draw is not None:
            raise PlanError(
                "a prompt's file holds one arm: another one can be chosen of a run's folder alone",
                where=str(path),
            )
        return read_finished(path), path.parent
    stored = path / "plan.toml"
    if not there(stored):
        hint = "name the folder of a run or of a tune, or a prompt's file"
        raise PlanError("the folder holds no run", where=str(path), hint=hint)
    plan = read_plan(stored)
    return finish_prompt(wire(plan, host), path, arm, draw, warn), home(plan.run.base)
