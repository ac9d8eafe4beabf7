"""Makes tables that stay tables on a narrow console: what has no room stands in a further table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from amplify.contract.guard.visible import visible

LONGEST_NUMBER = 16
"""A column with a longer cell holds text, which may be broken."""

LEAST = 21
"""The least width of a column of text, or of its longest cell where that is shorter."""

EDGES = 2
"""The columns that the edges of a table take."""


def fitting_tables(
    heads: Sequence[str], body: Sequence[Sequence[str]], width: int
) -> Iterator[Table]:
    """A table of these columns and rows, or several where it is wider than the console.

    Each has the first column. A column of dashes or zeros is left out.
    """
    kept = [i for i in range(len(heads)) if any(row[i] not in ("–", "", "0") for row in body)]
    columns = [_Column(heads[i], [row[i] for row in body], first=not i) for i in kept]
    for group in _groups(columns, width - EDGES):
        table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=0)
        for column, its_width in zip(group, _widths(group, width - EDGES), strict=True):
            column.add_to(table, its_width)
        for cells in zip(*(column.cells for column in group), strict=True):
            table.add_row(*map(Text, cells))
        yield table


class _Column:
    """A column with its name and its cells, which are safe to show; `first` names the rows."""

    def __init__(self, head: str, cells: Sequence[str], first: bool) -> None:
        self.head = visible(head)
        self.cells = [visible(cell) for cell in cells]
        longest = max((Text(cell).cell_len for cell in self.cells), default=0)
        self.is_text = first or longest > LONGEST_NUMBER
        word = max(map(len, self.head.split()), default=0)
        self.least = max(min(longest, LEAST) if self.is_text else longest, min(word, LEAST))
        self.whole = max(longest, len(self.head))

    def add_to(self, table: Table, width: int) -> None:
        """Add the column, without its cells, to a table."""
        named = self.is_text or all(cell[:1].isalpha() for cell in self.cells)
        justify: JustifyMethod = "left" if named else "right"
        table.add_column(Text(self.head), overflow="fold", justify=justify, width=width)


def _groups(columns: Sequence[_Column], width: int) -> Iterator[list[_Column]]:
    """The columns of each table: the first column, and as many others as there is room for."""
    if not columns:
        return
    first, *others = columns
    group, room = [first], width - first.least
    for column in others:
        if len(group) > 1 and column.least + 1 > room:
            yield group
            group, room = [first], width - first.least
        group.append(column)
        room -= column.least + 1
    yield group


def _widths(columns: Sequence[_Column], width: int) -> list[int]:
    """How wide each column is: the least, and of what room is left as much as it can use."""
    room = width - sum(column.least + 1 for column in columns) + 1
    widths = []
    for column in columns:
        more = max(0, min(room, column.whole - column.least))
        widths.append(column.least + more)
        room -= more
    return widths
