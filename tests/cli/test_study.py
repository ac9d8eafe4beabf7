"""Whole studies by the command line, over a torch-free proxy, explainer and LLM."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from known.site import Site
from known.weather import TWO_ARMS, amplify, interrupted, killed, lay, log, record, weather

from amplify.report.page.folder_page import folder_page

STUDY = (
    """
[study]
title = "Selection, on two tasks"
seeds = [1, 2]
[proxy]
use = "counts"
[[tasks]]
name = "weather"
task = { use = "csv", path = "weather.csv" }
split = { train = 60, pool = 40, test = 40 }
[[tasks]]
name = "more"
task = { use = "csv", path = "more.csv" }
split = { train = 50, pool = 30, test = 30 }
[[llms]]
name = "first"
llm = { use = "voter", name = "voter-1" }
[[llms]]
name = "second"
llm = { use = "voter", name = "voter-2" }
[[arms]]
name = "zero-shot"
"""
    + TWO_ARMS
    + """keywords = 3
[[arms]]
name = "amplify-random-words"
like = "amplify"
explainer = "builtin/random"
mask = []
control_of = "amplify"
tests = "the key words"
[[vary]]
arm = "amplify"
selector = ["random", "l-mcs", "h-mcs"]
[[figures]]
task = "weather"
tag = "M"
note = "other items"
[figures.accuracy]
"GPT-0" = { amplify = 80.5 }
"""
)


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    """A folder with a study and its data; the plugin of the tests is installed."""
    (tmp_path / "more.csv").write_text(weather(110))
    return lay(site, tmp_path, study=STUDY)


def study(
    site: Site, place: Path, *more: str, out: str = "out", **env: str
) -> subprocess.CompletedProcess[str]:
    file = [] if "--resume" in more else [str(place / "study.toml")]
    return amplify(site, place, "study", *file, "--out", str(place / out), *more, **env)


def lines(path: Path) -> list[str]:
    return path.read_text().split("\n")[:-1]


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
    (folder / "more.csv").write_text(weather(110))
    site = Site(folder / "site")
    done = study(site, lay(site, folder, study=STUDY))
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


def test_a_study_killed_three_times_gives_the_same_record(site: Site, place: Path) -> None:
    draw = random.Random(7)
    for more in (str(place / "study.toml"), "--resume", "--resume"):
        killed(site, place, "study", more, calls=draw.randrange(40, 250), pause="0.005")
    done = study(site, place, "--resume")
    assert done.returncode == 0, done.stderr
    asked = log(place)
    # A reply that the kill caught between the LLM and the disk may be asked once more, no other.
    assert len(asked) - len(set(asked)) <= 3
    (place / "log").unlink()
    assert study(site, place, out="whole").returncode == 0
    assert set(asked) == set(log(place))
    assert record(place) == record(place, "whole")
    before = log(place)
    assert study(site, place, "--resume").returncode == 0
    assert log(place) == before


CHOOSE = """
[[vary]]
arm = "amplify"
choose = true
parts = 2
shots = [1, 4]
keywords = [1, 3]
"""


def test_what_is_chosen_is_chosen_on_the_pool_alone(site: Site, place: Path) -> None:
    told = STUDY[: STUDY.index("[[vary]]")].replace("seeds = [1, 2]", "seeds = [1]")
    (place / "study.toml").write_text(told + CHOOSE)
    done = study(site, place, "--tasks", "weather", "--llms", "first")
    assert done.returncode == 0, done.stderr
    found = record(place)
    (choice,) = found["choices"]
    names = [f"amplify shots={s}, keywords={k}" for s in (1, 4) for k in (1, 3)]
    assert list(choice["right"]) == names
    assert choice["items"] == 40
    assert choice["variant"] == max(names, key=lambda name: choice["right"][name])
    runs = {path.name: path for path in (place / "out" / "runs").iterdir()}
    parts = [path for name, path in runs.items() if ".choice-" in name]
    (main,) = (path for name, path in runs.items() if ".choice-" not in name)
    tested = {json.loads(line)["item"] for line in lines(main / "predictions.jsonl")}
    seen: set[str] = set()
    for path in parts:
        items = {json.loads(line)["item"] for line in lines(path / "predictions.jsonl")}
        shown = {json.loads(x)["example"]["id"] for x in lines(path / "demonstrations.jsonl")}
        assert not items & (seen | shown | tested)
        assert not shown & tested
        seen |= items
    assert len(seen) == 40
    # The arm that is measured on test has the keys that were chosen.
    shots = [json.loads(line) for line in lines(main / "demonstrations.jsonl")]
    ours = [shot for shot in shots if shot["arm"] == "amplify"]
    assert f"shots={len(ours)}, keywords={max(len(s['words']) for s in ours)}" in choice["variant"]
    assert "chosen" in done.stdout


def test_nothing_is_chosen_while_calls_fail_on_the_pool(site: Site, place: Path) -> None:
    told = STUDY[: STUDY.index("[[vary]]")].replace("seeds = [1, 2]", "seeds = [1]")
    (place / "study.toml").write_text(told + CHOOSE)
    one = ("--tasks", "weather", "--llms", "first")
    done = study(site, place, *one, KNOWN_REFUSES="saw")
    assert done.returncode == 1
    found = record(place)
    assert found["failed"] > 0
    assert not found["results"]
    assert "nothing is chosen yet" in found["lost"]["weather, first, seed 1"]
    assert study(site, place, "--resume").returncode == 0
    assert study(site, place, *one, out="whole").returncode == 0
    # More was asked: the LLM's errors on the pool were others while calls failed.
    assert {**record(place), "work": 0} == {**record(place, "whole"), "work": 0}


def test_what_is_measured_is_what_was_chosen(site: Site, place: Path) -> None:
    """The arm on test has the keys and the demonstrations that the variant had on the pool."""
    told = STUDY[: STUDY.index("[[vary]]")].replace("seeds = [1, 2]", "seeds = [1]")
    told = told.replace('selector = "h-mcs"', 'selector = "f-exp"')
    varied = '[[vary]]\narm = "amplify"\nchoose = true\nparts = 2\n'
    varied += (
        'explainer = ["leave-one-out", "builtin/random"]\ntemplate = [{ quotes = "double" }]\n'
    )
    (place / "study.toml").write_text(told + varied)
    done = study(site, place, "--tasks", "weather", "--llms", "first", "-o", "proxy.use=counts")
    assert done.returncode == 0, done.stderr
    (main,) = (p for p in (place / "out" / "runs").iterdir() if ".choice-" not in p.name)
    (part,) = (p for p in (place / "out" / "runs").iterdir() if p.name.endswith(".choice-1-1"))
    plans = [tomllib.loads((folder / "plan.toml").read_text()) for folder in (main, part)]
    (choice,) = record(place)["choices"]
    ours = next(arm for arm in plans[0]["arms"] if arm["name"] == "amplify")
    theirs = next(arm for arm in plans[1]["arms"] if arm["name"] == choice["variant"])
    assert {**ours, "name": ""} == {**theirs, "name": ""}
    assert ours["template"]["quotes"] == "double"


def test_the_verdict_stays_with_the_arm_that_is_varied(site: Site, place: Path) -> None:
    told = STUDY.replace('name = "amplify"', 'name = "mine"')
    told = told.replace('like = "amplify"', 'like = "mine"').replace(
        'control_of = "amplify"', 'control_of = "mine"'
    )
    told = told.replace('arm = "amplify"', 'arm = "mine"').replace(
        'name = "amplify-random-words"', 'name = "other"'
    )
    # No arm is called amplify: the last one of the study is the focus, not its last variant.
    (place / "study.toml").write_text(told)
    done = study(site, place, "--dry-run")
    assert done.returncode == 0, done.stderr
    from amplify.run.study.read import read_study

    for cell in read_study(place / "study.toml").cells:
        assert cell.plan().focus == "other"


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


def test_a_cap_stops_the_study_and_it_goes_on(site: Site, place: Path) -> None:
    done = study(site, place, "--max-calls", "300", "--block", "nobody")
    assert done.returncode == 1, done.stderr
    assert "--resume" in done.stderr
    assert done.stderr.count("--block nobody: no such plugin") == 1
    assert len(log(place)) == 300
    assert record(place)["stopped"]
    assert study(site, place, "--resume", "--max-calls", "9999").returncode == 0
    assert study(site, place, out="whole").returncode == 0
    assert record(place) == record(place, "whole")


def test_what_a_kill_leaves_is_taken_up_or_told(site: Site, place: Path) -> None:
    # Killed between making the folder and writing the study.
    (place / "out" / "runs").mkdir(parents=True)
    (place / "out" / "study.toml.part").write_text("x")
    assert study(site, place, "--tasks", "weather", "--llms", "first").returncode == 0
    # Killed in the middle of a line of the journal, with all runs whole.
    with (place / "out" / "calls.jsonl").open("a") as file:
        file.write('{"key": "half')
    before = record(place)
    assert study(site, place, "--resume").returncode == 0
    assert record(place) == before
    # Every run is lost before the journal is opened.
    (place / "weather.csv").unlink()
    done = study(site, place, "--tasks", "weather", "--llms", "first", out="lost")
    assert (done.returncode, "internal error" in done.stderr) == (1, False)


def test_interrupting_tells_how_to_go_on(site: Site, place: Path) -> None:
    code, errors = interrupted(site, place, "study", str(place / "study.toml"))
    assert code == 130
    assert f"amplify study --resume --out {place / 'out'}" in errors
    assert "Traceback" not in errors


def test_a_gain_that_is_not_shown_on_every_task_ends_with_four(site: Site, place: Path) -> None:
    done = study(site, place, "--llms", "first", "--min-gain", "99")
    assert done.returncode == 4
    assert "the gain was not shown: weather, first:" in done.stderr


def test_another_study_is_not_resumed_over_this_one(site: Site, place: Path) -> None:
    study(site, place, "--llms", "first", "--tasks", "weather")
    again = study(site, place)
    assert (again.returncode, "a study already" in again.stderr) == (2, True)
    other = study(site, place, "--resume", "--seeds", "5")
    assert (other.returncode, "another study" in other.stderr) == (2, True)


def test_json_on_stdout_is_the_record_alone(site: Site, place: Path) -> None:
    done = study(site, place, "--llms", "first", "--tasks", "weather", "--json")
    assert json.loads(done.stdout) == record(place)
    for form, begin in (("markdown", "# "), ("csv", "task,llm"), ("latex", "% in the preamble")):
        done = study(site, place, "--resume", "--format", form)
        assert done.stdout.startswith(begin), form


def test_a_dry_run_shows_the_grid_and_writes_nothing(site: Site, place: Path) -> None:
    done = study(site, place, "--dry-run")
    lines = done.stdout.splitlines()
    assert len(lines) == 8 * 2 + 2 + 1 + 1
    # The two seeds are two draws; all comparisons of the study are one family.
    for line, task, items in zip(lines[16:18], ("weather", "more"), (40, 30), strict=True):
        assert line.startswith(f"{task}, first; {task}, second: power, amplify against answer-only")
        assert f"among 20 comparisons: 2 draws of {items} items show a true gain of 5" in line
    assert lines[18].startswith("power is by default variances")
    assert "more, second, seed 2: zero-shot, answer-only, amplify, " in done.stdout
    assert not (place / "out").exists()
    assert not log(place)
    # It is a bound, and no loose one: what runs share is not taken off.
    told = json.loads(study(site, place, "--dry-run", "--json").stdout)
    most = sum(one["phase"]["calls"] for one in told)
    assert lines[-1].startswith(f"all: at most {most:,} calls and ")
    made = study(site, place)
    assert made.returncode == 0, made.stderr
    work = record(place)["work"]["calls"]
    assert work["distinct"] == len(log(place)) <= most <= work["alone"]
    results = record(place)["results"]
    assert {c["comparisons"] for result in results for c in result["comparisons"]} == {20}


def test_a_forecast_counts_the_dearest_of_what_is_chosen(site: Site, place: Path) -> None:
    chosen, bounds = 'selector = ["random", "l-mcs", "h-mcs"]', []
    for shots in ("[1, 6]", "[6, 1]"):
        text = STUDY.replace(chosen, f"shots = {shots}\nchoose = true")
        (place / "study.toml").write_text(text)
        told = json.loads(study(site, place, "--dry-run", "--json").stdout)
        bounds.append([one["phase"] for one in told])
    assert bounds[0] == bounds[1]
    done = study(site, place)
    assert done.returncode == 0, done.stderr
    assert len(log(place)) <= sum(phase["calls"] for phase in bounds[0])


def test_a_dry_run_refuses_what_a_study_would(site: Site, place: Path) -> None:
    done = study(site, place, "--dry-run", "-o", "amplify.shot=3")
    assert done.returncode == 2
    (place / "study.toml").write_text(STUDY.replace('"l-mcs"', '"l-msc"'))
    done = study(site, place, "--dry-run")
    assert (done.returncode, "did you mean" in done.stderr) == (2, True)
    # Data that is missing is told of the runs that want it.
    (place / "study.toml").write_text(STUDY)
    (place / "more.csv").unlink()
    done = study(site, place, "--dry-run")
    assert (done.returncode, done.stdout.count("  cannot be made: ")) == (1, 4)
    assert "more.csv" in done.stdout
    assert "4 runs that cannot be made are left out" in done.stdout
    assert not done.stdout.splitlines()[-1].startswith("all: at most 0 calls")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('arm = "amplify"\n', 'arm = "amplfy"\n', "did you mean 'amplify'"),
        ('"l-mcs", "h-mcs"]', '"l-mcs", "l-mcs"]', "two variants"),
        ('selector = ["random", "l-mcs", "h-mcs"]', 'selector = "random"', "a list of values"),
        ("seeds = [1, 2]", "seeds = [1, 1]", "seeds are different numbers"),
        ('name = "more"', 'name = "weather"', "two entries are called"),
        ('use = "counts"', 'use = "countz"', "countz"),
        ('title = "', 'titel = "', "did you mean 'title'"),
        ('name = "second"', 'name = "second"\nset = ["arms.nobody.shots=1"]', "no arm 'nobody'"),
        ('tag = "M"', 'tagg = "M"', "tagg"),
        ('title = "', 'arms = ["amplfy"]\ntitle = "', "[study] arms: no arm 'amplfy'"),
        ("selector = [", "selector.use = 3\nkeywords = [", "selector.use needs a list"),
        ('title = "', 'set = ["run.seed=7"]\ntitle = "', "a study sets run.seed itself"),
        ('title = "', 'set = 1\ntitle = "', "a list of texts"),
        ('title = "', 'arms = ["amplify", "amplify"]\ntitle = "', "named twice"),
        ('name = "second"', 'name = "second"\nsplit = { test = 5 }', "belongs to a task"),
        ('name = "zero-shot"', 'like = "answer-only"', "an arm needs a name"),
        ('name = "zero-shot"', 'name = "zero-shot"\nshot = 1', "did you mean 'shots'"),
    ],
)
def test_a_mistake_is_named_before_any_work(
    site: Site, place: Path, old: str, new: str, told: str
) -> None:
    assert old in STUDY
    (place / "study.toml").write_text(STUDY.replace(old, new))
    done = study(site, place)
    assert done.returncode == 2, done.stdout
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (place / "out").exists()


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


def test_seeds_and_draws_are_draws_and_share_their_work(site: Site, place: Path) -> None:
    one = ("--tasks", "weather", "--llms", "first")
    done = study(site, place, *one, "--draws", "2")
    assert done.returncode == 0, done.stderr
    (result,) = record(place)["results"]
    draws = {
        arm["arm"]: [(draw["seed"], draw["draw"]) for draw in arm["draws"]]
        for arm in result["arms"]
    }
    assert draws["zero-shot"] == []
    assert draws["amplify"] == draws["answer-only"] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert {c["level"] for c in result["comparisons"]} == {"method"}
    assert {len(c["by_draw"]) for c in result["comparisons"]} == {4}
    # A seed has its own proxy, and all of its draws share it.
    assert len(lines(place / "log.fits")) == record(place)["work"]["fits"]["distinct"] == 2
    assert len(log(place)) == len(set(log(place)))
    rows = list(csv.DictReader((place / "out" / "table.csv").read_text().split("\n")))
    assert [row["draws"] for row in rows if row["arm"] in ("zero-shot", "answer-only")] == [
        "1",
        "4",
    ]
    assert (place / "out" / "draws.svg").read_text().count("seed 2, draw 1:") == len(rows) - 1
    text = " ".join(done.stdout.split())
    assert "level method: about new items with demonstrations that are drawn anew" in text
    assert "Over 4 draws of demonstrations," in text


def test_seeds_that_choose_the_same_demonstrations_are_one_draw(site: Site, place: Path) -> None:
    told = STUDY.replace("[proxy]", '[survey]\nerrors = "proxy"\n[proxy]')
    (place / "study.toml").write_text(told)
    done = study(site, place, "--tasks", "weather", "--llms", "first")
    assert done.returncode == 0, done.stderr
    (result,) = record(place)["results"]
    arms = {arm["arm"]: arm for arm in result["arms"]}
    assert (arms["amplify"]["answers"], arms["amplify"]["draws"]) == (40, [])
    assert len(arms["answer-only"]["draws"]) == 2
    levels = {c["baseline"]: c["level"] for c in result["comparisons"]}
    assert levels["answer-only"] == "prompt"
    (note,) = (note for note in result["notes"] if note.startswith("amplify, "))
    assert "1 of 2 draws show the examples of another draw, so that 1 counts" in note
    assert "level prompt: about new items with these very demonstrations" in " ".join(
        done.stdout.split()
    )


def test_a_study_without_draws_keeps_its_digest(place: Path) -> None:
    from amplify.run.study.read import StudyOverrides, read_study

    file = place / "study.toml"
    (place / "study.toml").write_text(STUDY)
    plain = read_study(file, StudyOverrides(tasks=("weather",)))
    assert plain.digest == read_study(file, StudyOverrides(tasks=("weather",), draws=None)).digest
    assert plain.digest != read_study(file, StudyOverrides(tasks=("weather",), draws=2)).digest
