"""Results: the answers of all seeds of a task and an LLM, as rows and comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import msgspec

from amplify.contract.data import Prediction
from amplify.loop.audit.contrast import Contrast, sum_contrasts
from amplify.loop.compare.compare import Comparison, adjust, compare_seeds
from amplify.loop.compare.statistics import bootstrap, permutation, wilson
from amplify.run.plan.plan import Plan
from amplify.run.study.folder import Made
from amplify.run.study.grid import Cell, Family

FEWEST_TASKS = 3
"""With fewer tasks, a test with a task as the unit says nothing."""


@dataclass(frozen=True)
class Group:
    """The runs of one task and one LLM, a seed each; `plan` is that of the first."""

    task: str
    llm: str
    plan: Plan
    seeds: tuple[int, ...]
    runs: tuple[Made, ...]

    def predictions(self, arm: str) -> dict[int, list[Prediction]]:
        """The arm's answers by seed, without items that nobody answered."""
        pairs = zip(self.seeds, self.runs, strict=True)
        found = {
            seed: [p for p in run.predictions.get(arm, ()) if p.status != "prepared"]
            for seed, run in pairs
        }
        return {seed: answers for seed, answers in found.items() if answers}

    def notes(self) -> list[str]:
        """What the runs note, each once, with its seeds where not all note it."""
        seeds: dict[str, list[int]] = {}
        for seed, run in zip(self.seeds, self.runs, strict=True):
            for note in run.record["notes"]:
                seeds.setdefault(note, []).append(seed)
        return [
            note if len(found) == len(self.seeds) else f"seed {', '.join(map(str, found))}: {note}"
            for note, found in seeds.items()
        ]

    def contrast(self) -> Contrast:
        """What arms lack over all seeds: an arm is another one where it is so under each seed."""
        found = [run.record.get("contrast", {}) for run in self.runs]
        return sum_contrasts([msgspec.convert(one, Contrast) for one in found])


def group(made: Mapping[Cell, Made]) -> list[Group]:
    """The runs by task and LLM, in the order of the study."""
    cells: dict[tuple[str, str], list[Cell]] = {}
    for cell in made:
        cells.setdefault((cell.task, cell.llm), []).append(cell)
    return [
        Group(
            task, llm, found[0].plan(), tuple(cell.seed for cell in found),
            tuple(made[cell] for cell in found),
        )
        for (task, llm), found in cells.items()
    ]  # fmt: skip


def arm_row(one: Group, arm: str, same: Sequence[str]) -> dict[str, Any]:
    """What an arm came to: `correct` of `answers` to `items`, over all seeds.

    `interval` is Wilson's for one seed; for several a bootstrap over items with all their seeds,
    and Wilson's over items where all answers are right, or none is.
    `same` names the variants that are this very arm.
    """
    found = one.predictions(arm)
    answers = [p for predictions in found.values() for p in predictions]
    correct = sum(p.correct for p in answers)
    counts = [_named(run.record["arms"], arm) for run in one.runs]
    return {
        "arm": arm,
        "same": list(same),
        "items": len({p.item for p in answers}),
        "answers": len(answers),
        "correct": correct,
        "accuracy": correct / len(answers) if answers else None,
        "interval": _interval(found) if answers else None,
        "by_seed": {
            str(seed): fmean(p.correct for p in predictions) for seed, predictions in found.items()
        },
        **{
            key: sum(count[key] for count in counts)
            for key in ("unparsed", "refused", "errors", "prepared")
        },
        "tokens": _tokens(counts),
        "faithfulness": [count["faithfulness"] for count in counts],
    }


def compared(family: Family, groups: Sequence[Group]) -> list[list[Comparison]]:
    """Each group's comparisons, p-values adjusted over the family that they belong to."""
    found = [_comparisons(one) for one in groups]
    every = [(index, one) for index, comparisons in enumerate(found) for one in comparisons]
    families: dict[str, list[tuple[int, Comparison]]] = {}
    for index, one in every:
        name = "all comparisons of the study"
        if family == "task":
            name = f"{groups[index].task}, {groups[index].llm}"
        elif family == "arm":
            name = f"{one.arm} against {one.baseline} on every task"
        families.setdefault(name, []).append((index, one))
    made: list[list[Comparison]] = [[] for _ in groups]
    for name, members in families.items():
        adjusted = adjust(name, [one for _, one in members])
        for (index, _), one in zip(members, adjusted, strict=True):
            made[index].append(one)
    return made


