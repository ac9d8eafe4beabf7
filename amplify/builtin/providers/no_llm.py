"""The provider `none`, which answers nothing: a run then writes its prompts and ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from amplify import Failure, Request, SyncProvider


class NoLLM(SyncProvider):
    """Leaves every prompt unanswered."""

    @property
    def identity(self) -> dict[str, Any]:
        """The provider's name alone."""
        return {"provider": "none"}

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Failure]]:
        """A Failure of kind "unrecorded" for each."""
        for index, _ in enumerate(requests):
            yield index, Failure("unrecorded", "the plan names no LLM: the prompt is prepared")
