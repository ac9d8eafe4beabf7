"""Shows the race of a tune: its plot, its rounds and its contenders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amplify.contract.grammar import counted
from amplify.report.page.html import svg
from amplify.report.page.tables import PageTable
from amplify.report.plots.race import LEGEND, narrow_race_svg, race_svg
from amplify.report.tune.ends import race_ends


def race_section(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """The plot of a race and its table of rounds; None where the run is no tune."""
    race = record.get("race")
    if not race or not race["rounds"]:
        return None
    rows = [
        [
            str(each["number"]),
            f"{each['items']:,}",
            f"{each['total']:,}",
            str(len(each["standings"])),
            str(sum(ended["round"] == each["number"] for ended in race["exits"])),
        ]
        for each in race["rounds"]
    ]
    heads = ["round", "items", "items in all", "contenders", "went out"]
    contender_rows = [
        [
            f"{c['arm']} (draw {c['draw']})" if c["draw"] else c["arm"],
            str(c["shots"]),
            f"{c['right']:,}/{c['items']:,}" if c["items"] else "–",
            end,
        ]
        for c, end in race_ends(race)
    ]
    title = counted(len(contender_rows), "contender")
    return {
        "plots": [svg(plot(race, title)) for plot in (race_svg, narrow_race_svg)],
        "legend": " ".join(LEGEND),
        "rounds": PageTable(heads, rows),
        "contenders": PageTable(
            ["contender", "demonstrations", "right of those asked", "end"], contender_rows
        ),
    }
