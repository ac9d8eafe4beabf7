"""The worth of demonstrations to a local model whose answers are a known function of them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from amplify import Completion, Context, Demonstration, Example, Request, Task, Usage
from amplify.builtin.templates.options import PromptOptions
from amplify.builtin.templates.qa import AnswerOnly
from amplify.contract.progress import silent
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.worth.coalitions import Coalition, every_coalition
from amplify.loop.worth.prompt_worth import PartsWorth, showing
from amplify.loop.worth.shapley import exact_values
from amplify.run.cost.prices import FREE
from amplify.run.engine.context_room import ModelRoom
from amplify.run.engine.engine import Engine
from amplify.run.plan.plan import CallsSection
from amplify.run.store.journal import Journal
from amplify.run.worth.coalition_values import CoalitionValues
from amplify.run.worth.measure import measure_parts

LABELS = ("good", "bad")
EFFECTS = (0.9, 0.3, 0.0, -1.6, 0.4, 0.1, 0.2)
"""What each demonstration adds to the log-odds of an item's true label; the fourth spoils it."""

ITEMS = tuple(Example(f"p{n}", f"item {n}", LABELS[n % 2]) for n in range(24))
SHOWN = tuple(Demonstration(Example(f"d{n}", f"shown {n}", "good"), (), "") for n in range(7))
TASK = Task("t", "Do.", LABELS, (), ITEMS, ITEMS[:1])


def log_odds(shown: Sequence[int], number: int) -> float:
    """Those of an item's true label: what the demonstrations add, and how easy the item is."""
    return sum(EFFECTS[place] for place in shown) + 0.5 * (number % 8) - 1.77


class Known:
    """A local model that knows the items, and ranks the true label by `log_odds`."""

    limit = None

    def __init__(self) -> None:
        self.identity = {"provider": "known"}
        self.prompts: list[str] = []

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Completion]]:
        for index, request in enumerate(requests):
            text = request.prompt.text
            self.prompts.append(text)
            number = int(re.findall(r"item (\d+)", text)[-1])
            odds = log_odds([int(place) for place in re.findall(r"shown (\d+)", text)], number)
            share = 1 / (1 + math.exp(-odds))
            ranks = dict(zip(request.labels, request.labels, strict=True))
            true = next(name for name in ranks if name.strip() == LABELS[number % 2])
            logs = tuple((n, math.log(share if n == true else 1 - share)) for n in request.labels)
            best = max(logs, key=lambda pair: pair[1])[0]
            yield index, Completion(best, "known", logprobs=logs, usage=Usage(9, 1))


@contextmanager
def values_of(
    folder: Path, parts: int, **calls: Any
) -> Iterator[tuple[Known, CoalitionValues, Sequence[Demonstration]]]:
    known: Any = Known()
    with values_by(folder, parts, known, "rank", **calls) as (values, shown):
        yield known, values, shown


@contextmanager
def values_by(
    folder: Path, parts: int, known: Any, answer: Any, unread: Any = "count", **calls: Any
) -> Iterator[tuple[CoalitionValues, Sequence[Demonstration]]]:
    template: Any = AnswerOnly(PromptOptions(), Context(labels=LABELS))
    arm = Arm("a", None, None, template, parts, 5, (), answer=answer, unread=unread)
    prepared = PreparedArm("a", "Do.", SHOWN[:parts])
    with (
        Journal(folder / "calls.jsonl") as journal,
        Engine(known, journal, silent, CallsSection(**calls), price=FREE) as engine,
    ):
        values = CoalitionValues(
            engine, arm, TASK, ITEMS, "default", ModelRoom(known), partial(showing, prepared)
        )
        yield values, prepared.demonstrations


def right(shown: Coalition) -> Any:
    """Whether each item is answered right."""
    return np.array([float(log_odds(sorted(shown), n) > 0) for n in range(len(ITEMS))])


def log_probability(shown: Coalition) -> Any:
    """The log-probability of each item's true label."""
    return -np.log1p(np.exp([-log_odds(sorted(shown), n) for n in range(len(ITEMS))]))


def exactly(parts: int, value: Callable[[Coalition], Any]) -> list[float]:
    """The Shapley values by all coalitions."""
    values = {coalition: value(coalition) for coalition in every_coalition(parts)}
    return [float(share) for share in exact_values(parts, values).mean(axis=1)]


