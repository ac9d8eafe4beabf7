"""What a plan alone rules out: `plan` refuses it as `run` does, and nothing is fitted or asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from known.plugin import DECLARATIONS, LIVE
from known.site import Site
from known.weather import PLAN, TWO_ARMS, WEATHER, amplify, lay, log, record, weather

LLM = "-o", "survey.errors=llm"
SMALL = "-o", "split.train=16", "-o", "split.pool=12", "-o", "split.test=11"

EXPLAINED = 'selector = "h-mcs"\nexplainer = "log-odds"\ntemplate = "key-words"\nshots = 4\n'

TWICE = f"""
{WEATHER}
[[arms]]
name = "one"
{EXPLAINED}
[[arms]]
name = "two"
{EXPLAINED}
"""

CONTROLLED = f"""
{WEATHER}
[[arms]]
name = "zero-shot"
[[arms]]
name = "placebo"
control_of = "two"
{EXPLAINED}
[[arms]]
name = "two"
{EXPLAINED}
"""

LISTED = f"""
{WEATHER}
[[arms]]
name = "zero-shot"
[[arms]]
name = "one"
{EXPLAINED}
[[arms]]
name = "two"
selector = "random"
explainer = {{ use = "lexicon", words = {{ cold = ["nowhere"], warm = ["never"] }} }}
template = "key-words"
shots = 4
"""


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    """A folder with plans and their data; the plugin of the tests is installed."""
    return lay(site, tmp_path, plan=PLAN, twice=TWICE, controlled=CONTROLLED, listed=LISTED)


@pytest.mark.parametrize(
    ("plan", "more", "words"),
    [
        ("plan", ["-o", "task.answers=open"], "open answers: there are no labels that a proxy"),
        ("plan", ["-o", "split.folds=90"], "90 folds of 40 different texts are not possible"),
        ("plan", ["-o", "split.pool=0"], "found no demonstrations"),
        ("plan", ["-o", "split.pool=0", "--arms", "zero-shot,amplify"], "found no demonstrations"),
        ("plan", ["-o", "split.test=0"], "there are no test items"),
        ("plan", ["-o", "split.test=500"], "140"),
        ("plan", ["-o", "llm.limit=120"], "the model takes 120"),
        ("plan", ["-o", "survey.arm=amplify"], "its own selector needs the survey"),
        ("plan", [*LLM, "-o", "split.pool=4"], "the survey's own prompt shows all 4"),
        ("plan", ["-o", "task.answers=open", "-o", "survey.errors=none", "--explainer",
                  "builtin/tf-idf", "--selector", "random", "-o", "arms.amplify.target=foil"],
         "has no wrong label that words could speak for"),
        ("plan", ["-o", "arms.answer-only.selector.use=file", "-o",
                  "arms.answer-only.selector.path=shown.jsonl"],
         "1 test item stands among its demonstrations"),
        ("twice", [], "it asks what its baseline 'one' asks"),
        ("controlled", [], "it asks what its control 'placebo' asks"),
        ("listed", [], "it explains, and none of its 4 demonstrations has a rationale"),
    ],
)  # fmt: skip
def test_what_a_run_refuses_its_plan_refuses(
    site: Site, place: Path, plan: str, more: list[str], words: str
) -> None:
    rows = [line.rpartition(",")[::2] for line in weather().split("\n")[1:-1]]
    shown = [{"text": text, "label": label} for text, label in rows]
    (place / "shown.jsonl").write_text("\n".join(map(json.dumps, shown)))
    said = []
    for command in (["plan"], ["run", "--out", str(place / "out")]):
        done = amplify(site, place, command[0], str(place / f"{plan}.toml"), *command[1:], *more)
        assert done.returncode == 2, done.stderr
        said.append(" ".join(done.stderr.split()))
        assert words in said[-1]
    # In the same words, but for what a run has told of itself before.
    assert said[1].endswith(said[0].removeprefix("amplify: "))
    assert log(place) == []
    assert not (place / "log.fits").exists()
    assert not (place / "out").exists()


def test_what_a_proxy_refuses_is_known_before_the_survey_is_asked(site: Site, place: Path) -> None:
    fit = "def fit(self, train, labels):"
    broken = LIVE.replace(fit, f"{fit}\n{12 * ' '}raise ValueError('no such words')")
    site.add("amplify-broken", DECLARATIONS, live=broken)
    done = amplify(site, place, "run", str(place / "plan.toml"), "--out", str(place / "out"),
                   "--proxy", "broken/counts", "--explainer", "known/log-odds",
                   "--llm", "known/voter")  # fmt: skip
    assert done.returncode == 3
    assert "no such words" in done.stderr
    assert log(place) == []


def told(site: Site, place: Path, *more: str) -> list[str]:
    """The notes of a plan, which are also the first lines of its run, ahead of every call."""
    path = str(place / "plan.toml")
    made = amplify(site, place, "plan", path, "--json", *more)
    assert made.returncode == 0, made.stderr
    assert log(place) == []
    assert not (place / "log.fits").exists()
    notes: list[str] = json.loads(made.stdout)["notes"]
    shown = amplify(site, place, "plan", path, *more).stdout
    assert ("note: " in shown) == bool(notes)
    done = amplify(site, place, "run", path, "--out", str(place / "out"), *more)
    assert done.returncode == 0, done.stderr
    before = done.stderr.partition("fit the proxy")[0]
    assert all(f"amplify: {note}\n" in before for note in notes)
    return notes


def test_a_pool_that_the_survey_shows_leaves_few_demonstrations_and_that_is_told(
    site: Site, place: Path
) -> None:
    (place / "weather.csv").write_text(weather(39))
    (place / "plan.toml").write_text(f"{WEATHER}\n{TWO_ARMS}".replace("shots = 4", "shots = 10"))
    notes = told(site, place, *SMALL)
    (note,) = (note for note in notes if "fewer demonstrations" in note)
    assert "at most 2 of 10 in amplify" in note
    assert "a difference between amplify and answer-only may come from their number" in note
    assert "enlarge the pool" in note
    found = record(place)
    assert found["contrast"]["shots"] == {"amplify": 2, "answer-only": 10}
    assert "amplify shows 2 demonstrations and answer-only 10" in " ".join(
        found["verdict"]["sentences"]
    )


def test_labels_that_the_instruction_lacks_are_named(site: Site, place: Path) -> None:
    few = ("-o", "survey.errors=proxy", "--arms", "zero-shot,amplify")
    (note,) = told(site, place, *few)
    assert note.startswith("no instruction names the labels 'cold', 'warm'")
    assert note in record(place)["notes"]


def test_a_whole_instruction_is_told_nothing_of(site: Site, place: Path) -> None:
    few = ("-o", "survey.errors=proxy", "--arms", "zero-shot,amplify")
    assert told(site, place, *few, "-o", "task.instruction=Say cold or warm.") == []


def test_what_so_few_items_can_show_and_a_label_without_items_is_told(
    site: Site, place: Path
) -> None:
    (place / "weather.csv").write_text(
        weather() + "neither of the two kinds,mild\nno word tells at all here,mild\n"
    )
    few = ("-o", "survey.errors=none", "--arms", "zero-shot,answer-only", "-n", "1")
    notes = told(site, place, *few, "-o", "task.instruction=Cold, or warm?")
    assert any(
        note.startswith("1 test item can show no difference: that takes 6") for note in notes
    )
    assert any("labels without an item in some split: " in n and "'mild' (" in n for n in notes)
    assert any(n.startswith("the instruction does not name the label 'mild'") for n in notes)
