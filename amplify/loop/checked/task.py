"""A checked task source: a data set of sound examples, each with an id of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from amplify.contract.data import Example
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.checked import Checked
from amplify.contract.guard.shapes import a, flag, json_able, several, text, texts
from amplify.contract.task import Dataset
from amplify.loop.checked.examples import check_example

BUILTIN = "builtin"

MOST_LABELS = 100
"""With more different labels than this, ids are not searched for them."""


class CheckedTask(Checked):
    """A `TaskSource`."""

    role = "task"
    needed = ("load",)

    def load(self) -> Dataset:
        """The data set."""
        with self.guard("load"):
            dataset = check_dataset(self.inner.load())
            if self.origin.plugin != BUILTIN:
                # A reader of a user's files leaves it to the split to name what the file repeats.
                _refuse_repeated(dataset.examples)
                _refuse_repeated(dataset.test)
            return dataset

    @property
    def guesses(self) -> bool:
        """Whether the source guesses options from its data: then it has a method `settle`."""
        return self.defines("settle")

    def settle(self) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The options that were guessed from the data, and notes."""
        with self.guard("settle"):
            value = a(tuple, self.inner.settle(), "what settle returns")
            if len(value) != 2:
                raise Wrong("what settle returns is no pair of options and notes")
            return json_able(value[0], "the options"), texts(value[1], "the notes")

    def items(
        self, known: Mapping[str, str], labelled: bool
    ) -> tuple[Iterator[Example], Sequence[str], bool]:
        """New items one by one, the notes on them, to which more may come meanwhile, and whether
        the ids of the items are the data's own."""
        self.require("items")
        with self.guard("items"):
            value = a(tuple, self.inner.items(known, labelled), "what items returns")
            if len(value) not in (2, 3):
                raise Wrong("what items returns is no pair of items and notes")
            items, named = iter(value[0]), len(value) == 3 and flag(value[2], "whether ids are own")
        return (check_example(item) for item in self.each("items", items)), value[1], named


def check_dataset(value: object) -> Dataset:
    """The data set, with tuples where it had lists, and what is odd about it in its notes.

    A label that is none of the task's labels, nor of the item's options, is let pass: nobody can
    be right about such an item, which is measured all the same.
    """
    dataset = a(Dataset, value, "what load returns")
    labels = texts(dataset.labels, "the labels")
    if len(set(labels)) < len(labels):
        raise Wrong(f"a label stands twice among the labels: {', '.join(labels):.80}")
    examples = _examples(dataset.examples)
    test = _examples(dataset.test)
    everything = (*examples, *test)
    known = [e for e in everything if e.label in (e.labels(labels) or [e.label])]
    if everything and not known:
        raise Wrong(
            f"no example has a label of the task's: {everything[0].label!r} is none of"
            f" {', '.join(labels):.80}",
            everything[0].id,
        )
    notes = [*texts(dataset.notes, "the notes"), *_telling_ids(everything)]
    return Dataset(
        name=text(dataset.name, "the name"),
        instruction=text(dataset.instruction, "the instruction"),
        labels=labels,
        examples=examples,
        test=test,
        notes=tuple(notes),
        places=_places(dataset.places),
        source=json_able(dataset.source, "the source"),
    )


def _places(value: object) -> dict[str, str]:
    places = dict(a(Mapping, value, "the places"))  # type: ignore[type-abstract]  # asked with isinstance alone
    return {text(i, "an id of the places"): text(p, "a place") for i, p in places.items()}


def _examples(value: object) -> tuple[Example, ...]:
    return tuple(check_example(member) for member in several(value, "the examples"))


def _refuse_repeated(examples: Sequence[Example]) -> None:
    seen: set[str] = set()
    for example in examples:
        if example.id in seen:
            raise Wrong("two examples have this id", example.id)
        seen.add(example.id)


def _telling_ids(examples: Sequence[Example]) -> Iterable[str]:
    """A note where the ids give the labels away: templates, selectors and providers see them."""
    labels = {example.label for example in examples}
    if not 1 < len(labels) <= MOST_LABELS or any(not _tells(e, e.label) for e in examples):
        return
    if not any(_tells(e, other) for e in examples for other in labels - {e.label}):
        yield (
            f"the ids hold the labels (for instance {examples[0].id!r}): whoever is told the id of"
            " a test item can read its answer there"
        )


def _tells(example: Example, label: str) -> bool:
    return label.casefold() in example.id.casefold()
