"""Arms that correct the LLM's preference for a label, and that abstain where it is not sure."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from known.site import Site

DECLARATIONS = """
    from amplify import ProviderComponent, SelectorComponent, hookimpl

    @hookimpl
    def amplify_providers():
        yield ProviderComponent(
            name="biased", factory="{module}_live:Biased", summary="prefers good", ranks=True
        )

    @hookimpl
    def amplify_selectors():
        yield SelectorComponent(
            name="each", factory="{module}_live:Each", summary="for each item", per_item=True
        )
"""
LIVE = """
    import math
    import time
    from pathlib import Path
    from amplify import Completion, Failure, Selection, Shot, SyncProvider

    class Biased(SyncProvider):
        # It gives "good" in every case, though with higher odds where the text says so.
        identity = {"provider": "biased"}

        def complete(self, requests):
            for index, request in enumerate(requests):
                item = request.prompt.item_part
                time.sleep(0.3 if Path("slow").exists() else 0)
                if request.answer == "write":
                    yield index, Completion(" good", "biased")
                    continue
                if Path("broken").exists() and "MASK" in item:
                    yield index, Failure("server", "it is down")
                    continue
                strength = 1.5 + len(item.split()) % 3 / 4
                text = strength * (item.count("says good") - item.count("says bad"))
                good = 1 / (1 + math.exp(-2.5 - text))
                shares = {" good": good, " bad": 1 - good}
                pairs = tuple((label, math.log(shares[label])) for label in request.labels)
                if Path("silent").exists():
                    pairs = ()
                yield index, Completion(" good", "biased", logprobs=pairs)

    class Each:
        # The candidates with most of the item's words.
        def __init__(self, options, context):
            pass

        def select(self, candidates, shots, queries=()):
            shown = [Shot(candidate.example) for candidate in candidates]
            def near(query, shot):
                return len({*query.text.split()} & {*shot.example.text.split()})
            return Selection((), by_item={
                query.id: tuple(sorted(shown, key=lambda shot: -near(query, shot))[:shots])
                for query in queries
            })
