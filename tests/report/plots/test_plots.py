"""Plots of draws, as lines of characters and as SVG."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from amplify.report.plots.lines import ASCII, plot_lines
from amplify.report.plots.points import ArmPoints, Point, arm_points, common_scale
from amplify.report.plots.svg import draws_svg, plot_files
from amplify.run.store.unanswered import OF_A_RUN

SVG = "{http://www.w3.org/2000/svg}"


def arm(name: str, *accuracies: float, spread: float = 0.05) -> ArmPoints:
    mean = sum(accuracies) / len(accuracies)
    points = tuple(Point(a, 0, n) for n, a in enumerate(accuracies, 1))
    return ArmPoints(name, points, mean, (mean - spread, mean + spread))


def recorded(name: str, *correct: int, best: int = 0) -> dict[str, Any]:
    """An arm as in a record, with the right answers of each draw to 100 items."""
    draws = [
        {"seed": 0, "draw": n, "items": 100, "correct": count} for n, count in enumerate(correct, 1)
    ]
    return {
        "name": name,
        "accuracy": sum(correct) / len(correct) / 100,
        "interval": None,
        "draws": draws if len(draws) > 1 else [],
        "best_draw": best,
    }


def record(*arms: dict[str, Any]) -> dict[str, Any]:
    return {"task": "reviews", "provider": {"model": "small"}, "arms": arms}


@pytest.mark.parametrize(
    ("accuracies", "ticks"),
    [
        ((0.56, 0.9), (50, 60, 70, 80, 90)),
        ((0.57, 0.57), (56, 57)),
        ((1.0,), (99, 100)),
        ((0.0,), (0, 1)),
        ((0.0, 1.0), (0, 20, 40, 60, 80, 100)),
    ],
)
def test_the_scale_holds_all_between_round_ticks(
    accuracies: tuple[float, ...], ticks: tuple[int, ...]
) -> None:
    assert common_scale([arm("a", *accuracies, spread=0.0)]).ticks == ticks


def test_every_draw_is_a_point_on_a_common_scale() -> None:
    arms = [arm("answer-only", 0.5, 0.6, 0.9, 0.9), arm("zero-shot", 0.5, spread=0.0)]
    head, first, second, axis = (line.plain for line in plot_lines(arms, 80))
    assert "each draw" in head
    assert max(map(len, (head, first, second, axis))) <= 80
    assert first.count("●") == 2
    assert "2" in first[: -len(" 72.5%")]
    assert "┃" in first
    assert "─" in first
    assert first.endswith(" 72.5%")
    assert second.index("●") == first.index("●")
    assert axis.split() == ["50%", "60%", "70%", "80%", "90%"]


def test_the_mean_is_marked_within_its_interval_where_no_draw_hides_it() -> None:
    (_, line, _) = (line.plain for line in plot_lines([arm("a", 0.4, 0.8)], 80))
    low, mean, high = line.index("─"), line.index("┃"), line.rindex("─")
    assert low < mean < high
    assert abs((mean - low) - (high - mean)) <= 1


def test_characters_that_the_console_cannot_show_are_ascii() -> None:
    arms = [arm("a-name-that-is-much-too-long-for-its-place", 0.5, 0.7, 0.9)]
    text = "\n".join(line.plain for line in plot_lines(arms, 60, ASCII))
    assert text.isascii()
    assert max(map(len, text.splitlines()[1:])) <= 60
    assert text.count("o") > 1


def test_a_foreign_name_is_harmless_on_the_console() -> None:
    text = "\n".join(line.plain for line in plot_lines([arm("[b]x\x1b[31m", 0.5, 0.7)], 80))
    assert "\x1b" not in text
    assert "[b]x\\x1b[31m" in text


def test_the_svg_has_a_point_for_each_draw() -> None:
    root = ElementTree.fromstring(draws_svg([arm("a", 0.5, 0.7, 0.9), arm("b", 0.6)], "a task"))
    circles = list(root.iter(f"{SVG}circle"))
    assert len(circles) == 4
    places = [float(circle.attrib["cx"]) for circle in circles[:3]]
    assert places[2] - places[1] == pytest.approx(places[1] - places[0], abs=0.2)
    assert len([r for r in root.iter(f"{SVG}rect") if r.get("class") == "interval"]) == 2
    assert "seed 0, draw 3: 90.0%" in [title.text for title in root.iter(f"{SVG}title")]


def test_draws_of_one_accuracy_lie_beside_each_other() -> None:
    root = ElementTree.fromstring(draws_svg([arm("a", 0.7, 0.7, 0.7, 0.9)], "a task"))
    circles = [(c.attrib["cx"], c.attrib["cy"]) for c in root.iter(f"{SVG}circle")]
    assert len(set(circles)) == 4


def test_foreign_names_do_no_harm_in_the_svg() -> None:
    name = "</text><script>alert(1)</script>\x1b\u202e\ud800&"
    text = draws_svg([arm(name, 0.5, 0.7)], name)
    root = ElementTree.fromstring(text)
    assert not list(root.iter(f"{SVG}script"))
    assert "\x1b" not in text
    assert "\u202e" not in text
    text.encode("utf-8")


def test_the_file_is_made_from_the_record_alone_and_only_for_several_draws() -> None:
    one = record(recorded("zero-shot", 50), recorded("answer-only", 60))
    assert plot_files(one) == {}
    several = record(recorded("zero-shot", 50), recorded("answer-only", 60, 70, best=2))
    files = plot_files(several)
    assert plot_files(json.loads(json.dumps(several))) == files
    assert set(files) < OF_A_RUN
    root = ElementTree.fromstring(files["draws.svg"])
    assert [c.get("class") for c in root.iter(f"{SVG}circle")] == ["draw", "draw", "best"]


def test_an_arm_without_an_answer_is_not_plotted() -> None:
    unanswered = {**recorded("amplify", 0), "accuracy": None}
    arms = arm_points([recorded("answer-only", 60, 70), unanswered])
    assert [arm.name for arm in arms] == ["answer-only"]
    assert plot_files(record(unanswered)) == {}
