"""Under a cap the arms are asked in turn, so that what was paid for is paired."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from known.server import Server
from known.web import Web

from amplify import Completion, Failure, Prompt, Request, Usage
from amplify.contract.progress import silent
from amplify.run.cost.prices import FREE
from amplify.run.engine.answer_arms import answer_arms
from amplify.run.engine.engine import Engine
from amplify.run.engine.remote.call_queue import CallQueue, PendingCall
from amplify.run.plan.sections import CallsSection
from amplify.run.store.journal import Journal

ARMS = ("bare", "shown", "explained")


def asked(items: int = 30) -> dict[str, list[Request]]:
    """Each arm with a shared block of its own, another number of tokens each."""
    return {
        arm: [
            Request(Prompt(f"{arm} " * 9 * place, f"item {n}?"), arm, str(n), 10)
            for n in range(items)
        ]
        for place, arm in enumerate(ARMS)
    }


class Local:
    """A local model, which answers the longest prompts first; `calls` are what it was handed."""

    limit = None

    def __init__(self) -> None:
        self.identity = {"provider": "local"}
        self.calls: list[list[Request]] = []

    def count_tokens(self, text: str) -> int:
        return len(text)

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Completion]]:
        self.calls.append(list(requests))
        order = sorted(range(len(requests)), key=lambda i: -len(requests[i].prompt.text))
        for index in order:
            yield index, Completion("even", "local", usage=Usage(10, 1))


def answers(provider: Any, path: Path, **calls: Any) -> dict[str, set[str]]:
    """The items that each arm has an answer for."""
    settings = CallsSection(backoff=0.001, **calls)
    price = FREE if isinstance(provider, Local) else None
    with (
        Journal(path / "calls.jsonl") as journal,
        Engine(provider, journal, silent, settings, price=price) as engine,
    ):
        given = asked()
        found = {
            arm: {
                request.item
                for request, outcome in zip(given[arm], outcomes, strict=True)
                if isinstance(outcome, Completion)
            }
            for arm, outcomes in answer_arms(engine, given)
        }
        assert list(found) == list(ARMS)
        return found


@pytest.mark.parametrize("warms", [False, True])
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("caps", [{"max_calls": 47}, {"max_tokens": 1500}])
def test_a_service_gives_each_arm_the_same_items(
    tmp_path: Path, warms: bool, concurrency: int, caps: dict[str, int]
) -> None:
    with Server(delay=0.002) as server:
        web = Web(f"{server.url}/v1", warms=warms)
        found = answers(web, tmp_path, concurrency=concurrency, **caps)
    counts = [len(items) for items in found.values()]
    assert 0 < min(counts) < 30
    # What was in flight at the end may be of any arm, and no more.
    assert max(counts) - min(counts) <= concurrency
    together = set.intersection(*found.values())
    assert len(together) >= max(counts) - concurrency


@pytest.mark.parametrize("caps", [{"max_calls": 47}, {"max_tokens": 6000}])
def test_a_local_model_does_so_too(tmp_path: Path, caps: dict[str, int]) -> None:
    local = Local()
    found = answers(local, tmp_path, **caps)
    counts = [len(items) for items in found.values()]
    assert min(counts) > 0
    assert max(counts) - min(counts) <= 22  # a round of 64 over three arms
    assert all(len({r.arm for r in handed}) > 1 for handed in local.calls)


def test_without_a_cap_one_arm_comes_after_the_other(tmp_path: Path) -> None:
    local = Local()
    answers(local, tmp_path, max_cost=1.0)  # what this machine answers costs nothing
    assert [{r.arm for r in handed} for handed in local.calls] == [{arm} for arm in ARMS]


def test_what_waited_for_a_shared_block_comes_back_in_its_turn() -> None:
    """Blocks get warm at any time: whatever goes next has the lowest number of those that may."""
    draw = random.Random(5)
    order = [request for trio in zip(*asked(20).values(), strict=True) for request in trio]
    queue = CallQueue([PendingCall(0.0, n, str(n), r) for n, r in enumerate(order)], True, set())
    flying: list[PendingCall] = []
    went: list[PendingCall] = []
    while queue or flying:
        call = queue.next(0.0)
        if call is not None:
            flying.append(call)
            went.append(call)
        elif flying:
            queue.finished(flying.pop(draw.randrange(len(flying))))
    assert sorted(call.number for call in went) == list(range(60))
    first = Counter(call.request.arm for call in went[:3])
    assert set(first) == set(ARMS)
    warm = [call.number for call in went if call.number >= 9]
    assert sum(a > b for a, b in pairwise(warm)) <= 3


def test_failures_do_not_end_the_turns(tmp_path: Path) -> None:
    class Failing(Local):
        def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Any]]:
            for index, _ in enumerate(requests):
                yield index, Failure("server", "no luck", retry=True)

    assert answers(Failing(), tmp_path, max_calls=50) == {arm: set() for arm in ARMS}
