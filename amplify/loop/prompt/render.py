"""Renders an arm's prompts, each once, as the requests that are sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from amplify.contract.calls import Prompt, Request
from amplify.contract.data import Example, Task
from amplify.contract.errors import PluginError
from amplify.loop.checked.unlabelled import all_unlabelled
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.chat import conversations, item_part


def with_requests(arm: Arm, prepared: PreparedArm, task: Task) -> PreparedArm:
    """The prepared arm with its requests over the test items, which are rendered unless it has
    them."""
    if prepared.requests:
        return prepared
    return replace(prepared, requests=tuple(render(arm, prepared, task.test, task.labels)))


def render(
    arm: Arm, prepared: PreparedArm, items: Sequence[Example], labels: tuple[str, ...]
) -> list[Request]:
    """A request for each item; `labels` are the task's, for templates that have them ranked."""
    template = arm.template
    stop, writes_first = template.stop, arm.answer == "complete"
    if writes_first:
        # Small models write in lower case what the demonstrations state with a capital.
        statement = template.statement
        stop = tuple(dict.fromkeys((*stop, statement, statement[:1].lower() + statement[1:])))
    return [
        Request(
            prompt,
            arm.name,
            item.id,
            template.max_tokens,
            stop,
            tuple(continuations(arm, open_labels(arm, prepared, item, labels))),
            cue(arm),
            writes_first,
        )
        for prompt, item in zip(prompts(arm, prepared, items), items, strict=True)
    ]


def prompts(arm: Arm, prepared: PreparedArm, items: Sequence[Example]) -> list[Prompt]:
    """A prompt for each item, of which the template is not told the label.

    The shared block is written once, with the demonstrations that all items begin with. Those that
    were chosen for one item stand in its item part, the best one next to the item.
    """
    template = arm.template
    items = all_unlabelled(items)
    if template.chat:
        return conversations(
            template,
            prepared.instruction,
            prepared.common,
            prepared.chosen_for,
            items,
            prepared.views,
        )
    parts = [item_part(template, item, prepared.views.get(item.id)) for item in items]
    shared = template.shared(prepared.instruction, prepared.common)
    if not prepared.chosen:
        return [Prompt(shared, part) for part in parts]
    return [
        Prompt(shared, template.shared("", prepared.chosen_for(item)) + part)
        for item, part in zip(items, parts, strict=True)
    ]


def open_labels(
    arm: Arm, prepared: PreparedArm, item: Example, labels: tuple[str, ...]
) -> tuple[str, ...]:
    """The labels that the LLM is to choose among for the item; `labels` are the task's."""
    known = item.labels(labels)
    if not arm.narrows:
        return known
    shown = prepared.labels_shown(item)
    return tuple(label for label in known if label in shown) or known


def continuations(arm: Arm, labels: tuple[str, ...]) -> dict[str, str]:
    """The labels by what is ranked in their place; empty where the arm's LLM writes alone."""
    if arm.answer == "write":
        return {}
    by_continuation = {arm.template.continuation(label): label for label in labels}
    if len(by_continuation) < len(set(labels)):
        raise PluginError(
            "its template has the same continuation for two labels", where=f"arm {arm.name!r}"
        )
    return by_continuation


def cue(arm: Arm) -> str:
    """What stands between the prompt, or what was written behind it, and the label asked for."""
    statement = arm.template.statement
    if arm.answer == "write" or not statement:
        return ""
    begins_reply = arm.template.chat and arm.answer == "rank"
    return statement if begins_reply else f" {statement}"
