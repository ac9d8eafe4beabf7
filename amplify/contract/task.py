"""The role of a task source: it reads or generates a labelled data set.

A plugin declares it by `component.TaskComponent`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from amplify.contract.data import Example


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a task source reads, before it is split.

    `test` is filled where the source has a test split of its own; the run then splits `examples`
    alone. `source` keeps where the data came from: path, sha256 and the like. `places` says by id
    where an example stands (file and line), for notes that name examples.
    """

    name: str
    instruction: str
    labels: tuple[str, ...]
    examples: tuple[Example, ...]
    test: tuple[Example, ...] = ()
    notes: tuple[str, ...] = ()
    source: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)


class TaskSource(Protocol):
    """Reads or generates a labelled data set.

    A source that guesses options from its data may have a method
    `settle() -> tuple[Mapping[str, Any], Sequence[str]]`: the options that it guessed, as a plan
    writes them, and notes on what to check. The plan that is shown and stored holds these options.

    One that reads new items, without labels too, has a method
    `items(known: Mapping[str, str], labelled: bool) -> tuple[Iterator[Example], Sequence[str]]`:
    the items, and notes on them; a third member of the tuple says whether the ids of the items are
    the data's own. `known` are the columns that earlier data had, by the name of the option:
    `text` (where several are joined, a line each), `template`, `label`, `id`.
    """

    def load(self) -> Dataset: ...
