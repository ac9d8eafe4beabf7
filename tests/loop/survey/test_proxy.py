from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from known.models import Introspector, Memoriser

from amplify import Dataset, Example, PlanError, Scores, Shot, Task
from amplify.contract.progress import Advance, silent
from amplify.loop.data.folds import fold_parts
from amplify.loop.data.split import split
from amplify.loop.explain.explain import explain
from amplify.loop.survey.candidates import candidates
from amplify.loop.survey.proxy import ProxySurvey, survey_proxy
from amplify.loop.survey.proxy_report import report_proxy

LABELS = ("no", "yes")


def examples(count: int, twins: int = 0) -> tuple[Example, ...]:
    made = [Example(f"e{i:03}", f"item number {i}", LABELS[i % 2]) for i in range(count)]
    made += [Example(f"t{i:03}", f"Item  number {i}", LABELS[i % 2]) for i in range(twins)]
    return tuple(made)


def folded(count: int, twins: int = 0) -> Task:
    data = Dataset("t", "", LABELS, examples(count, twins))
    return split(data, 0, 1.0, 0, seed=3, fold_pool=True)


def survey(task: Task, folds: int) -> ProxySurvey:
    with ThreadPoolExecutor(1) as executor:
        return survey_proxy(Memoriser, task, folds, 0, executor, silent)


def test_a_model_that_memorises_gives_itself_away_where_it_saw_the_items() -> None:
    # The oracle's own check: fitted on the pool, a memoriser has no item wrong.
    task = folded(20)
    model = Memoriser()
    model.fit(task.pool, LABELS)
    assert all(s.best == e.label for s, e in zip(model.predict(task.pool), task.pool, strict=True))


def test_the_fits_are_a_phase_of_their_own_that_counts_them() -> None:
    phases: list[str] = []

    @contextmanager
    def show(phase: str, total: int | None) -> Iterator[Advance]:
        done = [0]

        def advance(count: int = 1) -> None:
            done[0] += count

        yield advance
        phases.append(f"{phase}: {done[0]}/{total}")

    task = split(Dataset("t", "", LABELS, examples(40)), 0, 20, 20, seed=0, fold_pool=True)
    with ThreadPoolExecutor(1) as executor:
        survey_proxy(Memoriser, task, 4, 0, executor, show)
    assert phases == ["fit the proxy: 4/4", "score the test items: 20/20"]


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_no_pool_item_is_scored_by_a_model_that_saw_it_or_its_twin(folds: int) -> None:
    task = folded(30, twins=6)
    found = survey(task, folds)
    by_text = {e.id: " ".join(e.text.casefold().split()) for e in task.pool}
    for example in task.pool:
        proxy = found.proxies[found.folds[example.id]]
        seen = {" ".join(text.casefold().split()) for text in proxy.seen}
        assert by_text[example.id] not in seen
        assert found.scores[example.id].best == "no"
    assert report_proxy("m", found, task, {}).accuracy == pytest.approx(0.5)


def test_without_folds_the_pool_is_scored_by_a_model_of_the_train_split() -> None:
    task = split(Dataset("t", "", LABELS, examples(40)), 20, 20, 0, seed=0)
    found = survey(task, 0)
    assert set(found.proxies[0].seen) == {e.text for e in task.train}
    assert report_proxy("m", found, task, {}).accuracy == pytest.approx(0.5)


def test_the_model_that_scored_an_item_is_the_one_that_explains_it() -> None:
    task = folded(30)
    found = survey(task, 5)
    explanations = explain([Shot(example) for example in task.pool], Introspector(), found)
    assert [e.example.id for e in explanations] == [e.id for e in task.pool]
    # Any other fold's model was fitted on the item and would have said 2.
    assert {span.score for e in explanations for span in e.spans} == {1.0}


def test_folds_are_disjoint_complete_and_balanced() -> None:
    parts = fold_parts(examples(41, 5), 5, seed=1)
    ids = [example.id for part in parts for example in part]
    assert sorted(ids) == sorted(e.id for e in examples(41, 5))
    assert max(map(len, parts)) - min(map(len, parts)) <= 4
    for part in parts:
        counts = Counter(example.label for example in part)
        assert abs(counts["no"] - counts["yes"]) <= 3
    assert fold_parts(examples(41), 5, 1) == fold_parts(examples(41), 5, 1)
    with pytest.raises(PlanError, match="3 folds of 2 different texts"):
        fold_parts(examples(2), 3, 0)


def test_an_open_answer_task_has_no_proxy() -> None:
    with pytest.raises(PlanError, match="open answers"):
        survey(Task("counting", "", ()), 0)


def test_the_error_source_decides_what_counts_as_an_error() -> None:
    task = split(Dataset("t", "", LABELS, examples(40)), 20, 20, 0, seed=0)
    found = survey(task, 0)
    pool = task.pool
    answers = {e.id: ("yes" if i % 3 else None) for i, e in enumerate(pool)}
    wrong = {e.id: answers[e.id] != e.label for e in pool}
    by = {
        source: {c.example.id: c.error for c in candidates(pool, found, answers, wrong, source)}
        for source in ("llm", "proxy", "both", "none")
    }
    for example in pool:
        proxy_wrong = example.label != "no"
        assert by["llm"][example.id] == wrong[example.id]
        assert by["proxy"][example.id] == proxy_wrong
        assert by["both"][example.id] == (proxy_wrong and wrong[example.id])
        assert by["none"][example.id] is None


def test_an_item_that_the_llm_did_not_answer_is_no_candidate() -> None:
    task = split(Dataset("t", "", LABELS, examples(40)), 20, 20, 0, seed=0)
    found = survey(task, 0)
    wrong = {e.id: True for e in task.pool[1:]}
    assert len(candidates(task.pool, found, {}, wrong, "llm")) == 19
    assert len(candidates(task.pool, found, {}, wrong, "proxy")) == 20


def test_agreement_is_over_the_surveyed_items() -> None:
    task = split(Dataset("t", "", LABELS, examples(40)), 20, 20, 0, seed=0)
    found = survey(task, 0)
    answers = {e.id: "no" for e in task.pool[:5]} | {e.id: "yes" for e in task.pool[5:10]}
    assert report_proxy("m", found, task, answers).agreement == pytest.approx(0.5)
    assert report_proxy("m", found, task, {}).agreement is None


class Copier(Memoriser):
    """Gives each example the label that it is told with it, and the first one where it is told
    none."""

    def predict(self, examples: Sequence[Example]) -> list[Scores]:
        self.seen = {example.text: example.label or self.labels[0] for example in examples}
        return super().predict(examples)


def test_a_proxy_is_not_told_the_labels_of_test_items() -> None:
    task = split(Dataset("t", "", LABELS, examples(60)), 20, 20, 20, seed=0)
    with ThreadPoolExecutor(1) as executor:
        found = survey_proxy(Copier, task, 0, 0, executor, silent)
    assert found.on_test == {example.id: "no" for example in task.test}
