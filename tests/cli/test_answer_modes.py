"""How an arm answers: it writes, it ranks, or it ranks the labels behind what it wrote."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from known.site import Site

DECLARATIONS = """
    from dataclasses import dataclass
    from amplify import ProviderComponent, hookimpl, option

    @dataclass(frozen=True)
    class Options:
        temperature: float = option(1.0, help="above 0: samples")

    @hookimpl
    def amplify_providers():
        yield ProviderComponent(
            name="able",
            factory="{module}_live:Able",
            summary="ranks, also behind a rationale",
            ranks=True,
            completes=True,
        )
        yield ProviderComponent(
            name="sampler",
            factory="{module}_live:sampler",
            summary="may sample",
            options=Options,
            ranks=True,
            completes=True,
        )
        yield ProviderComponent(
            name="ranker", factory="{module}_live:no_such_thing", summary="ranks", ranks=True
        )
"""
LIVE = """
    from amplify import Completion, SyncProvider

    class Able(SyncProvider):
        identity = {"provider": "able"}

        def complete(self, requests):
            for index, request in enumerate(requests):
                yield index, self.completion(request)

        def completion(self, request):
            item = request.prompt.item_part
            if request.answer == "write":
                return Completion(" seven, and, and", "able")
            scores = [-1.0 if item.count(l.strip()) else -2.0 for l in request.labels]
            best = request.labels[scores.index(max(scores))]
            pairs = tuple(zip(request.labels, scores))
            if request.answer == "rank":
                return Completion(best, "able", logprobs=pairs)
            if "item 49" in item:
                return Completion(" it is good. Answer: good", "able", note="without a label")
            # What is written speaks of one label, whatever is asked for behind it.
            return Completion(" The words speak for good.", "able", logprobs=pairs, label=best)

    def sampler(options, context):
        return Able()
"""
PLAN = """
[task]
use = "csv"
path = "data.csv"
[split]
train = 20
pool = 10
test = "all"
[llm]
use = "able"
[[arms]]
name = "key words"
selector = "random"
explainer = "tf-idf"
shots = 3
template = {{ use = "key-words", {options} }}
{answer}
"""


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    site.add("amplify-answers", DECLARATIONS, live=LIVE)
    lines = [f"item {i} is {('good', 'bad')[i % 2]},{('good', 'bad')[i % 2]}" for i in range(50)]
    (tmp_path / "data.csv").write_text("text,label\n" + "\n".join(lines) + "\n")
    return tmp_path


def run(
    site: Site, place: Path, *arguments: str, options: str = "keywords = 0", answer: str = ""
) -> subprocess.CompletedProcess[str]:
    plan = PLAN.format(options=options, answer=answer)
    (place / "plan.toml").write_text(plan)
    return site.amplify("run", str(place / "plan.toml"), "--out", str(place / "out"), *arguments)


def rows(place: Path, file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (place / "out" / file).read_text().splitlines()]


def read(place: Path) -> dict[str, int]:
    record = json.loads((place / "out/record.json").read_text())
    counts: dict[str, int] = record["arms"][0]["read"]
    return counts


def test_written_replies_that_state_nothing_are_unread(site: Site, place: Path) -> None:
    done = run(site, place, options="max_tokens = 20")
    assert done.returncode == 0, done.stderr
    assert read(place) == {"unread": 20}


@pytest.mark.parametrize("how", ["plan", "command line"])
def test_the_label_is_asked_for_behind_what_was_written(site: Site, place: Path, how: str) -> None:
    by_plan = how == "plan"
    arguments = () if by_plan else ("--answer", "complete")
    answer = 'answer = "complete"' if by_plan else ""
    done = run(site, place, *arguments, options="max_tokens = 20", answer=answer)
    assert done.returncode == 0, done.stderr
    answers = rows(place, "predictions.jsonl")
    forced = [row for row in answers if row["how"] == "forced"]
    assert {(row["label"], row["answer"]) for row in forced} == {("good", "good"), ("bad", "bad")}
    assert {row["reply"] for row in forced} == {" The words speak for good."}
    # Where no label could be got, what was written is read as ever, and counted apart.
    others = [row for row in answers if row["how"] != "forced"]
    assert all(row["how"] == "stated" and row["answer"] == "good" for row in others)
    assert read(place) == {k: v for k, v in (("stated", len(others)), ("forced", len(forced))) if v}


def test_ranked_labels_stand_behind_the_statement_of_the_answer(site: Site, place: Path) -> None:
    done = run(site, place, options="max_tokens = 20", answer='answer = "rank"')
    assert done.returncode == 0, done.stderr
    assert read(place) == {"forced": 20}


@pytest.mark.parametrize("of_run", [False, True])
def test_ranked_labels_are_never_asked_for_again(site: Site, place: Path, of_run: bool) -> None:
    arguments = ("--unread", "ask") if of_run else ()
    answer = 'answer = "rank"' + ("" if of_run else '\nunread = "ask"')
    done = run(site, place, *arguments, options="max_tokens = 20", answer=answer)
    assert done.returncode == 2
    where = "[run] unread" if of_run else "arm 'key words': unread"
    assert where in done.stderr
    assert "no reply is written that could be unread" in " ".join(done.stderr.split())
    assert not (place / "out").exists()


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ('unread = "ask"', "no reply is written that could be unread"),
        ("repeats = 5", "labels that are ranked come out alike in each repeat"),
    ],
)
@pytest.mark.parametrize("answer", ["rank", "complete"])
def test_what_becomes_ranking_is_refused_as_ranking_is(
    site: Site, place: Path, asked: str, problem: str, answer: str
) -> None:
    # An answer that stands ahead of its rationale is ranked, also where the plan says "complete".
    options = 'rationale = "after"'
    done = run(
        site, place, "--llm", "sampler", options=options, answer=f'answer = "{answer}"\n{asked}'
    )
    assert done.returncode == 2
    assert problem in " ".join(done.stderr.split())
    assert not (place / "out").exists()


@pytest.mark.parametrize("key", ['calibrate = "context"', "abstain = 0.8"])
def test_second_calls_tell_no_probabilities(site: Site, place: Path, key: str) -> None:
    answer = f'answer = "complete"\nunread = "ask"\n{key}'
    done = run(site, place, options="max_tokens = 20", answer=answer)
    assert done.returncode == 2
    message = " ".join(done.stderr.split())
    assert f"tells no probabilities, which {key.split()[0]} needs" in message
    assert 'for this arm: unread = "count"' in message
    assert not (place / "out").exists()


def test_an_llm_that_cannot_ask_behind_a_rationale_is_refused(site: Site, place: Path) -> None:
    done = run(
        site, place, "--llm", "ranker", options="max_tokens = 20", answer='answer = "complete"'
    )
    assert done.returncode == 2
    assert "answers/ranker cannot do that" in " ".join(done.stderr.split())
    assert not (place / "out").exists()
