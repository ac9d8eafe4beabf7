"""Runs whose arms do not differ in what they are to show: refused, or carried as what they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from known.site import Site
from known.weather import PLAN, WEATHER, amplify, lay, log, record, rows, run

NOTE = ("-o", "guards.alike=note")
# The word counts of the proxy are no probabilities: without any word a label gains.
BARE = ("-o", "survey.errors=proxy", "--explainer", "leave-one-out")

CONTROLLED = f"""{PLAN}
[[arms]]
name = "amplify-no-rationale"
like = "amplify"
template = "answer-only"
control_of = "amplify"
tests = "the rationales"
"""

TWICE = f"""
{WEATHER}
[[arms]]
name = "first"
selector = "random"
shots = 4
[[arms]]
name = "other"
shots = 0
[[arms]]
name = "second"
selector = "random"
shots = 4
"""


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    """A folder with plans and their data; the plugin of the tests is installed."""
    return lay(site, tmp_path, plan=CONTROLLED, twice=TWICE)


def test_an_arm_that_explains_and_shows_no_rationale_is_refused_before_its_calls(
    site: Site, place: Path
) -> None:
    done = run(site, place, "out", *BARE)
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "arm 'amplify': it explains, and none of its 4 demonstrations has a rationale" in said
    assert "guards" in said
    assert log(place) == []
    # What was prepared is there to be looked at, and to go on with.
    shown = [row for row in rows(place, "out", "demonstrations.jsonl") if row["arm"] == "amplify"]
    assert [row["words"] for row in shown] == [[]] * 4
    done = run(site, place, "out", "--resume", *NOTE)
    assert done.returncode == 0, done.stderr
    assert (place / "log.fits").read_text() == "fit\n"


def test_what_such_an_arm_cannot_show_is_told_ahead_of_the_calls_and_in_the_verdict(
    site: Site, place: Path
) -> None:
    done = run(site, place, "out", *BARE, *NOTE)
    assert done.returncode == 0, done.stderr
    told = "amplify has no rationale in any of its 4 demonstrations"
    assert told in done.stderr.partition("answer (")[0]
    found = record(place)
    assert found["contrast"]["bare"] == [{"arm": "amplify", "without": 4, "demonstrations": 4}]
    verdict = found["verdict"]
    assert verdict["placebos"] == []
    sentences = " ".join(verdict["sentences"])
    assert f" {told}. " in sentences
    assert (
        "amplify against amplify-no-rationale: this run cannot show whether the rationales matter."
        in sentences
    )
    assert told in found["notes"]
    assert told in " ".join(done.stdout.split())


def test_arms_that_differ_are_recorded_without_a_word_of_it(site: Site, place: Path) -> None:
    assert run(site, place, "out", "-o", "survey.errors=proxy").returncode == 0
    assert "contrast" not in record(place)
    assert len(record(place)["comparisons"]) == 4


def test_a_focus_that_explains_and_asks_what_another_arm_asks_is_refused(
    site: Site, place: Path
) -> None:
    # A template without rationales leaves nothing of what the explainers tell.
    for more, said in (
        (["zero-shot,amplify,amplify-no-rationale"], "its control 'amplify-no-rationale'"),
        (["amplify,amplify-random-words", "-o", "verdict.baseline=amplify-random-words"],
         "its baseline 'amplify-random-words'"),
    ):  # fmt: skip
        done = run(site, place, "out", "--template", "answer-only", "--arms", *more, *BARE[:2])
        assert done.returncode == 2
        assert f"arm 'amplify': it asks what {said} asks, to the byte" in done.stderr
        assert log(place) == []


TOLD = "second has the prompts of first, to the byte"


def test_a_plan_tells_of_plain_arms_that_ask_the_same(site: Site, place: Path) -> None:
    planned = amplify(site, place, "plan", str(place / "twice.toml"))
    assert planned.returncode == 0, planned.stderr
    assert f"note: {TOLD}" in planned.stdout


def test_plain_arms_that_ask_the_same_go_on_as_what_they_are(site: Site, place: Path) -> None:
    path = str(place / "twice.toml")
    done = amplify(site, place, "run", path, "--out", str(place / "out"))
    assert done.returncode == 0, done.stderr
    assert done.stderr.partition("answer (")[0].count(TOLD) == 1
    assert "second asks what first asks: nothing here can show" in " ".join(done.stdout.split())
    found = record(place)
    assert TOLD in found["notes"]
    same = [{"arm": "second", "other": "first", "equal": 40, "items": 40}]
    assert found["contrast"]["same"] == same
    sentences = found["verdict"]["sentences"]
    assert sentences[0].startswith("second asks what first asks: nothing here can show")
    assert f"{TOLD}." in sentences
    assert [one["baseline"] for one in found["comparisons"]] == ["other"]
    # Equal calls are made once.
    assert len(log(place)) == 80


def test_two_arms_that_ask_the_same_meet_no_demand(site: Site, place: Path) -> None:
    path = str(place / "twice.toml")
    done = amplify(site, place, "run", path, "--out", str(place / "two"), "--max-p", "0.1")
    assert done.returncode == 4
    assert "the arm and its baseline ask the very same" in done.stderr


def test_an_arm_that_asks_the_same_can_be_compared_with_another_baseline(
    site: Site, place: Path
) -> None:
    path = str(place / "twice.toml")
    done = amplify(site, place, "run", path, "-o", "verdict.baseline=other", "--out",
                   str(place / "three"))  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert TOLD in record(place, "three")["notes"]


def test_a_run_whose_arms_all_ask_the_same_goes_on(site: Site, place: Path) -> None:
    equal = "".join(f'[[arms]]\nname = "a{n}"\nselector = "random"\nshots = 2\n' for n in range(9))
    (place / "equal.toml").write_text(f"{WEATHER}\n{equal}")
    done = amplify(site, place, "run", str(place / "equal.toml"), "--out", str(place / "out"))
    assert done.returncode == 0, done.stderr
    told = "a8 has the prompts of a0, a1, a2, a3, a4 and 3 others, to the byte"
    found = record(place)
    assert told in found["notes"]
    assert found["comparisons"] == []
    assert f"{told}." in found["verdict"]["sentences"]
    assert len(found["contrast"]["same"]) == 8


def test_a_study_carries_such_an_arm_as_what_it_is(site: Site, place: Path) -> None:
    table = """
        [study]
        name = "one"
        seeds = [1, 2]
        [[tasks]]
        name = "weather"
        task = { use = "csv", path = "weather.csv" }
        [[llms]]
        name = "it"
        llm = "voter"
        [split]
        train = 40
        pool = 30
        test = 20
        [proxy]
        use = "counts"
        [survey]
        errors = "proxy"
    """
    arms = CONTROLLED[CONTROLLED.index("[[arms]]") :].replace("log-odds", "leave-one-out")
    twin = '[[arms]]\nname = "twin"\nlike = "amplify"\n'
    (place / "study.toml").write_text(f"{table}\n{arms}\n{twin}")
    done = amplify(site, place, "study", str(place / "study.toml"), "--out", str(place / "out"))
    assert done.returncode == 0, done.stderr
    (result,) = record(place)["results"]
    sentences = " ".join(result["verdict"]["sentences"])
    assert "amplify has no rationale in any of its 8 demonstrations. " in sentences
    assert "amplify has the prompts of twin, to the byte. " in sentences
    assert result["verdict"]["placebos"] == []
    assert "twin" not in {one["baseline"] for one in result["comparisons"]}
    assert "no rationale in any of its 8 demonstrations" in (place / "out/table.md").read_text()
