"""The provider `none`, which answers nothing: a run then writes its prompts and ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from amplify import Context, Failure, Request


class NoLLM:
    """Leaves every prompt unanswered."""

    limit = None

    def __init__(self, options: None, context: Context) -> None:
        pass

    @property
    def identity(self) -> dict[str, Any]:
        """The provider's name alone."""
        return {"provider": "none"}

    def count_tokens(self, text: str) -> None:
        """Not known: there is no tokenizer."""

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Failure]]:
        """A Failure of kind "unrecorded" for each."""
        for index, _ in enumerate(requests):
            yield index, Failure("unrecorded", "the plan names no LLM: the prompt is prepared")
