"""Tables of a study stay tables, however narrow the console is."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from amplify.report.fitting_tables import fitting_tables

HEADS = ["arm", "right", "%", "95% interval", "draws", "sd", "range", "macro-F1", "failed"]
ROW = ["766/1000", "76.6", "68.4–84.8", "10", "6.7", "60.0–84.0", "71.2"]
BODY = [["amplify proxy=[b]linear[/b]; explainer=coefficients", *ROW, "3"], ["zero", *ROW, "0"]]


def shown(width: int) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=width, color_system=None)
    for table in fitting_tables(HEADS, BODY, width):
        console.print(table)
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_figure_stands_whole_below_its_head(width: int) -> None:
    lines = shown(width)
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert all(text.count(f" {cell} ") == 2 for cell in ROW)
    assert all(word in text for head in HEADS for word in head.split())
    for line in lines:
        if line.startswith(" zero"):
            assert len(line.split()) > 1


def test_what_has_no_room_stands_in_a_further_table_with_the_names() -> None:
    heads = [line for line in shown(60) if line.startswith(" arm")]
    assert len(heads) == 2
    assert len([line for line in shown(120) if line.startswith(" arm")]) == 1
    assert "[b]linear[/b]" in "".join("\n".join(shown(120)).split())


def test_a_column_without_content_is_left_out() -> None:
    tables = [*fitting_tables(["arm", "sd", "failed"], [["a", "–", "0"], ["b", "–", "2"]], 80)]
    assert [[column.header.plain for column in table.columns] for table in tables] == [  # type: ignore[union-attr]  # each header is a Text
        ["arm", "failed"]
    ]
