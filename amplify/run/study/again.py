"""Shows a finished study again from its record, and tells observers of its runs."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from amplify.contract.data import Event
from amplify.contract.errors import AmplifyError
from amplify.host.load import Host
from amplify.run.plan.read import read_plan
from amplify.run.store.read_back import DAMAGE, read_stored
from amplify.run.store.stored_run import read_record
from amplify.run.store.versions import versions
from amplify.run.study.folder import StudyFolder
from amplify.run.study.grid import Cell, Study
from amplify.run.wiring.wire import wire


def finished_record(study: Study, host: Host, folder: StudyFolder) -> dict[str, Any] | None:
    """The record of the study, where all of it has finished in the folder; None where it has not.

    More is to be done where a call failed or was not made, a run is lost, a file was written after
    the record, the study asks for another verdict or shows other figures, or versions are other
    ones by now.
    """
    try:
        if not _is_untouched(folder.path):
            return None
        record = json.loads(read_stored(folder.path / "record.json"))
        stored = tomllib.loads(read_stored(folder.stored).decode())
        whole = (
            record["digest"] == study.digest
            and record["stopped"] is None
            and not record["failed"]
            and not record["lost"]
            and record["versions"] == _versions_now(record["versions"], host)
            and _shown_keys(stored) == _shown_keys(study.table)
        )
    except (OSError, AmplifyError, KeyError, TypeError, AttributeError, *DAMAGE):
        return None  # what damage means is told by the study that goes on
    return record if whole else None


def log_again(study: Study, host: Host, folder: StudyFolder, log: Sequence[str]) -> Iterator[str]:
    """Tell the observers of these names of each run of a study that has finished.

    Gives what went wrong with which.
    """
    for cell in study.cells if log else ():
        place = folder.path / "runs" / cell.folder
        wiring = wire(read_plan(place / "plan.toml"), host)
        wiring = wiring.observed(log, place_in_study(study, folder.path, cell))
        yield from wiring.begin(place)
        yield from wiring.emit(Event("finished", {"record": read_record(place)}))


def place_in_study(study: Study, folder: Path, cell: Cell) -> dict[str, Any]:
    """What observers of a run are told of its place in the study in this folder."""
    return {
        "name": study.section.name,
        "folder": str(folder),
        "task": cell.task,
        "llm": cell.llm,
        "seed": cell.seed,
    }


def _is_untouched(folder: Path) -> bool:
    """Whether no file of the study, nor of one of its runs, was written after its record."""
    paths = [folder / "study.toml", folder / "calls.jsonl", *folder.glob("runs/*/*")]
    last = (folder / "record.json").stat().st_mtime_ns
    return max(path.stat().st_mtime_ns for path in paths if path.name != "events.jsonl") <= last


def _versions_now(recorded: Mapping[str, str], host: Host) -> dict[str, str]:
    """The versions that the study would record now, if it used the same plugins."""
    loaded = (plugin for plugin in host.plugins if plugin.state == "loaded")
    return versions({p.name: p.version for p in loaded if p.name in recorded})


def _shown_keys(table: Mapping[str, Any]) -> Any:
    """What a study's record depends on in the study's `table`: not its folder, nor its calls."""
    rest = {key: value for key, value in table.items() if key != "calls"}
    rest["study"] = {k: v for k, v in table["study"].items() if k not in ("out", "base")}
    return json.loads(json.dumps(rest, default=str))
