"""The provider `replay`: the recorded replies of an LLM, from transcript files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from amplify import Completion, Context, Failure, PlanError, Request, SyncProvider
from amplify.builtin.files import locate
from amplify.builtin.providers.options import ReplayOptions
from amplify.builtin.providers.transcripts import (
    RecordedCall,
    final_question,
    find_question,
    index_by,
    read_transcript,
)


class Replay(SyncProvider):
    """Answers a prompt with the reply that was recorded for the same prompt.

    With `match = "item"` an arm of `bind` that has no such reply gets the one to the same final
    question, from the transcript that the arm is bound to; the completion's note says so.
    """

    def __init__(self, options: ReplayOptions, context: Context) -> None:
        if options.bind and options.match != "item":
            raise PlanError(
                "bind works only with match by item",
                where="llm replay",
                hint='set match = "item", or drop bind',
            )
        if not options.paths and not options.bind:
            raise PlanError("no transcript is given", where="llm replay", hint="set paths")
        self.model = options.model
        self.digests: dict[str, str] = {}
        self.bound: dict[str, str] = {}
        read: dict[Path, tuple[list[RecordedCall], str]] = {}

        def load(name: str) -> tuple[list[RecordedCall], str]:
            path = locate(context, name)
            if path not in read:
                read[path] = read_transcript(path)
            self.digests[name] = read[path][1]
            return read[path]

        records = [record for name in options.paths for record in load(name)[0]]
        self.prompts = index_by([record.prompt for record in records], records, "prompt")
        self.questions: dict[str, dict[str, RecordedCall]] = {}
        for arm, name in options.bind.items():
            bound, self.bound[arm] = load(name)
            keys = [final_question(record.prompt) for record in bound]
            self.questions[arm] = index_by(keys, bound, "question")

    @property
    def identity(self) -> dict[str, Any]:
        """The model's name and the contents of the files."""
        return {
            "provider": "replay",
            "model": self.model,
            "files": sorted(set(self.digests.values())),
            "bind": self.bound,
            "by_arm": sorted(self.bound),
        }

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Completion | Failure]]:
        """Each request's recorded reply; a Failure of kind "unrecorded" where there is none."""
        for index, request in enumerate(requests):
            yield index, self._answer(request)

    def _answer(self, request: Request) -> Completion | Failure:
        record, note = self.prompts.get(request.prompt.text), ""
        arm = request.arm_among(self.questions)
        if record is None and arm is not None:
            question = final_question(request.prompt.text)
            match = find_question(question, self.questions[arm]) if question else None
            if match is not None:
                record, note = match
        if record is None:
            return Failure(
                "unrecorded", f"no reply to the prompt of item {request.item} is recorded"
            )
        reply = Completion(record.reply, f"replay:{self.model}", note=note)
        return reply.until(request.stop)
