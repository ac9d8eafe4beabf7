"""Whole runs whose LLM is asked for the label behind its rationale."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from known.labelling import Labelling
from known.openai_batches import Batches
from known.openai_words import KEY, chat
from known.runs import Runs
from known.server import Fault, Seen, Server

from amplify.run.store.journal import Journal

pytestmark = pytest.mark.once

ARM = """
[[arms]]
name = "key words"
selector = "random"
explainer = "tf-idf"
shots = 2
template = "key-words"
answer = "complete"
"""


def routed(labelling: Labelling) -> Callable[[Seen], tuple[int, Mapping[str, str], bytes]]:
    def route(seen: Seen) -> tuple[int, Mapping[str, str], bytes]:
        answer = labelling.openai(seen)
        return answer.status, answer.headers, json.dumps(answer.body).encode()

    return route


def planned(folder: Path, server: Server, llm: str = "") -> Runs:
    """A plan of one arm of six items that completes."""
    runs = Runs(folder, {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{server.url}/v1"})
    runs.write(f'use = "openai"\nmodel = "known-1"\n{llm}', 6)
    plan = folder / "plan.toml"
    plan.write_text(plan.read_text().partition("[[arms]]")[0] + ARM)
    return runs


def test_a_label_is_got_by_a_schema(tmp_path: Path) -> None:
    with Server(routes={"POST /": routed(Labelling(honours=("response_format",)))}) as server:
        runs = planned(tmp_path, server)
        code, told = runs.run("run", "plan.toml", "--out", "out")
        assert code == 0, told
        assert runs.record["arms"][0]["read"] == {"forced": 6}
        assert len(server.seen) == 6


def test_the_second_calls_count_for_a_cap_and_a_resumed_run_goes_on(tmp_path: Path) -> None:
    with Server(routes={"POST /": routed(Labelling(refuses=("response_format",)))}) as server:
        runs = planned(tmp_path, server)
        capped = ("--max-concurrency", "1", "--max-calls")
        code, told = runs.run("run", "plan.toml", "--out", "out", *capped, "4")
        assert code == 1, told
        assert len(server.seen) == 4  # a refusal, an item of two calls, and a rationale
        code, told = runs.run("run", "--resume", "--out", "out", *capped, "99")
        assert code == 0, told
        assert runs.record["arms"][0]["read"] == {"forced": 6}
        # A second refusal, as the second process learns of it anew, the label behind the rationale
        # that was kept, and the four items that are left.
        assert len(server.seen) == 4 + 1 + 1 + 8
        assert "the server refuses" in told


def asks_label(seen: Seen) -> bool:
    """Whether a request is a second call, behind what was written."""
    return "(one of: " in seen.prompt


def test_what_was_written_before_a_kill_is_not_written_again(tmp_path: Path) -> None:
    with Server(routes={"POST /": routed(Labelling())}) as server:
        server.faults = lambda seen: Fault("hang") if asks_label(seen) else None
        runs = planned(tmp_path, server, 'answer_by = "call"')
        one = ("--max-concurrency", "1")
        runs.killed(
            lambda: any(map(asks_label, server.seen)), "run", "plan.toml", "--out", "out", *one
        )
        with Journal(tmp_path / "out" / "calls.jsonl") as journal:
            assert (journal.spent.calls, journal.spent.tokens) == (2, 123)
        server.faults = lambda seen: None
        code, told = runs.run("run", "--resume", "--out", "out", *one)
        assert code == 0, told
        written = [seen.prompt for seen in server.seen if not asks_label(seen)]
        assert len(written) == len(set(written)) == 6
        assert runs.record["arms"][0]["read"] == {"forced": 6}
        assert runs.record["arms"][0]["tokens"]["input"] == 6 * 240
        with Journal(tmp_path / "out" / "calls.jsonl") as journal:
            assert (journal.spent.calls, journal.spent.tokens) == (13, 6 * 246)


def test_what_was_written_counts_where_its_label_is_never_got(tmp_path: Path) -> None:
    labels = 0

    def fault(seen: Seen) -> Fault | None:
        nonlocal labels
        labels += asks_label(seen)
        return Fault("500") if asks_label(seen) and labels == 2 else None

    with Server(routes={"POST /": routed(Labelling())}, faults=fault) as server:
        runs = planned(tmp_path, server, 'answer_by = "call"')
        once = ("--max-concurrency", "1", "-o", "calls.retries=0", "--max-tokens", "99999999")
        code, told = runs.run("run", "plan.toml", "--out", "out", *once)
        assert code == 1, told
        assert len(server.seen) == 12
        arm = runs.record["arms"][0]
        assert arm["tokens"]["input"] == 5 * 240 + 120
        with Journal(tmp_path / "out" / "calls.jsonl") as journal:
            assert (journal.spent.calls, journal.spent.tokens) == (12, 5 * 246 + 123)
        code, told = runs.run("run", "--resume", "--out", "out", *once)
        assert code == 0, told
        assert [asks_label(seen) for seen in server.seen[12:]] == [True]  # the label alone
        with Journal(tmp_path / "out" / "calls.jsonl") as journal:
            assert (journal.spent.calls, journal.spent.tokens) == (13, 6 * 246)


def test_a_label_is_got_by_a_batch(tmp_path: Path) -> None:
    both = json.dumps({"rationale": "Wet grass. The answer is plain.", "label": "bad"})
    batches = Batches(lambda body: chat(both))
    batches.done = True
    with Server() as server:
        server.routes = {f"{method} /v1/{what}": batches.route
            for method in ("GET", "POST") for what in ("files", "batches")}  # fmt: skip
        runs = planned(tmp_path, server, "batch = true")
        code, told = runs.run("run", "plan.toml", "--out", "out")
        assert code == 0, told
        assert runs.record["arms"][0]["read"] == {"forced": 6}
        lines = (tmp_path / "out" / "predictions.jsonl").read_text().splitlines()
        assert {json.loads(line)["reply"] for line in lines} == {"Wet grass. "}


def test_a_batch_that_would_take_two_calls_is_refused(tmp_path: Path) -> None:
    with Server() as server:
        runs = planned(tmp_path, server, 'batch = true\nanswer_by = "call"')
        code, told = runs.run("run", "plan.toml", "--out", "out")
        assert code == 1, told
        assert "takes two calls for each item" in " ".join(told.split())
        assert "drop llm.batch" in " ".join(told.split())
        assert not any(seen.method == "POST" for seen in server.seen)


@pytest.mark.parametrize("other", ["Bad\u2009day", "b\uff41d"])
def test_labels_that_no_service_can_tell_apart_are_refused_by_plan_and_run(
    tmp_path: Path, other: str
) -> None:
    with Server() as server:
        runs = planned(tmp_path, server, "batch = true")
        rows = (tmp_path / "reviews.csv").read_text("utf-8")
        alike = "bad day" if "day" in other else "bad"
        rows = rows.replace(",bad", f",{alike}").replace(",good", f",{other}")
        (tmp_path / "reviews.csv").write_text(rows, "utf-8")
        for command in (("plan", "plan.toml"), ("run", "plan.toml", "--out", "out")):
            code, told = runs.run(*command)
            assert code == 2, told
            said = " ".join(told.split())
            assert "differ by case, white space or Unicode form alone" in said
            assert "rename one of them in the data" in said
        assert server.seen == []
        assert not (tmp_path / "out").exists()
        plan = tmp_path / "plan.toml"
        plan.write_text(plan.read_text().replace('"complete"', '"write"'))
        code, told = runs.run("plan", "plan.toml")
        assert code == 0, told


def test_a_race_leaves_both_calls_of_each_test_item(tmp_path: Path) -> None:
    """A race of all 4 contenders over 6 items takes 48 calls, and the test of two prompts 24."""
    race = '[run]\ndraws = 2\nfocus = "other"\n[tune]\nvalidation = 6\n'
    other = '[[arms]]\nname = "other"\nlike = "key words"\ninstruction = "Is it good or bad?"\n'
    with Server(routes={"POST /": routed(Labelling(refuses=("response_format",)))}) as server:
        runs = planned(tmp_path, server)
        plan = tmp_path / "plan.toml"
        plan.write_text(plan.read_text() + other + race)
        code, told = runs.run("tune", "plan.toml", "--out", "out", "--max-calls", "66", "-j", "1")
        assert code == 0, told
        assert len(server.seen) <= 66
        assert {arm["prepared"] for arm in runs.record["arms"]} == {0}
