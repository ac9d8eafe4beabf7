"""Read a study: TOML file, then command line, checked key by key; every plan of it is resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from amplify.contract.errors import PlanError
from amplify.contract.guard.paths import home
from amplify.contract.options import convert
from amplify.run.plan.presets import DEFAULTS
from amplify.run.plan.read import SECTIONS, load_toml
from amplify.run.plan.tables import as_table, check_keys, near, texts_of
from amplify.run.plan.validate import check_texts
from amplify.run.study.arms import merge_equal, read_arms
from amplify.run.study.figures import check_tasks, read_figures
from amplify.run.study.grid import Cell, Study, StudySection
from amplify.run.study.layers import Entry, layered, read_entry

AXES = ("tasks", "llms", "vary", "figures")


@dataclass(frozen=True)
class StudyOverrides:
    """What the command line says; None or empty where it is silent."""

    out: str | None = None
    limit: int | None = None
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
        if not error.where.startswith(str(path)):
            error.where = f"{path}: {error.where}".rstrip(": ")
        raise


def _read(table: Mapping[str, Any], folder: Path, overrides: StudyOverrides) -> Study:
    check_keys(table, ("study", *AXES, *SECTIONS), "study")
    said = dict(as_table(table.get("study", {}), "[study]"))
    picked = texts_of(said.pop("arms", []), "[study] arms", distinct=True)
    written = "base" in said
    said.setdefault("base", str(folder))
    said |= {k: v for k in ("out", "seeds") if (v := getattr(overrides, k))}
    if "seeds" not in said and "seed" in table.get("run", {}):
        said["seeds"] = [table["run"]["seed"]]
    said["set"] = [*texts_of(said.get("set", []), "[study] set"), *overrides.sets]
    section = convert(StudySection, said, "[study]")
    _check_seeds(section.seeds)
    base = home(section.base)
    last = {"set": list(section.set)}
    shared = layered({k: v for k, v in table.items() if k in SECTIONS})
    shared = layered(shared, _from_command_line(overrides))
    if not table.get("tasks") and "task" not in shared:
        raise PlanError("there is no task", where="[[tasks]]", hint="a study needs [[tasks]]")
    tasks = _entries(table, "tasks", base, overrides.tasks) or {_name(shared, "task"): Entry()}
    llms = _entries(table, "llms", base, overrides.llms, ("task", "split"))
    llms = llms or {_name(shared, "llm"): Entry()}
    varied = [dict(as_table(one, "[[vary]]")) for one in _list(table, "vary")]
    cells: list[Cell] = []
    for task, task_entry in tasks.items():
        for seed in section.seeds:
            for llm, llm_entry in llms.items():
                tables = layered(
                    task_entry.under, llm_entry.under, shared, task_entry.said, llm_entry.said, last
                )
                _check_sets(tables.get("set", []))
                named = tables.pop("pick", picked)
                arms = read_arms(tables, named, varied, f"{task}, {llm}")
                run = {"focus": arms.focus, **tables.get("run", {}), "seed": seed}
                tables |= {"arms": arms.tables, "run": run}
                tables["split"] = {"seed": section.seeds[0], **tables.get("split", {})}
                cells.append(
                    Cell(
                        task, llm, seed, tables, arms.names, arms.variants, arms.choices,
                        section.base,
                    )
                )  # fmt: skip
    cells, same = merge_equal(cells)
    stored = {
        **shared,
        "study": {k: v for k, v in asdict(section).items() if v not in (None, "")}
        | {"seeds": list(section.seeds), "set": list(section.set), "arms": list(picked)},
        "tasks": [entry.table(name) for name, entry in tasks.items()],
        "llms": [entry.table(name) for name, entry in llms.items()],
        "vary": varied,
        "figures": _list(table, "figures"),
    }
    check_texts(stored)
    figures = read_figures(_list(table, "figures"))
    if not written:  # one that was written down may hold some of its tasks alone, and all figures
        every = [str(entry["name"]) for entry in _list(table, "tasks")] or list(tasks)
        check_tasks(figures, every)
    return Study(section, tuple(cells), figures, same, stored)


def _from_command_line(overrides: StudyOverrides) -> dict[str, Any]:
    run = {"limit": overrides.limit} if overrides.limit is not None else {}
    verdict = {
        key: value
        for key in ("min_gain", "max_p")
        if (value := getattr(overrides, key)) is not None
    }
    made = {"run": run, "verdict": verdict, "calls": dict(overrides.calls)}
    return {key: value for key, value in made.items() if value}


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


def _list(table: Mapping[str, Any], key: str) -> list[Any]:
    found = table.get(key, [])
    if not isinstance(found, list):
        raise PlanError(f"expected a list of tables, not {found!r}", where=f"[[{key}]]")
    return found


def _entries(
    table: Mapping[str, Any],
    key: str,
    base: Path,
    only: Sequence[str],
    foreign: Sequence[str] = (),
) -> dict[str, Entry]:
    """The entries of an axis by name; `only` some of them, where given."""
    made: dict[str, Entry] = {}
    for entry in _list(table, key):
        entry = as_table(entry, f"[[{key}]]")
        name = entry.get("name")
        if not isinstance(name, str) or not name:
            raise PlanError("an entry needs a name", where=f"[[{key}]]", hint='name = "snarks"')
        if name in made:
            raise PlanError(f"two entries are called {name!r}", where=f"[[{key}]]")
        made[name] = read_entry(entry, base, f"[[{key}]] {name}")
        for section in foreign:
            if section in {**made[name].under, **made[name].said}:
                raise PlanError(
                    f"[{section}] belongs to a task: all LLMs answer the same items",
                    where=f"[[{key}]] {name}",
                )
    for name in only:
        if name not in made:
            known = list(made)
            raise PlanError(
                f"no entry {name!r}{near(name, known)}", where=f"--{key}", hint=f"names: {known}"
            )
    return {name: layer for name, layer in made.items() if not only or name in only}


def _name(tables: Mapping[str, Any], role: str) -> str:
    given = tables.get(role, DEFAULTS[role])
    return str(given.get("name", given.get("use")) if isinstance(given, dict) else given)


def _check_seeds(seeds: Sequence[int]) -> None:
    if not seeds or len(set(seeds)) < len(seeds) or any(seed < 0 for seed in seeds):
        raise PlanError(
            f"seeds are different numbers from 0, at least one, not {list(seeds)}",
            where="[study] seeds",
        )
