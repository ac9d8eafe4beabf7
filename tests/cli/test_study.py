"""Whole studies by the command line, over a torch-free proxy, explainer and LLM."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from known.site import Site
from known.studies import STUDY, lay_study, lines, study
from known.weather import log, record, weather

from amplify.report.page.folder_page import folder_page


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    return lay_study(site, tmp_path)


def test_each_distinct_piece_of_work_is_done_once(site: Site, place: Path) -> None:
    done = study(site, place)
    assert done.returncode == 0, done.stderr
    work = record(place)["work"]
    # Two tasks and two seeds have a proxy each, over both LLMs and all arms.
    assert len(lines(place / "log.fits")) == work["fits"]["distinct"] == 4
    assert work["fits"]["alone"] == 4 * 2 * 4
    keys = Counter(json.loads(line)["key"] for line in lines(place / "out" / "calls.jsonl"))
    assert set(keys.values()) == {1}
    assert work["calls"]["distinct"] == len(keys) == len(log(place)) == len(set(log(place)))
    assert work["calls"]["alone"] > work["calls"]["distinct"]
    # The explainer was asked for each example once a task and seed; chance is told of nowhere.
    told = lines(place / "log.told")
    asked = work["explanations"]
    assert len(told) < asked["distinct"] < asked["alone"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a whole study, and what it said; the tests that use it only look."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "site").mkdir()
    site = Site(folder / "site")
    done = study(site, lay_study(site, folder))
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_the_record_holds_every_cell_and_arm(whole: tuple[Path, str]) -> None:
    results = record(whole[0])["results"]
    cells = [(task, llm) for task in ("weather", "more") for llm in ("first", "second")]
    assert [(r["task"], r["llm"]) for r in results] == cells
    assert [arm["arm"] for arm in results[0]["arms"]] == [
        *("zero-shot", "answer-only", "amplify", "amplify selector=random"),
        *("amplify selector=l-mcs", "amplify-random-words"),
    ]


def test_a_variant_that_is_the_arm_itself_is_measured_once_and_told(
    whole: tuple[Path, str],
) -> None:
    focus = record(whole[0])["results"][0]["arms"][2]
    assert focus["same"] == ["amplify selector=h-mcs"]
    # Its demonstrations are the same under both seeds: it is one draw.
    assert (focus["items"], focus["answers"], focus["draws"]) == (40, 40, [])


def test_the_comparisons_of_all_cells_are_one_family(whole: tuple[Path, str]) -> None:
    comparisons = [one for r in record(whole[0])["results"] for one in r["comparisons"]]
    families = {(one["family"], one["comparisons"]) for one in comparisons}
    assert families == {("all comparisons of the study", 20)}
    assert len(comparisons) == 4 * 5
    assert all(one["adjusted"] >= one["p_value"] for one in comparisons)
    assert {len(one["by_draw"]) for one in comparisons} == {0, 2}


def test_the_tables_hold_every_cell_and_the_published_figures(whole: tuple[Path, str]) -> None:
    out = whole[0] / "out"
    table = list(csv.DictReader((out / "table.csv").read_text().split("\n")))
    assert len(table) == 4 * 6
    assert table[2]["published"] == "80.5 (GPT-0, M: other items)"
    accuracy = record(whole[0])["results"][0]["arms"][2]["accuracy"]
    assert float(table[2]["accuracy"]) == pytest.approx(100 * accuracy, abs=1e-5)
    assert "| weather" in (out / "table.md").read_text()
    assert r"\begin{tabular}" in (out / "table.tex").read_text()


def test_the_published_figures_are_shown(whole: tuple[Path, str]) -> None:
    assert "published, amplify: 80.5 (GPT-0, M: other items)" in " ".join(whole[1].split())


def test_the_command_for_a_web_page_is_named_at_the_end(whole: tuple[Path, str]) -> None:
    assert whole[1].endswith(f"web page: amplify report {whole[0] / 'out'}\n")


def test_the_page_of_a_study_has_verdicts_with_figures_and_the_grid(
    whole: tuple[Path, str],
) -> None:
    page = folder_page(whole[0] / "out")
    assert page.count('<div class="verdict"') == 4
    assert page.count('<p class="faint">amplify against answer-only: ') == 4
    assert "accuracy in %, 95% interval: second" in page
    # On paper "more" is hidden: it is the button that shows more items.
    assert 'id="more"' not in page


def test_all_seeds_measure_on_the_same_items(site: Site, place: Path) -> None:
    study(site, place, "--tasks", "weather", "--llms", "first")
    runs = sorted((place / "out" / "runs").iterdir())
    assert len(runs) == 2
    tested = [
        {json.loads(line)["item"] for line in lines(run / "predictions.jsonl")} for run in runs
    ]
    assert tested[0] == tested[1]
    shown = [(run / "demonstrations.jsonl").read_text() for run in runs]
    assert shown[0] != shown[1]


def test_a_run_that_cannot_be_made_is_told_and_the_others_go_on(site: Site, place: Path) -> None:
    (place / "more.csv").unlink()
    done = study(site, place, "--llms", "first")
    assert done.returncode == 1
    found = record(place)
    assert [(r["task"], r["llm"]) for r in found["results"]] == [("weather", "first")]
    assert list(found["lost"]) == ["more, first, seed 1", "more, first, seed 2"]
    assert "more.csv" in found["lost"]["more, first, seed 1"]
    assert str(place) not in found["lost"]["more, first, seed 1"]
    (place / "more.csv").write_text(weather(110))
    assert study(site, place, "--resume").returncode == 0
    assert len(record(place)["results"]) == 2


def test_a_gain_that_is_not_shown_on_every_task_ends_with_four(site: Site, place: Path) -> None:
    done = study(site, place, "--llms", "first", "--min-gain", "99")
    assert done.returncode == 4
    assert "the gain was not shown: weather, first:" in done.stderr


def test_json_on_stdout_is_the_record_alone(site: Site, place: Path) -> None:
    done = study(site, place, "--llms", "first", "--tasks", "weather", "--json")
    assert json.loads(done.stdout) == record(place)
    for form, begin in (("markdown", "# "), ("csv", "task,llm"), ("latex", "% in the preamble")):
        done = study(site, place, "--resume", "--format", form)
        assert done.stdout.startswith(begin), form


def test_what_a_study_says_is_escaped_in_markdown(site: Site, place: Path) -> None:
    (place / "study.toml").write_text(
        STUDY.replace('name = "weather"', 'name = "<img src=x>|a*b*"').replace(
            'task = "weather"', 'task = "<img src=x>|a*b*"'
        )
    )
    done = study(site, place, "--llms", "first")
    assert done.returncode == 0, done.stderr
    text = (place / "out" / "table.md").read_text()
    assert "<img" not in text
    assert r"&lt;img src=x&gt;\|a\*b\*" in text
