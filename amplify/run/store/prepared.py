"""Writes what was prepared to the run folder, and reads it back for a run that is resumed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import msgspec

from amplify.contract.errors import DataError
from amplify.contract.guard.brief import brief
from amplify.contract.template import Demonstration
from amplify.loop.prepare import Preparation
from amplify.loop.prompt.arm import PreparedArm, drawn_name
from amplify.loop.shared_work import Work
from amplify.loop.survey.label_errors import LabelErrors
from amplify.loop.survey.proxy_report import ProxyReport
from amplify.run.store.files import write_whole
from amplify.run.store.read_back import read_stored, reading, stored_lines
from amplify.run.store.rows import demonstration_row, write_rows

AGAIN = "delete prepared.json to prepare again (replies are kept)"


def write_preparation(folder: Path, preparation: Preparation) -> None:
    """Write `demonstrations.jsonl`, and all else that was prepared as `prepared.json`."""
    rows = [
        {"arm": arm.plan_name, "draw": arm.draw, "shot": index, **demonstration_row(shown)}
        for arm in preparation.arms
        for index, shown in enumerate(arm.demonstrations)
    ]
    write_rows(folder / "demonstrations.jsonl", rows)
    bare = (replace(arm, demonstrations=(), requests=()) for arm in preparation.arms)
    arms = [asdict(arm) for arm in bare]
    for arm in arms:
        del arm["requests"]
        for key in ("views", "trials"):
            if not arm[key]:
                del arm[key]
    head = {
        "arms": arms,
        "proxies": [asdict(report) for report in preparation.proxies],
        "on_test": [dict(labels) for labels in preparation.on_test],
        "label_errors": [asdict(errors) for errors in preparation.label_errors],
        "notes": preparation.notes,
        "survey": preparation.survey,
        "data": preparation.data,
        "shots": {arm.name: len(arm.demonstrations) for arm in preparation.arms},
        "work": {name: asdict(work) for name, work in preparation.work.items()},
    }
    write_whole(folder / "prepared.json", json.dumps(head, indent=2, ensure_ascii=False))


def resumed_preparation(folder: Path, names: Sequence[str], data: str) -> Preparation | None:
    """What a run of arms of these names goes on with; None where it has to prepare again.

    It does so where calls of the survey failed: those that were answered are in the journal. Raises
    DataError where the data are not those of the digest `data`.
    """
    preparation = read_preparation(folder, names)
    if preparation is None:
        return None
    if preparation.data != data:
        raise DataError(
            "the data is not what the run began with",
            where=str(folder),
            hint="bring the old data back, or begin anew with another --out",
        )
    return None if preparation.survey["failed"] else preparation


def stored_names(folder: Path) -> list[str]:
    """The names of the arms that a run had prepared, in their order."""
    head = folder / "prepared.json"
    with reading(head, "the run's preparation cannot be read", AGAIN):
        return [arm.name for arm in msgspec.json.decode(read_stored(head), type=_Stored).arms]


def read_preparation(folder: Path, names: Sequence[str]) -> Preparation | None:
    """What a run of arms of these names had prepared before it was cut off; None: nothing yet."""
    head = folder / "prepared.json"
    if not head.exists():
        return None
    what = "the run's preparation cannot be read"
    with reading(head, what, AGAIN):
        stored = msgspec.json.decode(read_stored(head), type=_Stored)
        if [arm.name for arm in stored.arms] != list(names):
            raise ValueError("its arms are not those of the plan")
        msgspec.convert(stored.survey, _Survey)
        if stored.on_test and len(stored.on_test) != len(stored.proxies):
            raise ValueError("field 'on_test' does not have the labels of each proxy")
    shown = folder / "demonstrations.jsonl"
    demonstrations: dict[str, list[Demonstration]] = {arm.name: [] for arm in stored.arms}
    with reading(shown, what, AGAIN):
        for number, line in stored_lines(shown):
            with reading(shown, what, AGAIN, number):
                of_arm = msgspec.json.decode(line, type=_OfArm)
                name = drawn_name(of_arm.arm, of_arm.draw)
                if name not in demonstrations:
                    raise ValueError(f"field 'arm' is {brief(name)}, no arm of the run")
                demonstrations[name].append(msgspec.json.decode(line, type=Demonstration))
    with reading(head, what, AGAIN):
        for name, shots in demonstrations.items():
            if len(shots) != stored.shots[name]:
                raise ValueError(f"arm {name} has lost demonstrations")
    arms = [replace(arm, demonstrations=tuple(demonstrations[arm.name])) for arm in stored.arms]
    return Preparation(
        arms,
        stored.proxies,
        stored.notes,
        stored.survey,
        stored.data,
        stored.work,
        stored.label_errors,
        on_test=[*stored.on_test],
    )


class _Stored(msgspec.Struct):
    """The file `prepared.json`."""

    arms: list[PreparedArm]
    proxies: list[ProxyReport]
    notes: list[str]
    survey: dict[str, Any]
    data: str
    shots: dict[str, int] = {}
    work: dict[str, Work] = {}
    label_errors: list[LabelErrors] = []
    on_test: list[dict[str, str]] = []


class _OfArm(msgspec.Struct):
    """A row of an arm, whatever else is in it."""

    arm: str
    draw: int = 0


class _Survey(msgspec.Struct):
    """What a resumed run needs of the survey's counts."""

    arm: str | None
    errors: str | None
    asked: int
    wrong: int
    failed: int