def _comparisons(one: Group) -> list[Comparison]:
    """The focus against every other arm; while nobody answered it, the others against a base."""
    answers = {arm.name: one.predictions(arm.name) for arm in one.plan.arms}
    scored = [name for name, found in answers.items() if found]
    focus, base = one.plan.focus, one.plan.baseline
    if focus in scored:
        pairs = [(focus, other) for other in scored if other != focus]
    else:
        base = base if base in scored else next(iter(scored), "")
        pairs = [(other, base) for other in scored if other != base]
    contrast = one.contrast()
    pairs = [(a, b) for a, b in pairs if not contrast.identical(a, b)]
    made = (compare_seeds(a, b, answers[a], answers[b], one.seeds[0]) for a, b in pairs)
    return [comparison for comparison in made if comparison is not None]


def over_tasks(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """For each LLM, the focus against every other arm with a task as the unit.

    `difference` is the mean over tasks, `p_value` of a sign-flip test over tasks, exact for up to
    13 of them, `interval` the 95% bootstrap over tasks. Told from three tasks on.
    """
    pairs: dict[tuple[str, str, str], list[float]] = {}
    for one in groups:
        for comparison in _comparisons(one):
            if comparison.arm == one.plan.focus:
                key = (one.llm, comparison.arm, comparison.baseline)
                pairs.setdefault(key, []).append(comparison.difference)
    made = []
    for (llm, arm, baseline), differences in pairs.items():
        if len(differences) < FEWEST_TASKS:
            continue
        found = bootstrap(differences, [1] * len(differences), 0)
        made.append(
            {
                "llm": llm,
                "arm": arm,
                "baseline": baseline,
                "tasks": len(differences),
                "above": sum(difference > 0 for difference in differences),
                "difference": fmean(differences),
                "interval": found[0] if found else None,
                "p_value": permutation(differences, [0.0] * len(differences), 0),
            }
        )
    return made


def proxy_rows(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """How good each proxy is on pool items that it never saw: means over seeds."""
    made = []
    for one in groups:
        names = dict.fromkeys(p["name"] for run in one.runs for p in run.record["proxies"])
        for name in names:
            found = [p for run in one.runs for p in run.record["proxies"] if p["name"] == name]
            agreement = [p["agreement"] for p in found if p["agreement"] is not None]
            made.append(
                {
                    "task": one.task,
                    "llm": one.llm,
                    "proxy": name,
                    "items": found[0]["items"],
                    "accuracy": fmean(p["accuracy"] for p in found),
                    "majority": fmean(p["majority"] for p in found),
                    "agreement": fmean(agreement) if agreement else None,
                }
            )
    return made


def _interval(found: Mapping[int, Sequence[Prediction]]) -> tuple[float, float] | None:
    if len(found) == 1:
        (predictions,) = found.values()
        return wilson(sum(p.correct for p in predictions), len(predictions))
    items: dict[str, list[bool]] = {}
    for predictions in found.values():
        for p in predictions:
            items.setdefault(p.item, []).append(p.correct)
    right = [sum(one) for one in items.values()]
    made = bootstrap(right, [len(one) for one in items.values()], 0)
    if made is None and not any(right):
        return wilson(0, len(items))
    if made is None and all(all(one) for one in items.values()):
        return wilson(len(items), len(items))
    return made[0] if made else None


def _named(arms: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(arm for arm in arms if arm["name"] == name)


def _tokens(counts: Sequence[dict[str, Any]]) -> dict[str, int | None]:
    found = {key: _total(counts, key) for key in ("input", "output", "cached")}
    untold = _total(counts, "untold")
    return {**found, "untold": untold} if untold else found


def _total(counts: Sequence[dict[str, Any]], key: str) -> int | None:
    known = [value for count in counts if (value := (count["tokens"] or {}).get(key)) is not None]
    return sum(known) if known else None
