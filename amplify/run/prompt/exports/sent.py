"""The prompt as its LLM was sent it, with the system message of the LLM's options."""

from __future__ import annotations

import msgspec

from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.prompt.layout import Layout, Turn


def as_sent(finished: FinishedPrompt) -> FinishedPrompt:
    """The prompt, whose messages begin with the `system` message that the LLM's options name."""
    system = finished.llm.options.get("system")
    if not system or not isinstance(system, str):
        return finished
    layouts = tuple(_behind(system, layout) for layout in finished.layouts)
    return msgspec.structs.replace(finished, layouts=layouts)


def _behind(system: str, layout: Layout) -> Layout:
    """The layout behind the system message, which one of its own goes on with."""
    if layout.form == "text":
        return Layout("chat", (Turn("system", (system,)),), layout.turns)
    turns, parts = [], []
    for turn in layout.shared:
        if turn.role == "system":
            parts += ["\n\n", *turn.parts]
        else:
            turns.append(turn)
    return Layout("chat", (Turn("system", (system, *parts)), *turns), layout.item)