def test_three_demonstrations_have_exact_values(tmp_path: Path) -> None:
    with values_of(tmp_path, 3) as (known, values, shown):
        measured = measure_parts(values, shown, "demonstrations", 100, 0)
    assert (measured.exact, measured.permutations, measured.coalitions) == (True, 0, 8)
    # Eight coalitions, each a call for each item; four of them were needed to leave each out.
    assert len(known.prompts) == len(set(known.prompts)) == 8 * 24
    assert measured.repeated == 4
    by_accuracy = [part.shapley.value for part in measured.parts if part.shapley]
    assert by_accuracy == pytest.approx(exactly(3, right))
    by_logs = [part.log_shapley.value for part in measured.parts if part.log_shapley]
    assert by_logs == pytest.approx(exactly(3, log_probability))
    left_out = [part.left_out.value for part in measured.parts if part.left_out]
    whole = frozenset(range(3))
    lost = [float((right(whole) - right(whole - {part})).mean()) for part in range(3)]
    assert left_out == pytest.approx(lost)


class Rambling:
    """A local model that answers when it is asked again, and then knows the label."""

    limit = None
    identity: Mapping[str, Any] = {"provider": "rambling"}

    def __init__(self) -> None:
        self.asked = 0

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Completion]]:
        for index, request in enumerate(requests):
            self.asked += 1
            number = int(re.findall(r"item (\d+)", request.prompt.text)[-1])
            again = "Which of these is the answer" in request.prompt.text
            yield index, Completion(LABELS[number % 2] if again else "well", "rambling")


@pytest.mark.parametrize("unread", ["count", "ask"])
def test_replies_are_read_as_the_arm_reads_its_own(tmp_path: Path, unread: str) -> None:
    known = Rambling()
    with values_by(tmp_path, 2, known, "write", unread) as (values, shown):
        most = values.most_left(2, 0).calls
        measure_parts(values, shown, "demonstrations", 0, 0)
        assert values.most_left(2, 0).calls == 0
    right = 1.0 if unread == "ask" else 0.0
    assert [float(of.mean()) for of in values.correct.values()] == [right] * 3
    assert known.asked == most == 3 * len(ITEMS) * (2 if unread == "ask" else 1)


@pytest.mark.parametrize("cap", [30, 60])
def test_a_cap_among_second_calls_leaves_their_coalitions_unmeasured(
    tmp_path: Path, cap: int
) -> None:
    """The first calls of three coalitions are 72, a cap before and one in the middle."""
    with values_by(tmp_path, 2, Rambling(), "write", "ask", max_calls=72 + cap) as (values, shown):
        measure_parts(values, shown, "demonstrations", 0, 0)
        assert len(values.correct) == cap // len(ITEMS)
        assert len(values.unasked) == 72 - cap
        assert values.most_left(2, 0).calls == (3 - cap // len(ITEMS)) * 2 * len(ITEMS)


def sampled(folder: Path, **calls: Any) -> tuple[Known, PartsWorth]:
    with values_of(folder, 7, **calls) as (known, values, shown):
        return known, measure_parts(values, shown, "demonstrations", 60, 1)


def test_sampling_stops_within_its_bound_and_asks_no_prompt_twice(tmp_path: Path) -> None:
    known, measured = sampled(tmp_path)
    assert measured.precise
    assert not measured.exact
    assert 10 <= measured.permutations < 60
    assert len(known.prompts) == len(set(known.prompts)) == measured.coalitions * 24
    walked = measured.permutations * 8 + 8
    assert measured.coalitions + measured.repeated == walked
    assert measured.repeated > measured.permutations
    for part, truth in zip(measured.parts, exactly(7, right), strict=True):
        assert part.shapley is not None
        assert abs(part.shapley.value - truth) <= 2.5 * part.shapley.permutation_error
    assert measured.hurting == [3]
    # Log-probability, which varies less, says it too.
    logs = [part.log_shapley for part in measured.parts]
    assert [log is not None and log.hurts for log in logs] == [place == 3 for place in range(7)]


def test_a_cap_leaves_what_was_asked_and_a_second_go_asks_the_rest(tmp_path: Path) -> None:
    first, part = sampled(tmp_path, max_calls=24 * 9)
    assert len(first.prompts) == 24 * 9
    assert all(p.left_out is not None and p.shapley is None for p in part.parts)
    second, whole = sampled(tmp_path)
    assert not set(first.prompts) & set(second.prompts)
    untouched = tmp_path / "anew"
    untouched.mkdir()
    assert sampled(untouched)[1] == whole
