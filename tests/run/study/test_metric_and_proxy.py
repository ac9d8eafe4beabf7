"""A study compares arms by the metric of its verdict, and says how the proxy does beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from amplify.contract.data import Prediction
from amplify.loop.compare.metrics import Metric
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import resolve_plan
from amplify.run.study.group import Group
from amplify.run.study.read import StudyOverrides, read_study
from amplify.run.study.results import compare_groups, proxy_rows, proxy_sentences
from amplify.run.study.run_of_study import RunOfStudy

TRUTH = ["x"] * 30 + ["y"] * 10
"""A rare class, so that metrics differ."""

BASE = ["x"] * 40
FOCUS = ["x"] * 26 + ["y"] * 14


def predictions(arm: str, answers: Sequence[str]) -> list[Prediction]:
    return [
        Prediction(arm, f"i{n}", label, answer, "answered", answer == label)
        for n, (label, answer) in enumerate(zip(TRUTH, answers, strict=True))
    ]


def run(*by_proxy: Sequence[str]) -> RunOfStudy:
    """A run of two arms; `by_proxy` are the answers of its proxies, which have equal titles."""
    report = {"name": "p", "items": 5, "accuracy": 0.5, "majority": 0.5, "agreement": None}
    record = {
        "arms": [{"name": "base"}, {"name": "focus"}],
        "notes": [],
        "proxies": [report for _ in by_proxy],
        "data": {"classes": {"test": {"x": 30, "y": 10}}},
    }
    on_test = [{f"i{n}": answer for n, answer in enumerate(answers)} for answers in by_proxy]
    arms = {"base": BASE, "focus": FOCUS}
    of_arms = {arm: predictions(arm, answers) for arm, answers in arms.items()}
    return RunOfStudy(record, of_arms, {}, "data", on_test=on_test)


def group(*runs: RunOfStudy, metric: Metric = "accuracy") -> Group:
    table = {"arms": [{"name": "base"}, {"name": "focus"}], "run": {"focus": "focus"}}
    plan = resolve_plan({**table, "verdict": {"metric": metric}}, Overrides(), ".")
    return Group("t", "llm", plan, tuple(range(len(runs))), runs)


@pytest.mark.parametrize("seeds", [1, 2])
def test_arms_are_compared_by_the_metric_of_the_verdict(seeds: int) -> None:
    ((accuracy,),) = compare_groups("study", [group(*[run()] * seeds)])
    ((macro,),) = compare_groups("study", [group(*[run()] * seeds, metric="macro-f1")])
    assert (accuracy.metric, macro.metric) == ("accuracy", "macro-f1")
    assert accuracy.difference == pytest.approx(6 / 40)
    # F1 is 2 TP / (2 TP + FP + FN): of x and y, 52/56 and 20/24 for the focus, 60/70 and 0 for base
    first, second = (13 / 14 + 5 / 6) / 2, 6 / 7 / 2
    assert macro.difference == pytest.approx(first - second)
    assert macro.unit == "points of macro-F1"


def test_the_metric_is_read_from_the_file_of_the_study(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    file.write_text(
        '[study]\nseeds = [1]\n[verdict]\nmetric = "macro-f1"\n'
        '[[tasks]]\nname = "t"\ntask = { use = "csv", path = "t.csv" }\n'
        '[[llms]]\nname = "l"\nllm = { use = "none" }\n'
        '[[arms]]\nname = "zero-shot"\n[[arms]]\nname = "answer-only"\nselector = "random"\n'
    )
    (cell,) = read_study(file, StudyOverrides()).cells
    assert cell.plan().verdict.metric == "macro-f1"


def test_a_proxy_that_does_better_than_every_prompt_is_told() -> None:
    (sentence,) = proxy_sentences(group(run(TRUTH), run(TRUTH)))
    assert sentence.startswith("The proxy p, a plain classifier, does better than every prompt:")
    (sentence,) = proxy_sentences(group(run(BASE)))
    assert sentence.startswith("No prompt is shown to be better than the proxy p, a plain")


def test_a_proxy_that_one_seed_did_not_measure_has_no_sentence() -> None:
    assert proxy_sentences(group(run(TRUTH), run())) == []
    assert proxy_sentences(group(run())) == []


def test_two_proxies_of_equal_title_have_a_row_and_a_sentence_each() -> None:
    both = group(run(TRUTH, BASE), run(TRUTH, BASE))
    first, second = proxy_sentences(both)
    assert "proxy p [1]" in first
    assert "proxy p [2]" in second
    assert [row["proxy"] for row in proxy_rows([both])] == ["p [1]", "p [2]"]
