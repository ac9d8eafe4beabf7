"""A finished prompt, and an LLM of few lines that it is put to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.context import Context
from amplify.contract.progress import silent
from amplify.contract.provider import SyncProvider
from amplify.run.plan.sections import CallsSection
from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.prompt.labeller import Labeller, open_labeller
from amplify.run.prompt.layout import SLOT, Layout, Turn
from amplify.run.prompt.parts import AnswerBy, Model, Provenance


class Opinion(SyncProvider):
    """Says "good" of a text that ends in an even digit, and fails at texts that say so.

    `asked` holds the last line of every prompt; `fails` is whether it still fails.
    """

    limit = 400

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.fails = True

    @property
    def identity(self) -> dict[str, Any]:
        return {"provider": "opinion"}

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Completion | Failure]]:
        for index, request in enumerate(requests):
            text = request.prompt.text.rpartition("Q: ")[2].removesuffix("\nA:")
            self.asked.append(text)
            if self.fails and "fail" in text:
                yield index, Failure("server", "it is down", retry=True)
            else:
                yield index, Completion("good" if text[-1:] in "02468" else "bad", "opinion")


def finished_prompt() -> FinishedPrompt:
    """A prompt that asks for an opinion, without demonstrations."""
    layout = Layout(
        "text",
        (Turn("user", ("Answer with good or bad.\n\n",)),),
        (Turn("user", ("Q: ", SLOT, "\nA:")),),
    )
    return FinishedPrompt(
        "answer-only",
        0,
        ("bad", "good"),
        "Answer with good or bad.",
        (layout,),
        AnswerBy("write", 20, ("\n",)),
        Model("opinion"),
        Provenance("reviews", "", "", {}, {}, {}, {}, None, (), ()),
    )


def opened(
    prompt: FinishedPrompt, llm: Opinion, calls: CallsSection | None = None
) -> AbstractContextManager[Labeller]:
    """A labeller that asks this LLM."""
    calls = CallsSection() if calls is None else calls
    return open_labeller(prompt, llm, calls, Context(), (), silent, print)
