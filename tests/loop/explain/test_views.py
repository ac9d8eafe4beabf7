"""A template that shows views has the proxy's own label and words of an input, not the truth."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from known.models import Additive, Weights

from amplify import Candidate, Claim, Context, Example, Explanation, Request, Selection, Shot, Task
from amplify.builtin.templates.options import ProxyCluesOptions, SuperIclOptions
from amplify.builtin.templates.views import ProxyClues, SuperIcl
from amplify.contract.progress import silent
from amplify.loop.audit.leakage import LeakGuard
from amplify.loop.precheck.refusals import foresee
from amplify.loop.prepare import Preparation, prepare_arms
from amplify.loop.prompt.arm import Arm
from amplify.loop.prompt.render import with_requests
from amplify.loop.setup import Method, ProxyResults, Setup
from amplify.run.store.prepared import read_preparation, write_preparation

LABELS = ("no", "yes")
WEIGHTS = {"good": 0.3, "fine": 0.1, "bad": -0.3, "sad": -0.1}
TASK = Task(
    "t",
    "Say.",
    LABELS,
    (Example("train0", "any thing", "yes"),),
    (Example("pool0", "a good day", "yes"), Example("pool1", "a good fine lie", "no")),
    (Example("test0", "bad but fine", "yes"), Example("test1", "good and sad", "yes")),
)


class First:
    """A selector of the first candidates."""

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        return Selection(tuple(Shot(c.example, candidate=c) for c in candidates[:shots]))


class Room:
    """A model with room for everything."""

    def fits(self, requests: Sequence[Request]) -> bool:
        return True

    def require(self, arm: str, requests: Sequence[Request]) -> None:
        pass


class Seeing(Weights):
    """Keeps every claim that it explains."""

    def __init__(self) -> None:
        super().__init__()
        self.claims: list[Claim] = []

    def explain(self, proxy: Additive, claims: Sequence[Claim]) -> list[Explanation]:
        self.claims += claims
        return super().explain(proxy, claims)


def arm(name: str, template: Any, shots: int = 2, **more: Any) -> Arm:
    given = {"needs_proxy": True, "proxy": "proxy", "keywords": 2, "mask": (), **more}
    return Arm(
        name=name,
        selector=First() if shots else None,
        explainer=None,
        template=template,
        shots=shots,
        **given,
    )


def super_icl(layout: Any = "completion", **more: Any) -> Arm:
    template = SuperIcl(SuperIclOptions(layout=layout), Context())
    return arm("super-icl", template, views="label", **more)


def proxy_clues(viewer: Any, layout: Any = "completion", **more: Any) -> Arm:
    template = ProxyClues(ProxyCluesOptions(layout=layout), Context())
    return arm("clues", template, views="words", viewer=viewer, viewed_by="weights", **more)


def prepared(arms: Sequence[Arm], task: Task = TASK, folds: int = 0) -> Preparation:
    """The arms prepared, with a proxy whose weights are known, and with their requests."""
    with ThreadPoolExecutor(1) as executor:
        setup = Setup(
            task,
            arms,
            Method(None, "none", folds, faithfulness=False),
            lambda requests: [],
            Room(),
            LeakGuard(task, "refuse"),
            frozenset(),
            ProxyResults(),
            executor,
            silent,
        )
        made = prepare_arms(setup, {"proxy": lambda: Additive(WEIGHTS)}, foresee(setup))
    made.arms[:] = [with_requests(a, p, task) for a, p in zip(arms, made.arms, strict=True)]
    return made


def texts(preparation: Preparation) -> list[str]:
    return [r.prompt.text for shown in preparation.arms for r in shown.requests]


def test_super_icl_shows_label_and_confidence_in_demonstrations_and_items() -> None:
    first, second = texts(prepared([super_icl()]))
    shared = (
        "Say.\n\n"
        "Q: a good day\nClassifier Prediction: yes (Confidence: 0.80)\nA: yes\n\n"
        "Q: a good fine lie\nClassifier Prediction: yes (Confidence: 0.90)\nA: no\n\n"
    )
    assert first == shared + "Q: bad but fine\nClassifier Prediction: no (Confidence: 0.70)\nA:"
    assert second == shared + "Q: good and sad\nClassifier Prediction: yes (Confidence: 0.70)\nA:"


def test_proxy_clues_speak_for_the_proxys_label_and_do_not_name_it() -> None:
    first, second = texts(prepared([proxy_clues(Weights())]))
    shared = (
        "Say.\n\n"
        "Q: a good day\nKey words: good\nA: yes\n\n"
        "Q: a good fine lie\nKey words: good, fine\nA: no\n\n"
    )
    assert first == shared + "Q: bad but fine\nKey words: bad\nA:"
    assert second == shared + "Q: good and sad\nKey words: good\nA:"


def test_true_labels_of_test_items_play_no_part() -> None:
    swapped = tuple(replace(e, label={"yes": "no", "no": "yes"}[e.label]) for e in TASK.test)
    arms = [super_icl(), proxy_clues(Weights())]
    assert texts(prepared(arms)) == texts(prepared(arms, replace(TASK, test=swapped)))


def test_an_explainer_is_asked_about_the_proxys_label_against_its_next_one() -> None:
    seeing = Seeing()
    prepared([proxy_clues(seeing)])
    asked = {c.example.id: (c.example.label, c.target, c.foil) for c in seeing.claims}
    assert asked == {
        "test0": ("no", "no", "yes"),
        "test1": ("yes", "yes", "no"),
        "pool0": ("yes", "yes", "no"),
        "pool1": ("yes", "yes", "no"),
    }


@pytest.mark.parametrize("make", [super_icl, lambda **more: proxy_clues(Weights(), **more)])
def test_an_arm_without_demonstrations_shows_views_too(make: Any) -> None:
    (prompt, _) = texts(prepared([make(shots=0)]))
    assert prompt.startswith("Say.\n\nQ: bad but fine\n")
    assert "(Confidence: 0.70)" in prompt or "Key words: bad" in prompt


def test_a_conversation_has_the_view_at_the_end_of_each_turn() -> None:
    made = prepared([super_icl("chat"), proxy_clues(Weights(), "chat")])
    labels, clues = (shown.requests[0].prompt.turns for shown in made.arms)
    assert [turn.content for turn in labels][-3:] == [
        "a good fine lie\nClassifier Prediction: yes (Confidence: 0.90)",
        "no",
        "bad but fine\nClassifier Prediction: no (Confidence: 0.70)",
    ]
    assert clues[-1].content == "bad but fine\nKey words: bad"


def test_a_resumed_run_shows_the_same_views(tmp_path: Path) -> None:
    arms = [super_icl(), proxy_clues(Weights())]
    made = prepared(arms)
    write_preparation(tmp_path, made)
    stored = read_preparation(tmp_path, [a.name for a in arms])
    assert stored is not None
    again = [with_requests(a, p, TASK) for a, p in zip(arms, stored.arms, strict=True)]
    assert [shown.requests for shown in again] == [shown.requests for shown in made.arms]


def test_with_folds_the_proxy_that_never_saw_a_pool_item_views_it() -> None:
    """A proxy of folds was fitted on the other items; train and pool are the same here."""
    pool = tuple(Example(f"pool{n}", f"day {n}", LABELS[n % 2]) for n in range(4))
    fitted: list[set[str]] = []

    class Knowing(Additive):
        def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None:
            fitted.append({e.id for e in train})
            self.seen = {e.text for e in train}

        def predict(self, examples: Sequence[Example]) -> Any:
            assert not {e.text for e in examples} & self.seen
            return super().predict(examples)

    task = replace(TASK, train=pool, pool=pool)
    with ThreadPoolExecutor(1) as executor:
        setup = Setup(
            task,
            [super_icl()],
            Method(None, "none", 2, faithfulness=False),
            lambda requests: [],
            Room(),
            LeakGuard(task, "refuse"),
            frozenset(),
            ProxyResults(),
            executor,
            silent,
        )
        made = prepare_arms(setup, {"proxy": lambda: Knowing(WEIGHTS)}, foresee(setup))
    assert len(fitted) == 2
    assert {e.id for e in (*task.pool, *task.test)} == set(made.arms[0].views)
