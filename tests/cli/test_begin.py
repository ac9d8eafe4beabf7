"""How runs begin, and what is left of those that cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from known.site import Site
from known.weather import TWO_ARMS, WEATHER, amplify, lay, log, record, rows, weather

PLAN = f"""
{WEATHER}
{TWO_ARMS}"""


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    """A folder with a plan and its data; the plugin of the tests is installed."""
    return lay(site, tmp_path, plan=PLAN)


def test_a_pool_too_small_for_the_survey_is_refused_before_the_fit(site: Site, place: Path) -> None:
    (place / "weather.csv").write_text(weather(14))
    plan, out = place / "plan.toml", place / "runs" / "deep"
    plan.write_text(PLAN.replace("train = 60\npool = 40\ntest = 40", "train=6\npool=4\ntest=4"))
    for _ in range(2):  # the refused run leaves nothing that would be in the way of the next
        done = amplify(site, place, "run", str(plan), "--out", str(out))
        assert done.returncode == 2
        assert "the survey's own prompt shows all 4" in done.stderr
        assert not (place / "runs").exists()
    assert not (place / "log.fits").exists()
    plan.write_text(plan.read_text().replace("pool=4\ntest=4", "pool=6\ntest=2"))
    done = amplify(site, place, "run", str(plan), "--out", str(out))
    assert done.returncode == 0, done.stderr


def test_a_refused_run_leaves_a_folder_that_was_there_and_no_answer_is_thrown_away(
    site: Site, place: Path
) -> None:
    plan, out = place / "plan.toml", place / "out"
    out.mkdir()
    done = amplify(site, place, "run", str(plan), "--out", str(out), "-o", "split.pool=0")
    assert done.returncode == 2
    assert list(out.iterdir()) == []
    # The survey is answered before it turns out that the focus arm's prompts do not fit.
    done = amplify(site, place, "run", str(plan), "--out", str(out), "-o", "llm.limit=200")
    assert done.returncode == 2
    assert "the model takes 200" in done.stderr
    assert len((out / "calls.jsonl").read_text().splitlines()) == len(log(place)) > 0


def test_a_local_model_costs_nothing_and_a_cap_on_money_lets_it_go(site: Site, place: Path) -> None:
    plan, out = str(place / "plan.toml"), str(place / "out")
    done = amplify(site, place, "run", plan, "--out", out, "--max-cost", "0.01")
    assert done.returncode == 0, done.stderr
    assert record(place)["stopped"] is None
    assert all(arm["items"] == 40 for arm in record(place)["arms"])
    calls = [json.loads(line) for line in (place / "out" / "calls.jsonl").read_text().splitlines()]
    assert {call["cost"] for call in calls} == {0.0}
    assert "cost unknown" not in done.stdout
    shown = amplify(site, place, "plan", plan, COLUMNS="120").stdout
    assert "price: none" in shown
    assert "cost ≤" not in shown
    told = json.loads(amplify(site, place, "plan", plan, "--json").stdout)
    assert told["price"] == {"input": 0.0, "output": 0.0, "source": "this machine"}
    assert {phase["cost"] for phase in told["phases"]} == {0.0}


@pytest.mark.parametrize(
    ("line", "text", "words"),
    [
        (
            ["study", "study.csv"],
            "text,label\na b,c\n",
            ["not a TOML file", '[task] use = "csv"', "study.csv"],
        ),
        (["run", "plan.toml"], "text,label\na b,c\n", ["not valid TOML", "`text,label`"]),
        (
            ["run", "plan.toml"],
            '[[task]]\nuse = "csv"\n',
            ["[task]: expected one table", "[[task]]"],
        ),
        (["run", "plan.toml"], '[task]\nuse = ["csv"]\n', ["use = "]),
    ],
)
def test_a_file_that_is_no_plan_is_told_what_one_has(
    site: Site, place: Path, line: list[str], text: str, words: list[str]
) -> None:
    (place / line[1]).write_text(text)
    done = amplify(site, place, *line)
    assert done.returncode == 2
    for word in words:
        assert word in done.stderr


def test_a_test_item_in_the_text_of_a_template_or_an_instruction_is_refused(
    site: Site, place: Path
) -> None:
    plan, out = str(place / "plan.toml"), str(place / "out")
    assert amplify(site, place, "run", plan, "--out", out).returncode == 0
    asked = rows(place, "out", "prompts.jsonl")[-1]
    item = asked["messages"][0]["content"].rpartition("Q: ")[2].partition("\nA:")[0]
    own = place / "own.jinja"
    template = ("--template", "file", "-o", f"template.path={own}")
    # However the template lays out the item itself, that is no quotation.
    for name, block in (
        ("k", "query %}{{ text | upper }}: {{ text | replace(' ', '\n') }}"),
        ("l", "query %}{{ text.split(' ')[3] }} of {{ text }}"),
    ):
        own.write_text(f"{{% block {block}{{% endblock %}}")
        done = amplify(site, place, "run", plan, "--out", str(place / name), *template)
        assert done.returncode == 0, done.stderr
    for name, block in (("q", "query %}{{ text }} Not:"), ("r", "answer %}{{ label }} Not:")):
        own.write_text(f"{{% block {block} {item}{{% endblock %}}")
        done = amplify(site, place, "run", plan, "--out", str(place / name), *template)
        assert done.returncode == 2
        said = "arm 'amplify': 1 test item is quoted in its instruction, its template"
        assert said in " ".join(done.stderr.split())
    for arm in ("zero-shot", "answer-only"):
        done = amplify(site, place, "run", plan, "--out", str(place / "two"), "--arms", arm,
                       "-o", f"task.instruction=As in: {item}.")  # fmt: skip
        assert done.returncode == 2
        assert f"arm '{arm}': 1 test item is quoted in its instruction" in done.stderr
    # The record tells apart what was asked, also where the plan is the same.
    own.write_text("{% block answer %}{{ label }}!{% endblock %}")
    for name, text in (("a", "{{ text }}?"), ("b", "{{ text }}.")):
        own.write_text(f"{{% block query %}}{text}{{% endblock %}}")
        done = amplify(site, place, "run", plan, "--out", str(place / name), *template)
        assert done.returncode == 0, done.stderr
    one, two = record(place, "a"), record(place, "b")
    assert one["plan"] == two["plan"]
    assert [
        arm["prompts"] == other["prompts"]
        for arm, other in zip(one["arms"], two["arms"], strict=True)
    ] == [True, False]
