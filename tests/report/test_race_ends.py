"""How the contenders of a race ended, for its tables."""

from __future__ import annotations

from typing import Any

from amplify.report.tune.ends import race_ends


def contender(name: str, right: int, items: int) -> dict[str, Any]:
    return {"name": name, "right": right, "items": items}


def test_who_stayed_longest_comes_first_and_who_went_has_a_reason() -> None:
    race = {
        "items": 20,
        "winner": "best",
        "contenders": [
            contender("early", 8, 8),
            contender("halved", 12, 16),
            contender("last", 10, 20),
            contender("worse", 13, 16),
            contender("best", 19, 20),
            contender("new", 0, 0),
        ],
        "exits": [
            {"name": "early", "round": 1, "reason": "bound", "items": 8},
            {"name": "worse", "round": 2, "reason": "bound", "items": 16},
            {"name": "halved", "round": 2, "reason": "halved", "items": 16},
            {"name": "last", "round": 3, "reason": "bound", "items": 20},
        ],
    }
    assert [(of_race["name"], end) for of_race, end in race_ends(race)] == [
        ("best", "winner"),
        ("new", "not asked"),
        ("last", "round 3, behind on all items"),
        ("worse", "round 2, shown worse"),
        ("halved", "round 2, halved"),
        ("early", "round 1, shown worse"),
    ]
