"""The pool items by which the best draw of an arm is chosen, and what is asked of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Literal

import pytest

from amplify import Completion, Context, Demonstration, Example, Failure, Request, Task
from amplify.builtin.selectors.options import BalancedOptions
from amplify.builtin.selectors.random_draw import RandomDraw
from amplify.builtin.templates.options import PromptOptions
from amplify.builtin.templates.qa import AnswerOnly
from amplify.loop.answer.choose import DrawChoice, choice_requests, unanswered_note
from amplify.loop.prompt.arm import Arm, PreparedArm

LABELS = ("cold", "warm")
WORDS = ("ice", "sun", "hail", "sand", "snow", "palm", "frost", "glow", "sleet", "beach")
POOL = tuple(
    Example(f"p{n}", f"{word} over the {word} hills by {word} noon", LABELS[n % 2])
    for n, word in enumerate(WORDS)
)
TASK = Task("t", "Do.", LABELS, (), POOL, (Example("t0", "one more day", "cold"),))


class Room:
    """A model with room for so many characters of a prompt."""

    def __init__(self, most: int = 10_000) -> None:
        self.most = most

    def fits(self, requests: Sequence[Request]) -> bool:
        return all(len(request.prompt.text) <= self.most for request in requests)

    def require(self, arm: str, requests: Sequence[Request]) -> None:
        raise AssertionError("a pool item that is too long is no reason to refuse the run")


def drawn(name: str, *shown: Collection[int], **more: Any) -> list[tuple[Arm, PreparedArm]]:
    """The draws of an arm, each of which shows the pool examples at these places."""
    selector = RandomDraw(BalancedOptions(), Context())
    template: Any = AnswerOnly(PromptOptions(), Context(labels=LABELS))
    arm = Arm(name, selector, None, template, 2, 5, (), **more)
    pairs = []
    for draw, places in enumerate(shown, 1):
        of_draw = arm.drawn(draw, selector) if len(shown) > 1 else arm
        demonstrations = tuple(Demonstration(POOL[place], (), "") for place in places)
        pairs.append((of_draw, PreparedArm(of_draw.name, "Do.", demonstrations, draw=of_draw.draw)))
    return pairs


def chosen(
    *pairs: tuple[Arm, PreparedArm],
    names: Collection[str] = ("a", "b"),
    task: Task = TASK,
    room: Room | None = None,
    count: int = 50,
    seed: int = 0,
) -> DrawChoice:
    arms, prepared = [arm for arm, _ in pairs], [shown for _, shown in pairs]
    return choice_requests(names, arms, prepared, task, room or Room(), count, seed)


TWO = (*drawn("a", (0, 1), (1, 2)), *drawn("b", (3,), (4,)), *drawn("c", (5,), (6,)))


def test_the_items_are_pool_items_that_no_draw_of_these_arms_shows() -> None:
    choice = chosen(*TWO)
    assert {item.id for item in choice.items} == {"p5", "p6", "p7", "p8", "p9"}
    assert list(choice.requests) == ["a", "b"]
    asked = [(request.arm, request.item) for request in choice.requests["a"]]
    ids = [item.id for item in choice.items]
    assert asked == [(f"a (draw {draw})", item) for draw in (1, 2) for item in ids]


def test_a_twin_of_a_demonstration_is_not_asked() -> None:
    twins = (
        replace(POOL[0], id="same", text=POOL[0].text.upper()),
        replace(POOL[1], id="near", text=POOL[1].text.replace("noon", "dawn")),
    )
    task = replace(TASK, pool=(*POOL, *twins))
    assert {"same", "near"}.isdisjoint(item.id for item in chosen(*TWO, task=task).items)
    # Where texts of one mould differ by a word as a rule, the same text alone is known.
    moulded = replace(task, moulds=tuple(item.id for item in task.pool))
    known = {item.id for item in chosen(*TWO, task=moulded).items}
    assert ("same" in known, "near" in known) == (False, True)


def test_the_seed_chooses_among_those_that_are_left() -> None:
    every = chosen(*TWO).items
    assert chosen(*TWO, count=3).items == every[:3]
    orders = {chosen(*TWO, seed=seed).items for seed in range(5)}
    assert len(orders) > 1


def test_an_item_whose_prompt_the_model_has_no_room_for_is_left_out() -> None:
    long = replace(POOL[9], text=" ".join(["beach"] * 200))
    task = replace(TASK, pool=(*POOL[:9], long))
    choice = chosen(*TWO, task=task, room=Room(1000))
    assert {item.id for item in choice.items} == {"p5", "p6", "p7", "p8"}


@pytest.mark.parametrize(
    ("pairs", "count"), [(drawn("a", (0,)), 50), (TWO[4:], 50), (TWO, 0), ([], 50)]
)
def test_nothing_is_asked_where_nothing_is_to_be_chosen(
    pairs: Sequence[tuple[Arm, PreparedArm]], count: int
) -> None:
    assert chosen(*pairs, count=count) == DrawChoice()


def test_a_note_says_that_no_pool_item_is_left() -> None:
    choice = chosen(*drawn("a", range(5), range(5, 10)))
    assert choice.requests == {}
    assert choice.notes == (
        "arm a: no draw is chosen as its best, as no pool item is left that no draw shows; see"
        " [split] pool",
    )


def test_a_note_says_of_which_arm_no_draw_can_be_chosen() -> None:
    choice = chosen(*drawn("a", range(5), range(5, 10), per_item=True), *TWO[2:])
    # What is chosen for each test item takes no pool item from the choice of the other arm.
    assert ([*choice.requests], len(choice.items)) == (["b"], 8)
    assert choice.notes == (
        "arm a: no draw is chosen as its best, as its selector chooses for each test item",
    )


def test_the_answers_are_read_by_draw() -> None:
    choice = chosen(*TWO)
    right = {item.id: item.label for item in choice.items}
    outcomes: list[Completion | Failure] = [
        Completion(right[request.item] if "1" in request.arm else "cold", "m")
        for request in choice.requests["a"]
    ]
    read = choice.read("a", outcomes, TASK, "default")
    cold = sum(label == "cold" for label in right.values())
    assert {d: sum(p.correct for p in answers) for d, answers in read.items()} == {1: 5, 2: cold}
    assert {(p.arm, p.draw) for p in read[2]} == {("a", 2)}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("refused", "as 1 of 10 calls on pool items failed"),
        ("stopped", "as 1 of 10 prompts on pool items were not answered"),
        (None, None),
    ],
)
def test_a_note_says_why_no_draw_is_chosen(
    kind: Literal["refused", "stopped"] | None, words: str | None
) -> None:
    choice = chosen(*TWO)
    outcomes: list[Completion | Failure] = [Completion("cold", "m")] * 10
    if kind is not None:
        outcomes[7] = Failure(kind, "no")
    read = choice.read("a", outcomes, TASK, "default")
    note = unanswered_note("a", [answer for answers in read.values() for answer in answers])
    assert note == (words and f"arm a: no draw is chosen as its best, {words}")
