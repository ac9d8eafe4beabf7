"""Batch mode: hands requests over in batches, as far as the caps let them go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.provider import MostTokens
from amplify.run.engine.batches.batch_api import BatchApi, TimeIsUp
from amplify.run.engine.batches.batch_log import BatchKeys, BatchLog
from amplify.run.engine.batches.batch_results import take_results
from amplify.run.engine.batches.create_and_recover import create_batch, recover_batch
from amplify.run.engine.outcome_writer import Deliver
from amplify.run.engine.remote.event_loop import Runner, run_in_loop
from amplify.run.engine.stop_reason import StopReason

MOST = 10_000
"""Requests in one batch; services take 50,000 and more, but a file of them has a limit too."""

MOST_CHARACTERS = 50_000_000
"""Characters of the prompts in one batch: half of what the strictest service takes."""


class BatchMode:
    """Answers requests in batches.

    That a batch is to be created is on disk before it is, and its id, with the keys of its
    requests, before anybody waits for it. A run that was cut off finds the batch, and waits for it
    rather than pay again.
    """

    def __init__(self, api: BatchApi, path: Path, runner: Runner) -> None:
        """`path` is the file that keeps the batches' ids; `runner` runs the provider's calls."""
        self.api = api
        self.log = BatchLog(path)
        self.budget = api.budget
        self.runner = runner

    def ask(self, requests: Mapping[str, Request], deliver: Deliver) -> StopReason | None:
        """Have every request (by key) answered, and each outcome delivered; why the run makes no
        further calls, where it was stopped."""
        work = self._ask(dict(requests), deliver)
        return run_in_loop(self.runner, work, self.api.provider, "submit")

    async def _ask(self, requests: dict[str, Request], deliver: Deliver) -> StopReason | None:
        self.api.at_time_up = ""
        try:
            await recover_batch(self.api, self.log)
            await self._take_open_batches(requests, deliver)
            return await self._create_batches(requests, deliver)
        except TimeIsUp:
            stop = self.budget.time_is_up()
            return replace(stop, message=f"{stop.message}{self.api.at_time_up}")

    async def _take_open_batches(self, requests: dict[str, Request], deliver: Deliver) -> None:
        """Take the outcomes out of batches of earlier sittings, and their requests out of
        `requests`."""
        for batch_id, batch in self.log.open_batches().items():
            wanted = {key: requests.pop(key) for key in batch.unread if key in requests}
            if wanted:
                reserved = {key: self.budget.reservation(wanted[key]) for key in wanted}
                for most in reserved.values():
                    self.budget.begin(most)
                await self._take(batch_id, batch.keys, wanted, reserved, deliver)
                # Outcomes that a later step may need are paid for: they stay unread.
                unread = [key for key in batch.unread if key not in wanted]
                self.log.fetched(batch_id, unread)

    async def _create_batches(
        self, requests: dict[str, Request], deliver: Deliver
    ) -> StopReason | None:
        while requests:
            reserved, stop = self._next_batch(requests)
            if reserved:
                part = {key: requests.pop(key) for key in reserved}
                batch_id, batch = await create_batch(self.api, self.log, part)
                await self._take(batch_id, batch, part, reserved, deliver)
                self.log.fetched(batch_id)
            if stop is not None:
                return stop
        return None

    def _next_batch(
        self, requests: Mapping[str, Request]
    ) -> tuple[dict[str, MostTokens], StopReason | None]:
        """The keys of the next batch, each with what is reserved for its call; and the reason to
        stop where a cap holds the next request back for good."""
        reserved: dict[str, MostTokens] = {}
        size = 0
        for key, request in requests.items():
            size += len(request.prompt.text)
            if reserved and (len(reserved) >= MOST or size > MOST_CHARACTERS):
                break
            most = self.budget.reservation(request)
            clearance = self.budget.clearance(most)
            if isinstance(clearance, StopReason):
                return reserved, clearance
            if clearance == "wait":
                break
            self.budget.begin(most)
            reserved[key] = most
        return reserved, None

    async def _take(
        self,
        batch_id: str,
        batch: BatchKeys,
        requests: Mapping[str, Request],
        reserved: Mapping[str, MostTokens],
        deliver: Deliver,
    ) -> None:
        """Take the outcomes of a batch, and end the reservations of its calls."""

        def end(key: str, outcome: Completion | Failure, attempts: int) -> None:
            self.budget.end(reserved[key], outcome)
            deliver(key, outcome, attempts)

        await take_results(self.api, batch_id, batch, requests, end)
