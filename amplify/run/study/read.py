"""Read a study: the TOML file, then the command line over it, and every plan in it resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from amplify.contract.errors import PlanError
from amplify.contract.guard.paths import home
from amplify.contract.suggest import did_you_mean
from amplify.run.plan.presets import DEFAULTS
from amplify.run.plan.read import load_toml, put_place_first
from amplify.run.plan.schema import SECTIONS, given
from amplify.run.plan.typed import section, typed
from amplify.run.plan.validate import check_texts
from amplify.run.study.arms import merge_equal, read_arms
from amplify.run.study.figures import check_tasks, read_figures
from amplify.run.study.grid import Cell, Study, StudySection
from amplify.run.study.layers import Entry, layered, read_entry, refuse_repeats
from amplify.run.study.schema import StudyTables


@dataclass(frozen=True)
class StudyOverrides:
    """What the command line says; None or empty where it is silent."""

    out: str | None = None
    limit: int | None = None
    draws: int | None = None
    min_gain: float | None = None
    max_p: float | None = None
    seeds: tuple[int, ...] = ()
    tasks: tuple[str, ...] = ()
    llms: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    calls: Mapping[str, Any] = field(default_factory=dict)


def read_study(path: Path, overrides: StudyOverrides | None = None) -> Study:
    """The study of `path` under the overrides, with every plan in it resolved once.

    Raises PlanError naming the file, the key and what is known in its place.
    """
    try:
        return _read(load_toml(path, "study"), path.parent.resolve(), overrides or StudyOverrides())
    except PlanError as error:
        put_place_first(error, str(path))
        raise


def _read(table: Mapping[str, Any], folder: Path, overrides: StudyOverrides) -> Study:
    """The study that the `table` of a file in this folder declares."""
    file = typed(StudyTables, table)
    tables = {key: value for key, value in given(file).items() if key in SECTIONS}
    study = _section(table.get("study", {}), tables, folder, overrides)
    shared = layered(layered(tables), _from_command_line(overrides))
    if not file.tasks and "task" not in shared:
        raise PlanError("there is no task", where="[[tasks]]", hint="a study needs [[tasks]]")
    base = home(study.base)
    tasks = _entries(file.tasks, "tasks", base, overrides.tasks)
    tasks = tasks or {_component_name(shared, "task"): Entry()}
    llms = _entries(file.llms, "llms", base, overrides.llms, ("task", "split"))
    llms = llms or {_component_name(shared, "llm"): Entry()}
    cells, same = merge_equal(
        [
            _cell(task, llm, seed, study, layered(
                tasks[task].plan, llms[llm].plan, shared, tasks[task].tables, llms[llm].tables,
                {"set": list(study.set)},
            ), file.vary)
            for task in tasks
            for seed in study.seeds
            for llm in llms
        ]
    )  # fmt: skip
    stored = {
        **shared,
        "study": {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(study).items()
            if value not in (None, "")
        },
        "tasks": [entry.stored(name) for name, entry in tasks.items()],
        "llms": [entry.stored(name) for name, entry in llms.items()],
        "vary": file.vary,
        "figures": file.figures,
    }
    check_texts(stored)
    figures = read_figures(file.figures)
    # A study that was stored may hold some of its tasks alone, and the figures of all.
    if "base" not in table.get("study", {}):
        check_tasks(figures, [entry["name"] for entry in file.tasks] or list(tasks))
    return Study(study, tuple(cells), figures, same, stored)


def _section(
    table: Any, tables: Mapping[str, Any], folder: Path, overrides: StudyOverrides
) -> StudySection:
    """`[study]` under the overrides; the study's `tables` and `folder` give what it leaves open."""
    study = typed(StudySection, table, section("study"), strict=False)
    seed = tables.get("run", {}).get("seed")
    if "seeds" not in table and seed is not None:
        study = typed(StudySection, {**table, "seeds": [seed]}, section("study"), strict=False)
    study = replace(
        study,
        base=study.base or str(folder),
        out=overrides.out or study.out,
        seeds=overrides.seeds or study.seeds,
        set=(*study.set, *overrides.sets),
    )
    seeds = study.seeds
    if not seeds or len(set(seeds)) < len(seeds) or any(seed < 0 for seed in seeds):
        raise PlanError(
            f"seeds are different numbers from 0, at least one, not {list(seeds)}",
            where="[study] seeds",
        )
    refuse_repeats(study.arms, "[study] arms")
    return study


def _cell(
    task: str,
    llm: str,
    seed: int,
    study: StudySection,
    tables: dict[str, Any],
    varied: Sequence[Mapping[str, Any]],
) -> Cell:
    """One run of the study; `tables` are those of its plan, `varied` the `[[vary]]` tables."""
    _check_sets(tables.get("set", []))
    arms = read_arms(tables, tables.pop("pick", study.arms), varied)
    tables["arms"] = arms.tables
    tables["run"] = {"focus": arms.focus, **tables.get("run", {}), "seed": seed}
    tables["split"] = {"seed": study.seeds[0], **tables.get("split", {})}
    return Cell(task, llm, seed, tables, arms.names, arms.variants, arms.choices, study.base)


def _from_command_line(overrides: StudyOverrides) -> dict[str, Any]:
    keys = {"run": ("limit", "draws"), "verdict": ("min_gain", "max_p")}
    tables: dict[str, dict[str, Any]] = {
        table: {key: value for key in names if (value := getattr(overrides, key)) is not None}
        for table, names in keys.items()
    }
    tables["calls"] = dict(overrides.calls)
    return {key: table for key, table in tables.items() if table}


FIXED = ("run.seed", "run.base", "run.out", "split.held_out")
"""What a study sets itself, run by run."""


def _check_sets(texts: Sequence[str]) -> None:
    for text in texts:
        key = text.partition("=")[0].strip()
        if key in FIXED:
            raise PlanError(
                f"a study sets {key} itself",
                where=f"set {text if len(text) < 200 else f'{text[:200]}…'}",
                hint="see seeds, --out, choose",
            )


def _entries(
    tables: Sequence[Mapping[str, Any]],
    axis: str,
    base: Path,
    only: Sequence[str],
    foreign: Sequence[str] = (),
) -> dict[str, Entry]:
    """The entries of an axis by name; `only` some of them, where given.

    Relative paths start from the folder `base`; `foreign` sections may stand in no entry.
    """
    entries: dict[str, Entry] = {}
    where = section(axis, many=True)
    for table in tables:
        name, entry = read_entry(table, base, where)
        if name in entries:
            raise PlanError(f"two entries are called {name!r}", where=where)
        entries[name] = entry
        for key in foreign:
            if key in {**entry.plan, **entry.tables}:
                raise PlanError(
                    f"[{key}] belongs to a task: all LLMs answer the same items",
                    where=f"{where} {name}",
                )
    for name in only:
        if name not in entries:
            known = list(entries)
            raise PlanError(
                f"no entry {name!r}{did_you_mean(name, known)}",
                where=f"--{axis}",
                hint=f"names: {known}",
            )
    return {name: entry for name, entry in entries.items() if not only or name in only}


def _component_name(tables: Mapping[str, Any], role: str) -> str:
    """The name of the study's one task or LLM: its `name`, else that of the component it uses."""
    component = tables.get(role, DEFAULTS[role])
    if isinstance(component, dict):
        return str(component.get("name", component.get("use")))
    return str(component)
