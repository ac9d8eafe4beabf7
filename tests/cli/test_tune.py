"""Tunes as processes: what is raced, tested and kept, over kills and under caps."""

from __future__ import annotations

import io
import json
import shlex
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from known.site import Site
from known.weather import TWO_ARMS, WEATHER, killed, lay, log, record, rows

from amplify.cli.main import main
from amplify.report.page.folder_page import folder_page

Tune = Callable[..., tuple[int, str, str]]

PLAN = f"""
{WEATHER}
[run]
seed = 1
draws = 2
limit = 20
faithfulness = false
[tune]
validation = 16
[tune.space]
shots = [1, 8]
[[arms]]
name = "zero-shot"
{TWO_ARMS}
"""

CONTENDERS = 1 + 3 * 2 + 3 * 2
"""Zero-shot, and two draws of two arms with three numbers of shots each."""


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    return lay(site, tmp_path, plan=PLAN)


@pytest.fixture
def tune(place: Path, monkeypatch: pytest.MonkeyPatch) -> Tune:
    """A tune of the folder's plan, or of what `out` holds, in this process."""
    monkeypatch.setenv("KNOWN_LOG", str(place / "log"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(place / "cache"))

    def run_tune(*more: str, out: str = "out") -> tuple[int, str, str]:
        plan = [] if "--resume" in more else [str(place / "plan.toml")]
        return command("tune", *plan, "--out", str(place / out), *more)

    return run_tune


def command(*arguments: str) -> tuple[int, str, str]:
    """The exit code of a command in this process, and what it printed on stdout and stderr."""
    printed, told = io.StringIO(), io.StringIO()
    with redirect_stdout(printed), redirect_stderr(told), pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code, printed.getvalue(), told.getvalue()


def test_the_winner_is_tested_once_and_shows_no_validation_item(tune: Tune, place: Path) -> None:
    code, printed, told = tune()
    assert code == 0, told
    assert "round 1: 8/16 items" in told
    out = place / "out"
    assert printed.endswith(
        f"use it: amplify predict {out} new.csv\nweb page: amplify report {out}\n"
    )
    race = record(place)["race"]
    assert sum(1 + len(contender["same"]) for contender in race["contenders"]) == CONTENDERS
    assert race["baseline"] == "answer-only (draw 1)"
    assert race["chosen"] in (race["winner"], race["baseline"])
    # A line of the log is the arm, the item and a digest of the prompt.
    asked = [line.rsplit(" ", 2)[:2] for line in log(place)]
    assert len(set(log(place))) == len(log(place))
    tested = {row["item"] for row in rows(place, "out", "predictions.jsonl")}
    raced = {item for arm, item in asked if arm == "zero-shot"} - tested
    assert (len(tested), len(raced)) == (20, 16)
    shown = {row["example"]["id"] for row in rows(place, "out", "demonstrations.jsonl")}
    assert shown.isdisjoint(raced | tested)
    finalists = {arm["name"] for arm in record(place)["arms"]}
    assert {arm for arm, item in asked if item in tested} == finalists
    assert finalists == {race["winner"], "answer-only (draw 1)", "amplify (draw 1)"}
    page = folder_page(place / "out")
    assert f"<h2>The race</h2>\n<p>Returned: <strong><bdi>{race['chosen']}</bdi>" in page


def test_a_tune_killed_three_times_is_resumed_and_repeats_nothing(
    site: Site, tune: Tune, place: Path
) -> None:
    """A cap makes the race a short one, and its steps depend on what was spent until then."""
    cap = ("--max-calls", "190")
    for calls, what in ((20, str(place / "plan.toml")), (90, "--resume"), (25, "--resume")):
        killed(site, place, "tune", what, *cap, calls=calls, pause="0.01")
    code, _, told = tune("--resume", *cap)
    assert code == 0, told
    asked = log(place)
    # A reply that a kill caught between the LLM and the disk may be asked once more, no other.
    assert len(asked) - len(set(asked)) <= 3
    (place / "log").unlink()
    assert tune(*cap, out="whole")[0] == 0
    assert set(asked) == set(log(place))
    assert record(place, "out") == record(place, "whole")


def test_a_cap_leaves_the_test_its_calls(tune: Tune, place: Path) -> None:
    code, _, told = tune("--max-calls", "190")
    assert code == 0, told
    assert len(log(place)) <= 190
    race = record(place)["race"]
    assert {of_race["reason"] for of_race in race["exits"]} & {"halved", "budget"}
    assert {arm["errors"] + arm["prepared"] for arm in record(place)["arms"]} == {0}
    assert race["chosen"] is not None


def test_a_cap_that_is_too_low_tells_the_line_that_goes_on(tune: Tune, place: Path) -> None:
    code, _, told = tune("--max-calls", "60")
    assert code == 1, told
    assert record(place)["race"]["chosen"] is None
    line = next(line for line in told.splitlines() if "raise it to go on" in line)
    race = record(place)["race"]
    assert f"the race has asked {race['total']} of {race['validation']} validation items" in line
    resumed = shlex.split(line.partition("amplify tune ")[2])
    code, _, told = command("tune", *resumed)
    assert code == 0, told
    assert record(place)["race"]["chosen"] is not None
    assert len(set(log(place))) == len(log(place))


def test_contenders_that_ask_the_same_are_one_and_the_baseline_stays(
    tune: Tune, place: Path
) -> None:
    plan = PLAN.replace("draws = 2", "draws = 1").replace("[1, 8]", "[4]")
    (place / "plan.toml").write_text(plan)
    code, _, told = tune("--arms", "answer-only,zero-shot")
    assert code == 0, told
    race = record(place)["race"]
    same = {contender["name"]: contender["same"] for contender in race["contenders"]}
    assert same["answer-only"] == ["answer-only shots=4"]
    if race["winner"] == "answer-only":
        assert race["chosen"] == "answer-only"
        assert (
            "the baseline is the prompt that is returned"
            in record(place)["verdict"]["sentences"][0]
        )


def test_a_run_does_not_take_a_plan_with_a_race(tune: Tune, place: Path) -> None:
    code, _, told = command("run", str(place / "plan.toml"), "--out", str(place / "out"))
    assert code == 2
    assert "amplify tune" in told
    assert not (place / "out").exists()


def test_replies_of_contenders_that_leave_the_race_are_counted(
    tune: Tune, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KNOWN_HUMS", "the")
    code, _, told = tune("--max-calls", "190")
    assert code == 0, told
    tested = {row["item"] for row in rows(place, "out", "predictions.jsonl")}
    calls = rows(place, "out", "calls.jsonl")
    raced = {row["item"] for row in calls if row["arm"] == "zero-shot"} - tested
    hummed = [row for row in calls if row["completion"]["text"] == "hm"]
    unread = Counter(row["arm"] for row in hummed if row["item"] in raced)
    contenders = record(place)["race"]["contenders"]
    assert {c["name"]: c["unread"] for c in contenders if c["unread"]} == unread
    assert len({exit_of["name"] for exit_of in record(place)["race"]["exits"]} & {*unread}) > 3
    (note,) = [note for note in record(place)["notes"] if note.startswith("in the race")]
    many = [c["unread"] for c in contenders if 3 * c["unread"] >= c["items"]]
    assert note.startswith(f"in the race {sum(many)} replies could not be read: ")
    assert note.endswith("more; for instance 'hm'")


def test_a_dry_run_asks_nothing_and_foresees_the_rounds(tune: Tune, place: Path) -> None:
    code, printed, told = tune("--dry-run", "--max-calls", "190")
    assert code == 0, told
    assert printed.startswith(f"{CONTENDERS} contenders")
    assert "answer-only shots=8 (draw 2)" in printed
    assert "round 1: 8 items for 13 contenders; the best 7 go on" in printed
    assert tune("--dry-run", "--log", "jsn")[0] == 2
    whole = json.loads(tune("--dry-run", "--json")[1])
    assert whole["race"] == CONTENDERS * 16
    assert whole["test"] == 3 * 20
    assert log(place) == []


@pytest.mark.parametrize("cap", [("--max-tokens", "35000"), ("--max-seconds", "600")])
def test_any_cap_leaves_the_test_its_calls(tune: Tune, place: Path, cap: tuple[str, str]) -> None:
    code, _, told = tune(*cap)
    assert code == 0, told
    assert record(place)["stopped"] is None
    assert {arm["prepared"] for arm in record(place)["arms"]} == {0}
    reasons = {of_race["reason"] for of_race in record(place)["race"]["exits"]}
    assert (cap[0] == "--max-tokens") == bool(reasons & {"halved", "budget"})


def test_a_file_of_data_is_tuned_over_what_is_installed(tune: Tune, place: Path) -> None:
    data = str(place / "weather.csv")
    code, printed, told = command("tune", data, "--llm", "voter", "--dry-run", "--json")
    assert code == 0, told
    assert "answer-only shots=4 (draw 3)" in json.loads(printed)["names"]


def test_calls_that_failed_in_the_race_are_asked_again(
    tune: Tune, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tune(out="whole")[0] == 0
    raced = next(line.rsplit(" ", 2)[1] for line in log(place) if line.startswith("zero-shot"))
    monkeypatch.setenv("KNOWN_REFUSES", raced.removeprefix("weather-").lstrip("0"))
    code, _, told = tune()
    assert code == 1
    assert "calls failed; to ask again: amplify retry" in told
    assert record(place)["race"]["failed"] > 0
    monkeypatch.delenv("KNOWN_REFUSES")
    code, _, told = command("retry", str(place / "out"))
    assert code == 0, told
    assert record(place) == record(place, "whole")


def test_an_llm_that_answers_nothing_cannot_be_tuned(tune: Tune, place: Path) -> None:
    code, _, told = tune("--llm", "none", "-o", "survey.errors=none")
    assert code == 2
    assert "answers nothing" in told


def test_a_race_needs_no_method_to_be_shown(tune: Tune, place: Path) -> None:
    """The demand of a gain is on the winner: exit code 4 where the test does not show it."""
    code, _, told = tune("--min-gain", "99")
    assert code == 4
    assert "the gain was not shown" in told


def test_a_cap_that_allows_no_race_at_all_tells_what_does(tune: Tune, place: Path) -> None:
    code, _, told = tune("--max-calls", "10", "-o", "survey.errors=none")
    assert code == 1
    assert log(place) == []
    line = next(line for line in told.splitlines() if "to ask again: " in line)
    code, _, told = command("tune", *shlex.split(line.partition("amplify tune ")[2]))
    assert code == 0, told
    race = record(place)["race"]
    assert race["total"] == 16 or len(race["surviving"]) == 1
    assert "halved" not in {exit_of_race["reason"] for exit_of_race in race["exits"]}


def test_a_test_that_is_cut_short_shows_nothing(tune: Tune, place: Path) -> None:
    """The tune is as a kill in its test leaves it, and a lower cap does not let it end that."""
    assert tune()[0] == 0
    tested = {row["item"] for row in rows(place, "out", "predictions.jsonl")}
    journal = place / "out" / "calls.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    raced = [line for line in lines if json.loads(line)["item"] not in tested]
    journal.write_text("".join(raced))
    for kept in (0, 21):
        code, _, told = tune("--resume", "--max-calls", str(len(raced) + kept))
        assert code == 1, told
        cut = record(place)
        assert cut["race"]["winner"] is not None
        assert cut["race"]["chosen"] is None
        assert cut["verdict"]["outcome"] == "not compared"
        assert "its test is not finished" in cut["verdict"]["sentences"][0]


def test_any_arm_may_be_the_baseline_and_wins_a_tie(tune: Tune, place: Path) -> None:
    """Two instructions that the LLM does not heed: the contenders all answer alike."""
    arms = [f'[[arms]]\nname = "{name}"\ninstruction = "{name}: cold or warm"' for name in "abc"]
    head = PLAN.partition("[tune.space]")[0] + '[verdict]\nbaseline = "c"\n'
    (place / "plan.toml").write_text(head + "\n".join(arms))
    code, _, told = tune()
    assert code == 0, told
    assert record(place)["race"]["winner"] == record(place)["race"]["chosen"] == "c"


def test_the_baseline_is_foreseen_once_where_it_is_not_raced(tune: Tune) -> None:
    code, printed, told = tune("--dry-run", "--json", "-o", 'tune.arms=["zero-shot", "amplify"]')
    assert code == 0, told
    names = json.loads(printed)["names"]
    assert [name for name in names if name.startswith("answer")] == ["answer-only (draw 1)"]


def test_a_winner_that_shows_the_whole_pool_is_tested_all_the_same(tune: Tune, place: Path) -> None:
    """Its demonstrations have no worth to measure, which is known after the race alone."""
    head = PLAN.partition("[tune]")[0].replace("pool = 40", "pool = 8")
    arm = '[[arms]]\nname = "answer-only"\nselector = "random"\nshots = 8\ndraws = 1\n'
    other = '[[arms]]\nname = "b"\nlike = "answer-only"\ninstruction = "Is it cold or warm?"\n'
    (place / "plan.toml").write_text(f"{head}[tune]\nvalidation = 4\n{arm}{other}")
    code, _, told = tune("-o", "worth.items=4")
    assert code == 0, told
    assert "no pool item is left to measure the worth of its demonstrations by" in told
    assert record(place)["race"]["chosen"] is not None


def test_a_dry_run_counts_what_selectors_ask_and_the_worth_of_demonstrations(
    tune: Tune, place: Path
) -> None:
    selector = 'selector = { use = "best-of", sets = 3, items = 4 }'
    plan = PLAN.replace("[tune.space]\nshots = [1, 8]\n", "")
    (place / "plan.toml").write_text(f'{plan}[[arms]]\nname = "best"\n{selector}\nshots = 2\n')
    foreseen = json.loads(tune("--dry-run", "--json", "-o", "worth.items=5")[1])
    assert foreseen["select"] == 2 * 3 * 4
    assert foreseen["asking"] == []
    # AMPLIFY's 4 demonstrations have 16 coalitions, its rationales 15 more.
    assert foreseen["worth"] == 31 * 5
    parts = ("survey", "select", "priors", "race", "test", "worth")
    assert foreseen["calls"] == sum(foreseen[part] for part in parts)
    printed = tune("--dry-run", "--max-calls", "200")[1]
    assert "24 for selectors" in " ".join(printed.split())
    assert json.loads(tune("--dry-run", "--json", "--max-calls", "200")[1])["calls"] <= 200
    assert log(place) == []


def test_instructions_that_the_llm_proposes_are_raced(tune: Tune, place: Path) -> None:
    """The LLM of the tests answers with a label, whatever it is asked: that is the instruction."""
    space = '[tune.space]\narm = "zero-shot"\ninstruction = { propose = 3 }\n'
    (place / "plan.toml").write_text(PLAN.replace("[tune.space]\nshots = [1, 8]\n", space))
    foreseen = json.loads(tune("--dry-run", "--json")[1])
    assert foreseen["propose"] == 3
    assert "3 for proposals of instructions" in " ".join(tune("--dry-run")[1].split())
    code, _, told = tune()
    assert code == 0, told
    asked = [row for row in rows(place, "out", "calls.jsonl") if row["arm"] == "propose"]
    proposed = {row["item"]: row["completion"]["text"].strip() for row in asked}
    assert set(proposed) == {"1", "2", "3"}
    notes = record(place)["notes"]
    for number, text in proposed.items():
        assert f"instruction {number} that the LLM proposed: {text}" in notes
    contenders = record(place)["race"]["contenders"]
    names = [name for c in contenders for name in (c["name"], *c["same"])]
    assert sum(name.startswith("zero-shot instruction=") for name in names) == 3
    # Equal proposals ask the same, and are one contender.
    asking = [c for c in contenders if c["name"].startswith("zero-shot instruction=")]
    assert len(asking) == len(set(proposed.values()))
    calls = log(place)
    assert tune("--resume")[0] == 0
    assert log(place) == calls


def test_the_worth_of_a_named_arm_is_that_of_its_tested_draw(tune: Tune, place: Path) -> None:
    code, _, told = tune("-o", "worth.items=2", "-o", 'worth.arm="answer-only"')
    assert code == 0, told
    assert "not tested" not in told
    assert record(place)["worth"]["arm"] == "answer-only (draw 1)"


def test_a_cap_leaves_the_test_all_its_repeats(tune: Tune, place: Path) -> None:
    repeated = ("-o", "run.repeats=2", "-o", "run.repeats_by=order")
    code, _, told = tune("--max-calls", "330", *repeated)
    assert code == 0, told
    assert {arm["prepared"] for arm in record(place)["arms"]} == {0}
    assert len(log(place)) <= 330


def test_rounds_that_are_damaged_are_refused(tune: Tune, place: Path) -> None:
    assert tune("--max-calls", "60")[0] == 1
    for lines, why in (
        ('{"starters": ["nobody"]}', "no contender"),
        ('{"starters": []}\n{"items": 0}', "the first round has no items"),
        ('{"starters": []}\n{"items": -8}', "$.items"),
    ):
        (place / "out" / "rounds.jsonl").write_text(f"{lines}\n")
        code, _, told = tune("--resume")
        assert code == 2, told
        assert why in told
        assert "delete it to race again" in told
