"""The orders in which demonstrations stand when items are asked several times."""

from __future__ import annotations

from math import factorial

from hypothesis import given
from hypothesis import strategies as st

from amplify import Demonstration, Example, Task, Template
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.repeats import orders, repeat_requests

ITEMS = tuple(Example(f"t{n}", f"text {n}", "good") for n in range(3))
TASK = Task("task", "", ("good", "bad"), test=ITEMS)
SHOWN = tuple(Demonstration(Example(f"d{n}", f"shown {n}", "bad")) for n in range(4))


class Plain(Template):
    """The texts, one behind the other."""

    def shared(self, instruction: str, demonstrations: object) -> str:
        return "".join(f"{d.example.id} " for d in demonstrations)  # type: ignore[attr-defined]  # they are demonstrations

    def item_part(self, example: Example) -> str:
        return example.text


def arm(by: str, repeats: int = 3) -> Arm:
    return Arm("arm", None, None, Plain(), 4, 5, (), repeats=repeats, repeats_by=by)  # type: ignore[arg-type]  # one of two words


@given(st.integers(0, 6), st.integers(1, 40), st.integers(0, 5))
def test_orders_are_different_and_the_first_is_the_natural_one(
    size: int, times: int, seed: int
) -> None:
    every = orders(size, times, seed)
    assert len(set(every)) == len(every) == min(times, factorial(size))
    assert every[0] == tuple(range(size))
    assert all(sorted(order) == list(range(size)) for order in every)
    assert every == orders(size, times, seed)


def test_repeats_by_sampling_are_the_same_prompt_and_calls_of_their_own() -> None:
    by_repeat = repeat_requests(arm("sampling"), PreparedArm("arm", "", SHOWN), TASK, 0)
    assert [[r.repeat for r in of_repeat] for of_repeat in by_repeat] == [[0] * 3, [1] * 3, [2] * 3]
    assert len({r.prompt for of_repeat in by_repeat for r in of_repeat}) == 3


def test_repeats_by_order_share_a_block_in_each_order() -> None:
    by_repeat = repeat_requests(arm("order"), PreparedArm("arm", "", SHOWN), TASK, 0)
    blocks = [{r.prompt.shared for r in of_repeat} for of_repeat in by_repeat]
    assert [len(of_repeat) for of_repeat in blocks] == [1, 1, 1]
    assert len(set.union(*blocks)) == 3
    assert blocks[0] == {"d0 d1 d2 d3 "}
    assert {r.repeat for of_repeat in by_repeat for r in of_repeat} == {0}


def test_demonstrations_of_an_item_alone_are_reordered_too() -> None:
    chosen = {"t0": (0, 1, 2), "t1": (3, 2, 1, 0), "t2": (1, 0, 3)}
    prepared = PreparedArm("arm", "", SHOWN, chosen=chosen)
    by_repeat = repeat_requests(arm("order", repeats=9), prepared, TASK, 0)
    assert len(by_repeat) == 6  # the fewest demonstrations, three, have six orders
    assert {len({of_repeat[0].prompt for of_repeat in by_repeat})} == {6}
    first = {tuple(sorted(r[0].prompt.item_part.split()[:3])) for r in by_repeat}
    assert first == {("d0", "d1", "d2")}
