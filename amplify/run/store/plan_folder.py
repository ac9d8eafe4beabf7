"""The folder of a plan's run, and the plan of a run's folder."""

from __future__ import annotations

from pathlib import Path

from amplify.contract.errors import PlanError
from amplify.contract.guard.paths import home, there
from amplify.run.plan.plan import Plan
from amplify.run.store.new_folder import fresh_path
from amplify.run.store.read_back import check_regular
from amplify.run.store.run_folder import RunFolder

HINT = "name the folder of a run or of a tune"


def stored_plan(folder: Path) -> Path:
    """The plan file in a run's folder; PlanError where the folder holds no run."""
    stored = folder / "plan.toml"
    if not there(folder):
        raise PlanError(
            "there is no such folder, and so no run to resume", where=str(folder), hint=HINT
        )
    if not there(stored):
        raise PlanError("the folder holds no run", where=str(folder), hint=HINT)
    check_regular(stored)
    return stored


def folder_of(plan: Plan) -> RunFolder:
    """The folder that the plan names, else a new one under `runs`."""
    if plan.run.out:
        return RunFolder(home(plan.run.out))
    name = plan.task.use.rpartition("/")[2]
    path = plan.task.options.get("path")
    if isinstance(path, str) and path:
        name = Path(path).stem
    return RunFolder(fresh_path("runs", name), fresh=True)
