"""Keeps what a run began with, beside what it has now that it is resumed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from amplify.run.store.beginning import Began, write_began


class Continuation:
    """Keeps `began.json` of the run in `folder`: `began` is what it began with, `now` what it has.

    The two are one where the run begins.
    """

    def __init__(self, folder: Path, began: Began, now: Began) -> None:
        self.folder = folder
        self.began = began
        self.now = now

    def prepared(self, answered: bool) -> None:
        """The arms were prepared anew, so that the prompts are; `answered`: the LLM was asked."""
        self.began.answered = self.began.answered or answered
        self.began.prompts = {}
        write_began(self.folder, self.began)

    def prompted(self, digests: Mapping[str, str]) -> None:
        """The arms' prompts have these digests."""
        first = not self.began.prompts
        self.now.prompts = dict(digests)
        if first:
            self.began.prompts = self.now.prompts
            write_began(self.folder, self.began)

    def answered(self) -> None:
        """The LLM answered: from now on no other may take its place."""
        if not self.began.answered:
            self.began.answered = True
            write_began(self.folder, self.began)

    def notes(self) -> list[str]:
        """What is not as it was when the run began."""
        return self.began.notes(self.now)
