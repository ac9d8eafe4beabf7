"""Collects what an arm tells the LLM besides examples, where a test item could be quoted."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from amplify.contract.data import Example, Task
from amplify.contract.errors import AmplifyError
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import prompts


def fixed_text(arm: Arm, prepared: PreparedArm, task: Task) -> str:
    """The arm's instruction, its rationales, and its template's own text around an item."""
    texts = [prepared.instruction, *(d.rationale for d in prepared.demonstrations)]
    shown = (replace(d, example=_blank(d.example)) for d in prepared.demonstrations)
    blank = replace(prepared, demonstrations=tuple(shown), views={})
    # A template that can make nothing of such a text is not looked into.
    with suppress(AmplifyError):
        texts += [prompt.text for prompt in prompts(arm, blank, [_blank(e) for e in task.test[:1]])]
    return "\n".join(texts)


def _blank(example: Example) -> Example:
    """The example with a text that no other one has."""
    return replace(example, text="\ue000", options=(), question=None)
