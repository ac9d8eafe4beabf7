"""Arms are prepared in one line: the survey's arm first, every prompt and explanation once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any

from known.models import Introspector, Memoriser

from amplify import (
    Candidate,
    Completion,
    Context,
    Example,
    QuerySurvey,
    Request,
    Selection,
    Shot,
    Task,
)
from amplify.builtin.templates.key_words import key_words_template
from amplify.builtin.templates.options import KeyWordsOptions, PromptOptions
from amplify.builtin.templates.qa import AnswerOnly
from amplify.contract.progress import silent
from amplify.loop.audit.leakage import LeakGuard
from amplify.loop.precheck.refusals import foresee
from amplify.loop.prepare import Preparation, prepare_arms
from amplify.loop.prompt.arm import Arm
from amplify.loop.prompt.render import with_requests
from amplify.loop.setup import Method, ProxyResults, Setup

LABELS = ("cold", "warm")


def examples(split: str, count: int) -> tuple[Example, ...]:
    return tuple(
        Example(f"{split}{n}", f"{split} number {n} of the {split} sentences", LABELS[n % 2])
        for n in range(count)
    )


TASK = Task("t", "Do.", LABELS, examples("train", 4), examples("pool", 6), examples("test", 3))

TEXTS = {example.text for split in (TASK.pool, TASK.test) for example in split}


class Counting:
    """A template that counts how often each item's prompt is rendered with it."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.rendered: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def item_part(self, example: Example) -> str:
        self.rendered[example.id] += example.text in TEXTS
        part: str = self.inner.item_part(example)
        return part


class First:
    """A selector of the first candidates, of those that the LLM got wrong where it knows."""

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        wrong = [c for c in candidates if c.error is not False]
        return Selection(tuple(Shot(c.example, candidate=c) for c in wrong[:shots]))


class Surveyed:
    """Keeps what it is told of the test items, and shows each of them the first candidate."""

    def __init__(self) -> None:
        self.queries: list[Example] = []
        self.told: list[dict[str, QuerySurvey]] = []

    def select(
        self,
        candidates: Sequence[Candidate],
        shots: int,
        queries: Sequence[Example],
        surveyed: Mapping[str, QuerySurvey] = MappingProxyType({}),
    ) -> Selection:
        self.queries += queries
        self.told.append(dict(surveyed))
        first = Shot(candidates[0].example, candidate=candidates[0])
        return Selection((), by_item={query.id: (first,) for query in queries})


class Room:
    """A model with room for `most` characters."""

    def __init__(self, most: int) -> None:
        self.most = most

    def fits(self, requests: Sequence[Request]) -> bool:
        return max(len(request.prompt.text) for request in requests) <= self.most

    def require(self, arm: str, requests: Sequence[Request]) -> None:
        assert self.fits(requests), arm


class Explaining(Introspector):
    """Counts what it explains."""

    def __init__(self) -> None:
        self.explained: Counter[str] = Counter()

    def explain(self, proxy: Any, claims: Any) -> Any:
        self.explained.update(claim.example.id for claim in claims)
        return super().explain(proxy, claims)


class Bench:
    """A run's arms prepared, with an LLM that says "cold" to everything."""

    def __init__(self, most: int = 10**6) -> None:
        self.templates: dict[str, Counting] = {}
        self.asked: list[Request] = []
        self.arms: list[Arm] = []
        self.most = most

    def add(self, name: str, shots: Any = 2, **more: Any) -> None:
        made = key_words_template(KeyWordsOptions(), Context()) if "explainer" in more else None
        template = Counting(made or AnswerOnly(PromptOptions(), Context()))
        self.templates[name] = template
        selector = more.pop("selector", First()) if shots else None
        given = {"explainer": None, "keywords": 2, "mask": (), **more}
        self.arms.append(Arm(name=name, selector=selector, template=template, shots=shots, **given))

    def ask(self, requests: Sequence[Request]) -> list[Completion]:
        self.asked += requests
        return [
            Completion("cold", "m", logprobs=tuple((label, -len(label) / 3) for label in r.labels))
            for r in requests
        ]

    def prepare(self) -> Preparation:
        with ThreadPoolExecutor(1) as executor:
            setup = Setup(
                TASK,
                self.arms,
                Method("plain", "llm"),
                self.ask,
                Room(self.most),
                LeakGuard(TASK, "refuse"),
                frozenset(),
                ProxyResults(),
                executor,
                silent,
            )
            preparation = prepare_arms(setup, {"proxy": Memoriser}, foresee(setup))
            preparation.arms[:] = [
                with_requests(arm, prepared, TASK)
                for arm, prepared in zip(self.arms, preparation.arms, strict=True)
            ]
        return preparation

    def rendered(self, arm: str, split: str) -> list[int]:
        """How often the arm's prompt was rendered for each example of a split."""
        return [self.templates[arm].rendered[f"{split}{n}"] for n in range(3)]


