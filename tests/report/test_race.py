"""A race on the console: live on a terminal, in lines elsewhere."""

from __future__ import annotations

import io

from rich.console import Console

from amplify.loop.race.race import Race
from amplify.report.progress import Phases
from amplify.report.tune.live import RaceDisplay
from amplify.run.tune.course import Lap

STRANGE = "b\x1b[31m"


def lap() -> Lap:
    """A race of three after a round, which left one of them behind."""
    race = Race(["a", STRANGE, "c"], 20)
    race.add({"a": [True] * 8, STRANGE: [True] * 7 + [False], "c": [False, False] + [True] * 6})
    race.halve(2)
    return Lap(race, [], 20, 42)


def shown(terminal: bool) -> tuple[RaceDisplay, io.StringIO]:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=80, height=40, color_system=None)
    return RaceDisplay(Phases(console)), file


def test_each_round_is_a_few_lines_where_there_is_no_terminal() -> None:
    display, file = shown(terminal=False)
    display(lap())
    display.close()
    assert file.getvalue().splitlines() == [
        "round 1: 8/20 items, 2 of 0 contenders left, 42 calls left for the race",
        "  ahead: a 100.0%, b\\x1b[31m 87.5%",
        "  out: c, 25.0 points behind the leader, not among the better half (nothing is shown of"
        " it)",
    ]


def test_who_is_behind_on_all_items_is_not_shown_to_be_worse_on_others() -> None:
    race = Race(["a", "b"], 8)
    race.add({"a": [True] * 8, "b": [True] * 7 + [False]})
    whole = Lap(race, [], 8, None)
    display, file = shown(terminal=False)
    display(whole)
    assert file.getvalue().splitlines()[-1] == (
        "  out: b, 12.5 points behind the leader on all validation items (nothing is shown of it on"
        " others)"
    )
    display, file = shown(terminal=True)
    display(whole)
    display.close()
    assert "out in round 1, behind on all items" in file.getvalue()


def test_a_terminal_has_the_race_above_the_bars() -> None:
    display, file = shown(terminal=True)
    display(lap())
    with display.phases("race, round 2", 3) as advance:
        advance(3)
    display.close()
    text = file.getvalue()
    assert "round 1: 8/20 items" in text
    assert "out in round 1, halved" in text
    assert text.index("contender") < text.index("race, round 2")
    assert display.phases.depth == 0