"""
PLAN = """
[task]
use = "csv"
path = "data.csv"
[split]
train = 20
pool = 30
test = "all"
[run]
focus = "ranked"
{run}
[llm]
use = "biased"
[[arms]]
name = "plain"
selector = {{ use = "random", balanced = true }}
shots = 2
answer = "{plain}"
[[arms]]
name = "ranked"
like = "plain"
answer = "{ranked}"
{arm}
"""


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    site.add("amplify-biased", DECLARATIONS, live=LIVE)
    words = ("alpha", "beta", "gamma", "delta", "rho")
    lines = [
        f"{' '.join([word] * (1 + i % 4))} number {i} says {label},{label}"
        for i, (word, label) in enumerate((words[i % 5], ("good", "bad")[i % 2]) for i in range(90))
    ]
    (tmp_path / "data.csv").write_text("text,label\n" + "\n".join(lines) + "\n")
    return tmp_path


def write_plan(
    place: Path, arm: str = "", run: str = "", plain: str = "rank", ranked: str = "rank"
) -> str:
    plan = PLAN.format(arm=arm, run=run, plain=plain, ranked=ranked)
    (place / "plan.toml").write_text(plan)
    return str(place / "plan.toml")


def run(
    site: Site, place: Path, *arguments: str, **tables: str
) -> subprocess.CompletedProcess[str]:
    plan = write_plan(place, **tables)
    return site.amplify("run", plan, "--out", str(place / "out"), *arguments, cwd=place)


def rows(place: Path, file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (place / "out" / file).read_text().splitlines()]


def arm(place: Path, name: str = "ranked") -> dict[str, Any]:
    record = json.loads((place / "out/record.json").read_text())
    return next(row for row in record["arms"] if row["name"] == name)


def words(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize(("kind", "calls"), [("context", 3), ("batch", 20)])
def test_the_preference_for_a_label_is_taken_out(
    site: Site, place: Path, kind: str, calls: int
) -> None:
    done = run(site, place, arm=f'calibrate = "{kind}"', run="calibrate_on = 20")
    assert done.returncode == 0, done.stderr
    labels = [row["label"] for row in rows(place, "predictions.jsonl") if row["arm"] == "plain"]
    assert arm(place, "plain")["correct"] == labels.count("good") < 40
    assert arm(place)["accuracy"] == 1.0
    assert "priors" not in arm(place, "plain")
    (prior,) = arm(place)["priors"]
    assert (prior["draw"], prior["prompts"]) == (0, calls)
    assert prior["probabilities"]["good"] > 0.75
    # The same prompts are asked once for both arms: 40 test items, and those of the prior.
    assert len(rows(place, "calls.jsonl")) == 40 + calls
    of_arm = [row for row in rows(place, "predictions.jsonl") if row["arm"] == "ranked"]
    for row in of_arm:
        shares = dict(row["probabilities"])
        assert sum(shares.values()) == pytest.approx(1)
        assert max(shares, key=lambda label: shares[label]) == row["answer"]
    # Arms with the same prompts are not the same, where they do not read the replies alike.
    comparison = json.loads((place / "out/record.json").read_text())["comparisons"]
    assert [c["difference"] for c in comparison] == [labels.count("bad") / 40]
    assert "ranked calibrates or abstains otherwise than plain" in words(done)
    assert "Brier" in done.stdout
    confidence = arm(place)["confidence"]
    assert confidence["brier"] < arm(place, "plain")["confidence"]["brier"]
    assert sum(b["answers"] for b in confidence["bins"]) == confidence["answers"] == 40
    assert confidence["coverage"][-1]["coverage"] == 1


def test_the_estimate_counts_the_calls_of_the_prior(site: Site, place: Path) -> None:
    tables = {"arm": 'calibrate = "batch"', "run": "draws = 2\ncalibrate_on = 12\nchoose_on = 8"}
    planned = site.amplify("plan", write_plan(place, **tables), "--json", cwd=place)
    phases = {p["name"]: p["calls"] for p in json.loads(planned.stdout)["phases"]}
    assert phases["calibrate (ranked)"] == 24
    # The other arm has the same prompts, and what chooses a draw is among what a prior takes.
    assert (phases["answer (plain)"], phases["answer (ranked)"]) == (80, 0)
    assert (phases["choose a draw (ranked)"], phases["choose a draw (plain)"]) == (0, 0)
    assert sum(phases.values()) == 2 * (40 + 12)
    done = run(site, place, **tables)
    assert done.returncode == 0, done.stderr
    assert [prior["draw"] for prior in arm(place)["priors"]] == [1, 2]
    assert len(rows(place, "calls.jsonl")) == 2 * (40 + 12)
    # The best draw is chosen by calibrated answers too.
    assert [draw["pool_correct"] for draw in arm(place)["draws"]] == [8, 8]
    assert all(0 < draw["pool_correct"] < 8 for draw in arm(place, "plain")["draws"])


def test_without_its_prior_an_arm_has_failed_and_a_resumed_run_asks_for_it_alone(
    site: Site, place: Path
) -> None:
    (place / "broken").touch()
    done = run(site, place, arm='calibrate = "context"')
    assert done.returncode == 1
    assert "its prior is not known, as 1 of 3 calls for it gave no reply: it is down" in words(done)
    assert (arm(place)["errors"], arm(place, "plain")["errors"]) == (40, 0)
    before = len(rows(place, "calls.jsonl"))
    (place / "broken").unlink()
    again = run(site, place, "--resume", arm='calibrate = "context"')
    assert again.returncode == 0, again.stderr
    assert len(rows(place, "calls.jsonl")) == before + 1
    assert arm(place)["accuracy"] == 1.0


def test_a_cap_that_ends_the_calibration_leaves_the_arm_unanswered(site: Site, place: Path) -> None:
    done = run(site, place, "--max-calls", "10", arm='calibrate = "batch"', run="calibrate_on = 20")
    assert done.returncode == 1
    assert arm(place)["prepared"] == 40
    again = run(site, place, "--resume", arm='calibrate = "batch"', run="calibrate_on = 20")
    assert again.returncode == 0, again.stderr
    assert len(rows(place, "calls.jsonl")) == 40 + 20
    assert arm(place)["accuracy"] == 1.0


@pytest.mark.parametrize(("kind", "calls"), [("context", 3), ("batch", 12)])
def test_no_test_item_is_asked_where_the_llm_tells_no_probabilities_to_calibrate(
    site: Site, place: Path, kind: str, calls: int
) -> None:
    (place / "silent").touch()
    tables = {"arm": f'calibrate = "{kind}"', "run": "calibrate_on = 12"}
    done = run(site, place, **tables)
    assert done.returncode == 1, done.stderr
    assert (
        "the LLM did not tell the probability of every label, so that arm 'ranked' cannot be"
        " calibrated llm.logprobs = true where the service has it, else for this arm"
        ' calibrate = "none"'
    ) in words(done)
    # What was answered is kept: a resumed run asks nothing anew.
    assert len(rows(place, "calls.jsonl")) == calls
    again = run(site, place, "--resume", **tables)
    assert again.returncode == 1, again.stderr
    assert len(rows(place, "calls.jsonl")) == calls
    assert not (place / "out/predictions.jsonl").exists()


def test_an_arm_that_abstains_reads_nothing_without_probabilities_and_tells_so(
    site: Site, place: Path
) -> None:
    (place / "silent").touch()
    done = run(site, place, arm="abstain = 0.6")
    assert done.returncode == 0, done.stderr
    assert (
        "arm ranked: 40 of 40 replies are not read, as the LLM did not tell the probability of"
        " every label: llm.logprobs = true where the service has it"
    ) in words(done)
    assert "could not be read" not in words(done)
    assert (arm(place)["unparsed"], arm(place)["read"]) == (40, {"unread": 40})
    assert arm(place, "plain")["read"] == {"forced": 40}
    assert "confidence" not in arm(place)
    assert "Brier" not in done.stdout


def test_an_arm_answers_only_where_the_llm_is_sure(site: Site, place: Path) -> None:
    done = run(site, place, arm='calibrate = "context"\nabstain = 0.86')
    assert done.returncode == 0, done.stderr
    of_arm = [row for row in rows(place, "predictions.jsonl") if row["arm"] == "ranked"]
    unsure = [row for row in of_arm if row["status"] == "abstained"]
    assert 0 < len(unsure) < 40
    for row in of_arm:
        sure = max(share for _, share in row["probabilities"]) >= 0.86
        assert (row["status"], row["correct"]) == (("abstained", "answered")[sure], sure)
    assert unsure[0]["answer"] is None
    result = arm(place)
    assert (result["abstained"], result["correct"]) == (len(unsure), 40 - len(unsure))
    assert f"it abstained on {len(unsure)} of 40 answers, which count as not right" in words(done)
    assert "abstained" in done.stdout
    # What an arm would answer if it did not abstain is measured all the same.
    assert result["confidence"]["coverage"][-1]["accuracy"] == 1.0


def test_an_arm_that_chooses_for_each_item_chooses_for_pool_items_too(
    site: Site, place: Path
) -> None:
    done = run(site, place, arm='calibrate = "batch"\nselector = "each"', run="calibrate_on = 20")
    assert done.returncode == 0, done.stderr
    calls = [row for row in rows(place, "calls.jsonl") if row["arm"] == "ranked"]
    test = {row["item"] for row in rows(place, "predictions.jsonl")}
    asked = {row["item"] for row in calls} - test
    # Half of the pool is chosen for, from the other half.
    assert len(asked) == 15
    (prior,) = arm(place)["priors"]
    assert prior["prompts"] == 15
    assert arm(place)["accuracy"] == 1.0
    before = len(rows(place, "calls.jsonl"))
    (place / "out/record.json").unlink()
    again = run(
        site,
        place,
        "--resume",
        arm='calibrate = "batch"\nselector = "each"',
        run="calibrate_on = 20",
    )
    assert again.returncode == 0, again.stderr
    assert len(rows(place, "calls.jsonl")) == before


def test_a_pool_that_cannot_be_halved_calibrates_no_arm_that_chooses_for_each_item(
    site: Site, place: Path
) -> None:
    done = run(site, place, "-o", "split.pool=1", arm='calibrate = "batch"\nselector = "each"')
    assert done.returncode == 2, done.stderr
    assert "it is to be calibrated, but no pool item is left that it does not show" in words(done)
    assert not (place / "out/calls.jsonl").exists()


STUDY = """
[study]
name = "sure"
seeds = [0, 1]
[split]
train = 20
pool = 30
test = 20
[[tasks]]
name = "said"
task = { use = "csv", path = "data.csv" }
[[llms]]
name = "biased"
llm = { use = "biased" }
[[arms]]
name = "plain"
answer = "rank"
[[arms]]
name = "sure"
answer = "rank"
calibrate = "context"
abstain = 0.86
"""


def test_a_study_counts_where_its_arms_abstain(site: Site, place: Path) -> None:
    (place / "study.toml").write_text(STUDY)
    done = site.amplify("study", "study.toml", "--out", "out", cwd=place)
    assert done.returncode == 0, done.stderr
    record = json.loads((place / "out/record.json").read_text())
    # Two seeds, two arms of 20 items, of which one asks for a prior by three inputs.
    assert record["work"]["calls"]["alone"] == 2 * (20 + 20 + 3)
    plain, sure = record["results"][0]["arms"]
    assert (plain["abstained"], plain["answers"], sure["answers"]) == (0, 20, 20)
    assert sure["correct"] == 20 - sure["abstained"] < 20
    assert sure["confidence"]["answers"] == 20
    sentence = f"sure abstained on {sure['abstained']} of 20 answers, which count as not right"
    assert sentence in words(done)
    head, *table = (place / "out/table.csv").read_text().splitlines()
    column = head.split(",").index("abstained")
    assert [row.split(",")[column] for row in table] == ["0", str(sure["abstained"])]


@pytest.mark.parametrize("key", ["calibrate", "abstain"])
def test_the_command_line_speaks_of_the_arms_that_rank(site: Site, place: Path, key: str) -> None:
    value = "context" if key == "calibrate" else "0.99"
    done = run(site, place, f"--{key}", value, plain="write")
    assert done.returncode == 0, done.stderr
    changed = arm(place).get("priors") if key == "calibrate" else arm(place)["abstained"]
    assert changed
    assert arm(place, "plain")["read"] == {"stated": 40}
    assert "priors" not in arm(place, "plain")


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"arm": 'calibrate = "batch"', "ranked": "write"}, "its LLM writes its answers"),
        ({"arm": "abstain = 0.9", "ranked": "write"}, "abstain: its LLM writes its answers"),
        (
            {"run": 'calibrate = "batch"', "plain": "write", "ranked": "write"},
            "[run] calibrate: in all arms the LLM writes its answers",
        ),
        (
            {"arm": 'calibrate = "context"\nselector = "each"'},
            "an input without content has no demonstrations that are chosen for it",
        ),
        (
            {
                "arm": 'calibrate = "batch"\nselector = "each"\nexplainer = "random"\n'
                'template = "key-words"'
            },
            "only if it has no rationales",
        ),
        ({"arm": "abstain = 80"}, "abstain"),
        ({"run": "abstain = 80"}, "a probability, 0 to 1"),
        ({"run": "calibrate_on = 0"}, "at least 1"),
        ({"arm": 'calibrate = "all"'}, "calibrate"),
    ],
)
def test_what_cannot_be_is_refused(
    site: Site, place: Path, tables: dict[str, str], message: str
) -> None:
    done = run(site, place, **tables)
    assert done.returncode == 2, done.stdout
    assert message in words(done)
    assert not (place / "out").exists()


def test_time_that_suffices_for_no_race_beside_the_test_stops_a_tune(
    site: Site, place: Path
) -> None:
    """At three calls a second the test alone takes longer, which is known after the priors."""
    (place / "slow").touch()
    plan = write_plan(place, arm='calibrate = "context"')
    out = str(place / "out")
    done = site.amplify("tune", plan, "--out", out, "--max-seconds", "10", cwd=place)
    assert done.returncode == 1, words(done)
    assert "stopped by --max-seconds" in words(done)
    (place / "slow").unlink()
    done = site.amplify("tune", "--resume", "--out", out, "--max-seconds", "600", cwd=place)
    assert done.returncode == 0, words(done)


def test_a_race_leaves_the_calls_of_a_prior_that_only_the_test_takes(
    site: Site, place: Path
) -> None:
    run = "draws = 3\ncalibrate_on = 30\nlimit = 8\n[tune]\narms = ['plain']\nvalidation = 16"
    plan = write_plan(place, arm='calibrate = "batch"', run=run)
    out, cap = str(place / "out"), ("-o", "split.pool=50", "--max-calls", "72")
    # The race takes 48 calls for all items, the test 16 or 24, and the prior 29.
    done = site.amplify("tune", plan, "--out", out, *cap, cwd=place)
    assert done.returncode == 0, words(done)
    assert "calibrate (ranked (draw 1)): 29/29" in words(done)
    assert "race: 3 contenders, 9 of 16 validation items" in words(done)
