"""Gathers the shots that were chosen for each test item in one list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from amplify.contract.data import Example
from amplify.contract.errors import PluginError
from amplify.contract.selector import Selection, Shot


def gather(
    selection: Selection, queries: Sequence[Example]
) -> tuple[Selection, dict[str, tuple[int, ...]]]:
    """The selection with every shot once, and by each query's id which of them are its own.

    So a demonstration is explained and written once, however many items it is shown to. Without
    queries all shots are everybody's. Raises PluginError where a query was left out.
    """
    if not queries:
        return selection, {}
    places: dict[str, int] = {}
    shots: list[Shot] = []
    chosen: dict[str, tuple[int, ...]] = {}
    for query in queries:
        if query.id not in selection.by_item:
            raise PluginError(f"the selector chose nothing for {query.id}")
        for shot in selection.by_item[query.id]:
            if shot.example.id not in places:
                places[shot.example.id] = len(shots)
                shots.append(shot)
        chosen[query.id] = tuple(places[s.example.id] for s in selection.by_item[query.id])
    return replace(selection, shots=tuple(shots), by_item={}), chosen