def test_each_prompt_is_rendered_once_and_is_the_request_that_is_sent() -> None:
    bench = Bench()
    bench.add("zero", 0)
    bench.add("plain")
    bench.add("explained", explainer=Introspector(), needs_proxy=True, proxy="proxy")
    preparation = bench.prepare()
    for arm in preparation.arms:
        assert bench.rendered(arm.name, "test") == [1, 1, 1]
        assert [request.item for request in arm.requests] == ["test0", "test1", "test2"]
    assert not bench.asked


def test_the_arm_that_asks_for_the_pool_comes_before_an_arm_that_looks_at_the_errors() -> None:
    bench = Bench()
    bench.add(
        "choosy", explainer=Introspector(), needs_proxy=True, proxy="proxy", needs_errors=True
    )
    bench.add("plain", explainer=Introspector(), needs_proxy=True, proxy="proxy")
    preparation = bench.prepare()
    # The prompt of the arm "plain" shows two of the six pool items: the other four are asked.
    assert {request.arm for request in bench.asked} == {"plain"}
    assert [request.item for request in bench.asked] == ["pool2", "pool3", "pool4", "pool5"]
    assert preparation.survey["wrong"] == 2
    choosy = preparation.arms[0]
    assert [d.example.id for d in choosy.demonstrations] == ["pool3", "pool5"]
    assert [arm.name for arm in preparation.arms] == ["choosy", "plain"]


def test_arms_of_one_explainer_share_its_explanations() -> None:
    bench = Bench()
    explainer = Explaining()
    for name in ("one", "two"):
        bench.add(name, explainer=explainer, explained_by="digest", needs_proxy=True, proxy="proxy")
    bench.add("another", explainer=explainer, explained_by="other", needs_proxy=True, proxy="proxy")
    preparation = bench.prepare()
    assert explainer.explained == {"pool0": 2, "pool1": 2}
    assert preparation.work["one"].explained == {"proxy: digest": ["pool0", "pool1"]}


def test_as_many_shots_as_fit_are_rendered_last_and_kept() -> None:
    bench = Bench(most=300)
    bench.add("plain", "max")
    (arm,) = bench.prepare().arms
    assert 0 < len(arm.demonstrations) < 6
    assert max(len(request.prompt.text) for request in arm.requests) <= 300
    tries = 6 - len(arm.demonstrations) + 1
    assert bench.rendered("plain", "test") == [tries] * 3


def test_the_llm_is_asked_the_test_items_once_for_all_draws_whose_selectors_need_it() -> None:
    bench, selector = Bench(), Surveyed()
    bench.add("plain", 0, answer="rank")
    for draw in (1, 2):
        bench.add(
            f"near (draw {draw})", per_item=True, needs_test_probabilities=True, selector=selector,
            draw=draw,
        )  # fmt: skip
    preparation = bench.prepare()
    assert [(r.arm, r.item, r.labels) for r in bench.asked] == [
        ("plain", item.id, (" cold", " warm")) for item in TASK.test
    ]
    # They are the requests of the arm itself, which so are made once.
    assert bench.asked == list(preparation.arms[0].requests)
    assert selector.told[0] == selector.told[1]
    assert selector.told[0].keys() == {item.id for item in TASK.test}
    for known in selector.told[0].values():
        assert known.scores is None
        assert dict(known.probabilities) == {"cold": 0.5, "warm": 0.5}
    assert {query.label for query in selector.queries} == {""}, "no label of a test item is told"
    assert not [r for r in bench.asked if r.item.startswith("pool")]
    assert preparation.survey["test_items_asked"] == 3
    assert "the LLM was asked 3 test items with arm plain" in " ".join(preparation.notes)


def test_a_selector_is_told_what_the_proxy_makes_of_the_test_items_where_it_needs_it() -> None:
    bench, selector, plain = Bench(), Surveyed(), Surveyed()
    proxy = {"needs_proxy": True, "proxy": "proxy", "per_item": True}
    bench.add("near", needs_test_scores=True, selector=selector, **proxy)
    bench.add("other", selector=plain, **proxy)
    bench.prepare()
    assert not bench.asked
    (told,) = selector.told
    for item in TASK.test:
        scores = told[item.id].scores
        assert scores is not None
        assert scores.labels == LABELS
        assert told[item.id].probabilities == ()
    assert plain.told
    assert not any(plain.told)


def test_a_narrowing_selector_leaves_the_labels_of_its_demonstrations() -> None:
    bench = Bench()
    bench.add("near", per_item=True, narrows=True, answer="rank", selector=Surveyed())
    bench.add("all", per_item=True, answer="rank", selector=Surveyed())
    narrow, wide = bench.prepare().arms
    assert {request.labels for request in narrow.requests} == {(" cold",)}
    assert {request.labels for request in wide.requests} == {(" cold", " warm")}
    assert [r.prompt for r in narrow.requests] == [r.prompt for r in wide.requests]
