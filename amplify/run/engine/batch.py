"""Batch mode: many requests handed over at once, and fetched when the service is done."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from amplify.contract.calls import BatchStatus, Completion, Failure, MostTokens, Request
from amplify.contract.errors import DataError, ProviderError
from amplify.contract.guard import calling
from amplify.contract.providers import BatchProvider
from amplify.run.engine.budget import Budget
from amplify.run.engine.settle import Settle
from amplify.run.engine.stop import Stop
from amplify.run.files import open_log, writing
from amplify.run.usage import believable

MOST = 10_000
"""Requests in one batch; services take 50,000 and more, but a file of them has a limit too."""

MOST_CHARACTERS = 50_000_000
"""Characters of the prompts in one batch: half of what the strictest service takes."""

FIRST_LOOK, LONGEST_LOOK = 2.0, 60.0
"""Seconds before the first look at a batch, and what they grow to."""

GOES_ON = "the batch goes on at the service, and its id is kept: fetch it with --resume"


def batch_mode(provider: object) -> TypeGuard[BatchProvider]:
    """Whether the provider's user chose the batch mode."""
    return bool(getattr(provider, "batch", False))


@dataclass(frozen=True)
class Part:
    """The requests of one batch, with what each may cost."""

    requests: dict[str, Request]
    holds: dict[str, MostTokens]


class Batches:
    """Hands requests over in batches.

    A batch's id is on disk, with its requests' keys, before anybody waits for it: a run that was
    cut off finds it there, and waits for it rather than pay again.
    """

    def __init__(
        self,
        provider: BatchProvider,
        path: Path,
        budget: Budget,
        runner: asyncio.Runner,
        retries: int,
        first_look: float = FIRST_LOOK,
    ) -> None:
        self.provider = provider
        self.path = path
        self.budget = budget
        self.runner = runner
        self.retries = retries
        self.first_look = first_look
        self.name = f"provider {provider.identity.get('provider', '?')}"

    def ask(self, asked: Mapping[str, Request], settle: Settle) -> Stop | None:
        """Have every request answered; why it was stopped where it was."""
        return self.runner.run(self._ask(asked, settle))

    async def _ask(self, asked: Mapping[str, Request], settle: Settle) -> Stop | None:
        left = dict(asked)
        for batch, keys in self._unfetched().items():
            part = self._part({key: left.pop(key) for key in keys if key in left}, admit=False)[0]
            if part.requests and (stop := await self._finish(batch, part, settle)) is not None:
                return stop
        while left:
            part, stop = self._part(left, admit=True)
            if part.requests:
                with calling(self.name):
                    batch = await self.provider.submit(part.requests)
                self._write({"batch": batch, "keys": list(part.requests)})
                for key in part.requests:
                    del left[key]
                stop = await self._finish(batch, part, settle) or stop
            if stop is not None:
                return stop
        return None

    def _part(self, left: Mapping[str, Request], admit: bool) -> tuple[Part, Stop | None]:
        """The next requests for one batch, as far as the caps let them go."""
        part, size = Part({}, {}), 0
        for key, request in left.items():
            size += len(request.prompt.text)
            if admit and part.requests and (len(part.requests) >= MOST or size > MOST_CHARACTERS):
                break
            hold = self.budget.hold(request)
            verdict = self.budget.admit(hold) if admit else "go"
            if isinstance(verdict, Stop):
                return part, verdict
            if verdict == "wait":
                break
            self.budget.begin(hold)
            part.requests[key], part.holds[key] = request, hold
        return part, None

    async def _finish(self, batch: str, part: Part, settle: Settle) -> Stop | None:
        """Wait for a batch and take its outcomes; what it has none for has failed."""
        status = await self._done(batch)
        if isinstance(status, Stop):
            return status
        waiting = dict(part.requests)

        def take(key: str, outcome: Completion | Failure) -> None:
            request = waiting.pop(key, None)
            if request is not None:
                if isinstance(outcome, Completion):
                    outcome = believable(outcome.until(request.stop), self.provider.limit)
                self.budget.end(part.holds[key], request, outcome)
                settle(key, outcome, 1)

        if status.state == "done":
            with calling(self.name, hint=GOES_ON):
                async for key, outcome in self.provider.fetch(batch):
                    take(key, outcome)
        why = status.message or f"batch {batch} has no outcome for it"
        for key in list(waiting):
            take(key, Failure("server" if status.state == "failed" else "missing", why, retry=True))
        self._write({"batch": batch, "state": "fetched"})
        return None

    async def _done(self, batch: str) -> BatchStatus | Stop:
        """Look after a batch until it is over; a look that fails is repeated."""
        pause, failed = self.first_look, 0
        while True:
            left = self.budget.left()
            if left is not None and left <= 0:
                return self.budget.late()
            try:
                with calling(self.name, hint=GOES_ON):
                    status = await self.provider.status(batch)
                failed = 0
                if status.state != "running":
                    return status
            except ProviderError as error:
                failed += 1
                if failed > self.retries:
                    error.hint = GOES_ON
                    raise
            await asyncio.sleep(pause if left is None else min(pause, left))
            pause = min(LONGEST_LOOK, pause * 1.5)

    def _unfetched(self) -> dict[str, list[str]]:
        """The batches that were submitted and not yet fetched, with their requests' keys."""
        if not self.path.exists():
            return {}
        found: dict[str, list[str]] = {}
        with writing(self.path), open_log(self.path) as file:
            file.seek(0)
            content = file.read()
            whole = content[: content.rfind(b"\n") + 1]
            if len(whole) < len(content):
                # A kill cut the last line off.
                file.truncate(len(whole))
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                row = json.loads(line)
                if row.get("state") == "fetched":
                    found.pop(row["batch"], None)
                else:
                    found[row["batch"]] = [str(key) for key in row["keys"]]
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise DataError(
                    f"not a line about a batch: {error!r}",
                    where=f"{self.path}:{number}",
                    hint="delete that line; what its batch holds will be asked again",
                ) from None
        return found

    def _write(self, row: Mapping[str, object]) -> None:
        with writing(self.path), open_log(self.path) as file:
            file.write(json.dumps(row).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
