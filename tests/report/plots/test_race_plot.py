"""The plot of a race, from the table that a record holds."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from amplify.loop.race.race import Race
from amplify.report.plots.race import narrow_race_svg, race_svg
from amplify.report.plots.svg import plot_files
from amplify.run.store.unanswered import OF_A_RUN

SVG = "{http://www.w3.org/2000/svg}"


def table(*names: str) -> dict[str, Any]:
    """A race that the first name wins: the second is shown to be behind, the third is halved."""
    race = Race(names, 60)
    right = dict(
        zip(names, ([True] * 9 + [False], [False] * 10, [True] * 8 + [False] * 2), strict=True)
    )
    race.add(right)
    race.add({name: right[name] for name in race.surviving})
    race.halve(1)
    stored: dict[str, Any] = json.loads(json.dumps(race.table()))
    return stored


def plotted(race: dict[str, Any]) -> ElementTree.Element:
    return ElementTree.fromstring(race_svg(race, "reviews"))


def heights(way: ElementTree.Element) -> list[float]:
    return [float(point.split(",")[1]) for point in way.attrib["points"].split()]


def test_a_line_for_each_contender_ends_as_its_contender_did() -> None:
    root = plotted(table("best", "worst", "good"))
    ends = [circle.findtext(f"{SVG}title") for circle in root.iter(f"{SVG}circle")]
    assert len(ends) == len(list(root.iter(f"{SVG}polyline"))) == 3
    by_name = {str(end).split(":")[0]: str(end) for end in ends}
    assert by_name["best"] == "best: 18 right, 0.0 points behind, not out"
    assert by_name["good"] == "good: 16 right, 10.0 points behind, out, not in the better half"
    assert "0 right, 90.0 points behind, out, behind by" in by_name["worst"]


def test_the_leader_is_at_the_top_and_who_is_further_behind_is_lower() -> None:
    ways = {
        str(group.findtext(f"{SVG}circle/{SVG}title")).split(":")[0]: heights(way)
        for group in plotted(table("best", "worst", "good")).iter(f"{SVG}g")
        for way in group.iter(f"{SVG}polyline")
    }
    assert ways["best"][0] < ways["good"][0] < ways["worst"][0]
    assert len({*ways["best"]}) == 1


def test_only_who_is_shown_to_be_behind_has_a_bar_and_it_ends_below_the_leader() -> None:
    root = plotted(table("best", "worst", "good"))
    (bar,) = [line for line in root.iter(f"{SVG}line") if line.get("class") == "mean"]
    (top,) = {
        height for way in root.iter(f"{SVG}polyline") for height in heights(way)[:1] if height == 72
    }
    assert top < float(bar.attrib["y2"]) < float(bar.attrib["y1"])


def test_a_name_is_text_and_no_markup() -> None:
    race = table("<script>\x1b[2J", "b & c", "d")
    text = race_svg(race, "t")
    assert "<script>" not in text
    assert "\x1b" not in text
    ElementTree.fromstring(text)


def test_a_record_of_a_race_has_the_plot_and_others_do_not() -> None:
    record = {"task": "reviews", "provider": {"model": "small"}, "arms": []}
    assert plot_files(record) == {}
    assert plot_files({**record, "race": {**table("a", "b", "c"), "rounds": []}}) == {}
    files = plot_files({**record, "race": table("a", "b", "c")})
    assert "reviews, small" in files["race.svg"]
    assert {*files} <= OF_A_RUN


def test_a_race_without_differences_has_a_plot() -> None:
    race = Race(["a", "b"])
    race.add({"a": [True], "b": [True]})
    ElementTree.fromstring(race_svg(race.table(), "t"))


def test_on_a_phone_the_lines_are_numbered_and_the_names_stand_below() -> None:
    race = table("best", "worst", f"good {'x' * 80}")
    root = ElementTree.fromstring(narrow_race_svg(race, "reviews"))
    wide = plotted(race)
    assert int(root.attrib["width"]) < int(wide.attrib["width"]) / 2
    assert len(list(root.iter(f"{SVG}polyline"))) == len(list(wide.iter(f"{SVG}polyline")))
    for way in root.iter(f"{SVG}polyline"):
        assert all(
            float(x.split(",")[0]) < int(root.attrib["width"]) for x in way.attrib["points"].split()
        )
    texts = list(root.iter(f"{SVG}text"))
    last = [name["name"] for name in race["rounds"][-1]["standings"]]
    assert [text.findtext(f"{SVG}title") for text in texts if len(text)] == last
    for text in texts:
        assert float(text.attrib["x"]) + 7 * len(text.text or "") < int(root.attrib["width"])
        assert float(text.attrib["y"]) < int(root.attrib["height"])
