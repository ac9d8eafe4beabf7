"""The split of a data set into train, pool and test: seeded, sized, stratified, disjoint."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from amplify.contract.data import Example, Task
from amplify.contract.errors import DataError, PlanError
from amplify.contract.grammar import counted
from amplify.contract.task import Dataset
from amplify.kit.seeded_order import seeded_key
from amplify.loop.data.split_notes import contradiction_notes, twin_notes
from amplify.loop.data.split_sizes import Size, split_counts
from amplify.loop.data.twins import group_twins


@dataclass(frozen=True, slots=True)
class Unit:
    """Items that stay on one side: equal texts, and texts that one word tells apart."""

    group: int
    items: tuple[Example, ...]


def split(
    dataset: Dataset,
    train: Size,
    pool: Size,
    test: Size,
    seed: int,
    fold_pool: bool = False,
) -> Task:
    """The task with its three splits.

    A size is a count, a share in [0, 1] of the items, or "all" that is left. With `fold_pool` the
    pool is the training split too, and `train` is not looked at. No two splits share an id, a
    normalised text, or texts that differ by one word: such items stay together (see `twins`; but
    for tasks whose items come from one mould). Each split is in a seeded order of which
    every beginning is stratified, so that a cut of it is a fair sample. Items that cannot be
    learned from (a target that is none of their labels, a single option) go to test alone, at the
    place where the order has them. Where the data set brings its own test, `test` is a size of
    that. The same seed gives the same split on every machine, and the same test items whatever the
    other sizes are. PlanError where there are too few items, DataError where ids are repeated.
    """
    for examples in (dataset.examples, dataset.test):
        _refuse_repeated_ids(examples, dataset.name)
    sizes = (
        {"test": test, "pool": pool} if fold_pool else {"test": test, "pool": pool, "train": train}
    )
    notes = list(dataset.notes)
    has_test = bool(dataset.test)
    if has_test:
        left = {name: size for name, size in sizes.items() if name != "test"}
        counts = split_counts({"test": test}, len(dataset.test), dataset.name + " (test)")
        counts |= split_counts(left, len(dataset.examples), dataset.name)
    else:
        counts = split_counts(sizes, len(dataset.examples), dataset.name)
    everything = (*dataset.examples, *dataset.test)
    twins = group_twins(everything)
    size = len(dataset.examples)
    units = _order(_units(everything[:size], twins.groups, 0), dataset.labels, seed)
    held = units
    if has_test:
        held = _order(_units(dataset.test, twins.groups, size), dataset.labels, seed)
    chosen = _take(held, counts["test"])
    taken = {unit.group for unit in chosen}
    ids = {example.id for unit in chosen for example in unit.items}
    free = [
        unit
        for unit in units
        if _usable(unit.items, dataset.labels)
        and unit.group not in taken
        and ids.isdisjoint(example.id for example in unit.items)
    ]
    parts = {"test": chosen}
    for name in list(sizes)[1:]:
        parts[name] = _take(free, counts[name])
        used = {unit.group for unit in parts[name]}
        free = [unit for unit in free if unit.group not in used]
    if fold_pool:
        parts["train"] = parts["pool"]
    notes += _check(parts, counts, sizes, dataset)
    notes += twin_notes(everything, twins)
    notes += contradiction_notes(everything, dataset.places)
    unlearnable, tested = (
        sum(len(unit.items) for unit in some if not _usable(unit.items, dataset.labels))
        for some in (held, chosen)
    )
    if not has_test and unlearnable > tested:
        notes.append(
            f"items whose label cannot be chosen, or with a single option: {unlearnable}, of which"
            f" {tested} fell to test; the others stand in no split"
        )
    flat = {name: tuple(e for unit in units for e in unit.items) for name, units in parts.items()}
    return Task(
        dataset.name,
        dataset.instruction,
        dataset.labels,
        flat["train"],
        flat["pool"],
        flat["test"],
        tuple(notes),
        dataset.source,
        tuple(everything[index].id for index in sorted(twins.moulds)),
    )


def _refuse_repeated_ids(examples: Sequence[Example], name: str) -> None:
    counts = Counter(example.id for example in examples)
    twice = [item for item, count in counts.items() if count > 1]
    if twice:
        more = f" and {len(twice) - 3} more" if len(twice) > 3 else ""
        raise DataError(
            f"ids that stand more than once: {', '.join(twice[:3])}{more}",
            where=name,
            hint="replies and predictions are kept by id: each item needs its own",
        )


def _usable(items: Sequence[Example], labels: tuple[str, ...]) -> bool:
    """Whether the items can be learned from. With open answers there is no label to miss."""
    for example in items:
        open_labels = example.labels(labels)
        if open_labels and (example.label not in open_labels or len(open_labels) < 2):
            return False
    return True


def _units(
    examples: Sequence[Example], groups: Sequence[tuple[int, ...]], first: int
) -> list[Unit]:
    """The units of these examples, which stand at `first` and after in the groups' numbering."""
    last = first + len(examples)
    units = []
    for number, group in enumerate(groups):
        items = tuple(examples[index - first] for index in group if first <= index < last)
        if items:
            units.append(Unit(number, items))
    return units


def _order(units: Iterable[Unit], labels: tuple[str, ...], seed: int) -> list[Unit]:
    """The units in a seeded order in which each stretch is stratified.

    Each label's units are shuffled and spread evenly over [0, 1); an order by place is then
    stratified at every length. Units that cannot be learned from fall anywhere in [0, 1). Hashes
    make the order the same on every Python.
    """
    strata: dict[str, list[Unit]] = defaultdict(list)
    placed: list[tuple[float, Unit]] = []
    for unit in units:
        if _usable(unit.items, labels):
            strata[unit.items[0].label if labels else ""].append(unit)
        else:
            fallen = int.from_bytes(seeded_key(seed, f"{unit.items[0].id} falls")[:6])
            placed.append((fallen / 2**48, unit))
    for stratum in strata.values():
        stratum.sort(key=lambda unit: seeded_key(seed, unit.items[0].id))
        placed += [((i + 0.5) / len(stratum), unit) for i, unit in enumerate(stratum)]
    placed.sort(key=lambda pair: (pair[0], seeded_key(seed, pair[1].items[0].id)))
    return [unit for _, unit in placed]


def _take(units: Iterable[Unit], count: int) -> list[Unit]:
    """The first units that fit, together `count` items at most."""
    taken: list[Unit] = []
    for unit in units:
        if len(unit.items) <= count:
            taken.append(unit)
            count -= len(unit.items)
    return taken


def _check(
    parts: dict[str, list[Unit]],
    counts: dict[str, int],
    sizes: dict[str, Size],
    dataset: Dataset,
) -> list[str]:
    """A note on each share that came out smaller than asked; PlanError for a count, or no item."""
    notes = []
    for name, wanted in counts.items():
        size = sum(len(unit.items) for unit in parts[name])
        if size == wanted:
            continue
        if size == 0 or isinstance(sizes[name], int):
            raise PlanError(
                f"asks for {counted(wanted, 'item')} for {name}; only {size} of the"
                f" {len(dataset.examples)} of"
                f" {dataset.name} are left that can stand there",
                where="[split]",
                hint="items of equal or nearly equal text stay together, and those with a stray "
                "target are for test alone: lower the sizes",
            )
        notes.append(f"{name} has {counted(size, 'item')} instead of {wanted}: twins stay together")
    return notes
