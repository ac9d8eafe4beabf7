"""Has the LLM propose instructions for the task, which are raced like those of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from amplify.contract.calls import Failure, Prompt, Request
from amplify.contract.data import Example, Task
from amplify.contract.errors import ProviderError
from amplify.kit.seeded_order import seeded_key
from amplify.run.hops.opened import OpenRun
from amplify.run.plan.plan import Plan
from amplify.run.plan.proposed import proposal_number

SHOWN = 6
"""How many pool items a request for an instruction shows."""

MAX_TOKENS = 120
"""The most tokens of a proposal."""

LONGEST = 500
"""The most characters of an instruction that are kept."""

TIPS = (
    "Be short and clear.",
    "Describe what sets the labels apart.",
    "Say what to look for in a text.",
    "Be simple: one sentence is enough.",
    "Tell of cases that are easily mistaken.",
)
"""A different one goes with each request (as in MIPROv2, arXiv 2406.11695)."""


def proposals_of(plan: Plan) -> list[int]:
    """The numbers of the instructions that the plan has the LLM propose."""
    numbers = {proposal_number(arm.instruction) for arm in plan.arms}
    return sorted(number for number in numbers if number is not None)


def with_proposals(run: OpenRun) -> tuple[OpenRun, list[str]]:
    """The run whose arms have the proposed instructions, and notes that tell these.

    An arm whose proposal is empty has the instruction that it would have without one.
    """
    numbers = proposals_of(run.plan)
    if not numbers:
        return run, []
    requests = [_request(run, number) for number in numbers]
    outcomes = run.engine.require(requests, "propose instructions")
    failed = next((outcome for outcome in outcomes if isinstance(outcome, Failure)), None)
    if failed is not None:
        raise ProviderError(
            f"the LLM proposed no instruction: {failed.message}",
            where="[tune.space] instruction",
            hint="amplify tune --resume asks again",
        )
    texts = {
        number: read_proposal("" if isinstance(outcome, Failure) else outcome.text)
        for number, outcome in zip(numbers, outcomes, strict=True)
    }
    arms = []
    for arm in run.arms:
        number = proposal_number(arm.instruction)
        arms.append(arm if number is None else replace(arm, instruction=texts[number] or None))
    notes = [
        f"instruction {number} that the LLM proposed: {text}"
        if text
        else f"instruction {number} that the LLM was to propose is empty: none stands in its place"
        for number, text in texts.items()
    ]
    return replace(run, arms=arms, setup=replace(run.setup, arms=arms)), notes


def read_proposal(reply: str) -> str:
    """The instruction of a reply: its first paragraph, without quotation marks around it."""
    first = reply.strip().partition("\n\n")[0]
    text = " ".join(first.split()).removeprefix("Instruction:").strip()
    if len(text) > 1 and text[0] in "\"'“" and text[-1] in "\"'”":
        text = text[1:-1].strip()
    return text[:LONGEST].rstrip()


def _request(run: OpenRun, number: int) -> Request:
    """The request for this proposal: with fewer pool items where the model has no room for all."""
    shown = _items(run.task, run.plan.run.seed, number)
    while True:
        request = Request(
            Prompt("", _question(run.task, shown, TIPS[(number - 1) % len(TIPS)])),
            "propose",
            str(number),
            MAX_TOKENS,
            ("\n\n",),
        )
        if not shown or run.room.fits([request]):
            return request
        shown = shown[:-1]


def _items(task: Task, seed: int, number: int) -> list[Example]:
    """Pool items by the seed, the labels in turn: each proposal sees others."""
    order = sorted(task.pool, key=lambda item: seeded_key(seed, f"propose {number}/{item.id}"))
    by_label: dict[str, list[Example]] = {}
    for item in order:
        by_label.setdefault(item.label, []).append(item)
    in_turn = chain(*zip_longest(*by_label.values()))
    return [item for item in in_turn if item is not None][:SHOWN]


def _question(task: Task, shown: Sequence[Example], tip: str) -> str:
    examples = "".join(f"Text: {item.text}\nLabel: {item.label}\n\n" for item in shown)
    labels = f"The labels are: {', '.join(task.labels)}. " if task.labels else ""
    return (
        f"Texts are to be labelled. Some examples:\n\n{examples}{labels}Write the instruction for"
        f" somebody who is to label further texts. {tip} Reply with the instruction alone.\n"
        "Instruction:"
    )
