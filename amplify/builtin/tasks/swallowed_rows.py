"""Cells of a table that may hold rows of their own, because a stray quote joined them."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.builtin.tasks.shorten import counted_names

MANY_LINES = 10
"""A cell of so many lines is noted where few other cells have as many."""


class SwallowedRows:
    """Looks for cells over many lines that a stray quote may have made."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._rows = 0
        self._labels: set[str] = set()
        self._long: list[tuple[int, int]] = []
        self._inner: list[tuple[int, int, set[str]]] = []

    def look(self, cells: Sequence[str], label: int | None, begins: int, ends: int) -> None:
        """Look at a row from line `begins` to line `ends` whose label is the cell `label`.

        Rows without a label are looked at for their length alone.
        """
        self._rows += 1
        if label is not None:
            self._labels.add(cells[label].strip())
        if begins == ends:
            return
        if ends - begins + 1 >= MANY_LINES:
            self._long.append((begins, ends))
        if label is None:
            return
        parts = [line.split(self._delimiter) for cell in cells for line in cell.split("\n")]
        labels = {part[label].strip() for part in parts if len(part) == len(cells)}
        self._inner.append((begins, ends, labels - {""}))

    def notes(self, name: str) -> list[str]:
        """A note on cells that may hold rows, or that have many more lines than others."""
        holding = {(a, b) for a, b, labels in self._inner if labels & self._labels}
        rare = len(self._long) <= max(1, self._rows // 20)
        cells = sorted(holding | set(self._long if rare else ()))
        if not cells:
            return []
        places = [f"{name}:{begins} to {ends}" for begins, ends in cells]
        return [
            f"cells that run over lines and hold what may be rows of their own:"
            f" {counted_names(places)}; where a stray quote joins them, mend it, or say"
            ' quoting = "none"'
        ]
