"""Batch mode: many requests handed over at once, and fetched when the service is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar, cast

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.errors import BatchGone, ProviderError
from amplify.contract.guard.calling import calling
from amplify.contract.provider import AsyncProvider, BatchStatus, MostTokens
from amplify.run.cost.usage import believable
from amplify.run.engine.batches.handed_over import Handed, HandedOver
from amplify.run.engine.budget import Budget
from amplify.run.engine.checked_provider import RemoteDoor, provider_door
from amplify.run.engine.patience import SWALLOWS, Swallowed, within
from amplify.run.engine.remote.event_loop import blamed, running
from amplify.run.engine.settle import Settle
from amplify.run.engine.stop import Stop

MOST = 10_000
"""Requests in one batch; services take 50,000 and more, but a file of them has a limit too."""

MOST_CHARACTERS = 50_000_000
"""Characters of the prompts in one batch: half of what the strictest service takes."""

FIRST_LOOK, LONGEST_LOOK = 2.0, 60.0
"""Seconds before the first look at a batch, and what they grow to."""

SLOWEST = 100_000
"""Bytes a second: what goes up or comes down in one call has so much more time than other calls."""

REPLY_BYTES, TOKEN_BYTES = 2_000, 8
"""What a reply takes in a file of them: its frame, and each token."""

GOES_ON = "the batch goes on at the service, and its id is kept: fetch it with --resume"
GIVE_UP = (
    "to give it up, delete its line in batches.jsonl in the run's folder: what it holds is then"
    " asked, and paid, again"
)
GONE = (
    "the service does not know the batch: see there, with the key and at the address that it was"
    f" created with; {GIVE_UP}"
)
PERHAPS = (
    "whether the batch was created is not known: --resume looks for it, and pays for none twice"
)

TWICE = "the batch holds another reply for it too; the first is read"

T = TypeVar("T")
Found = dict[str, Completion | Failure]


def finds_batches(provider: AsyncProvider) -> bool:
    """Whether the provider can find a batch whose id was lost."""
    return cast(RemoteDoor, provider_door(provider)).finds


@dataclass(frozen=True)
class Part:
    """The requests of one batch, with what each may cost."""

    requests: dict[str, Request]
    holds: dict[str, MostTokens]


class Late(Exception):
    """The run's time is up."""


class Unanswered(ProviderError):
    """A call got no answer in time: what it was to do may have been done."""


class Batches:
    """Hands requests over in batches.

    That a batch is to be created is on disk before it is, and its id, with its requests' keys,
    before anybody waits for it: a run that was cut off finds it, and waits for it rather than pay
    again. No call waits longer than `timeout` (what moves a file, as much longer as it is large).
    """

    def __init__(
        self,
        provider: AsyncProvider,
        path: Path,
        budget: Budget,
        runner: asyncio.Runner,
        retries: int,
        timeout: float = 120.0,
        first_look: float = FIRST_LOOK,
        left: Callable[[str], None] = lambda method: None,
    ) -> None:
        """`left` is told of a method that goes on though its call was cancelled."""
        self.provider = provider
        self.handed = HandedOver(path)
        self.budget = budget
        self.runner = runner
        self.retries = retries
        self.timeout = timeout
        self.first_look = first_look
        self.left = left
        self.name = f"provider {provider.identity.get('provider', '?')}"
        self.waits = ""

    def ask(self, asked: Mapping[str, Request], settle: Settle) -> Stop | None:
        """Have every request answered; why it was stopped where it was."""
        return running(self.runner, self._ask(asked, settle), self.provider, "submit")

    async def _ask(self, asked: Mapping[str, Request], settle: Settle) -> Stop | None:
        self.waits = ""
        try:
            return await self._all(dict(asked), settle)
        except Late:
            stop = self.budget.late()
            return replace(stop, message=f"{stop.message}{self.waits}")

    async def _all(self, left: dict[str, Request], settle: Settle) -> Stop | None:
        await self._recover()
        for name, out in self.handed.out().items():
            wanted = {key: left.pop(key) for key in out.left if key in left}
            part = self._part(wanted, admit=False)[0]
            if part.requests:
                await self._finish(name, out.batch, part, settle)
                # A later step may ask for them: they are paid for.
                self.handed.fetched(name, [key for key in out.left if key not in wanted])
        while left:
            part, stop = self._part(left, admit=True)
            if part.requests:
                name, batch = await self._submit(part)
                for key in part.requests:
                    del left[key]
                await self._finish(name, batch, part, settle)
                self.handed.fetched(name)
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

    async def _submit(self, part: Part) -> tuple[str, Handed]:
        """The id of a new batch; that it is to be created is on disk before it is."""
        batch = Handed(list(part.requests), after=await self._latest())
        asked = {name: part.requests[key] for name, key in batch.names.items()}
        size = sum(len(request.prompt.text) for request in asked.values())
        self.handed.intend(batch)
        self.waits = f"; {PERHAPS}"
        try:
            name = await self._within("submit", self.provider.submit(asked), size)
        except ProviderError as error:
            told = finds_batches(self.provider) or isinstance(error, Unanswered)
            if told and not error.undone:
                error.hint = PERHAPS
            else:  # it says that it was refused, or there is nobody to ask
                self.handed.drop_intent()
            raise
        self.handed.created(name, batch)
        return name, batch

    async def _latest(self) -> str | None:
        """The newest batch that the service has; None also where it does not tell."""
        try:
            return await self._within("latest", self.provider.latest())
        except ProviderError:
            return None

    async def _recover(self) -> None:
        """Look for the batch that was being created when the run was cut off."""
        batch = self.handed.intended()
        if batch is None:
            return
        finder = self.provider
        hint = f"delete {self.handed.intent.name} in the run's folder to have its calls made, and"
        hint += " paid, again"
        if not finds_batches(finder):
            raise ProviderError(
                "a batch was being created when the run was cut off; whether it was is not known",
                where=self.name,
                hint=f"see at the service; {hint}",
            )
        names, pause = list(batch.names), self.first_look
        self.waits = f"; {PERHAPS}"
        while True:
            try:
                found = await self._patiently("find", lambda: finder.find(names, batch.after))
            except ProviderError as error:
                error.hint = f"{PERHAPS}; or {hint}"
                raise
            if found.batch is not None:
                self.handed.created(found.batch, batch)
                return
            if not found.maybe:
                self.handed.drop_intent()
                return
            pause = await self._sleep(pause)

    async def _finish(self, name: str, batch: Handed, part: Part, settle: Settle) -> None:
        """Wait for a batch and take its outcomes; what it has none for has failed."""
        self.waits = f"; the batch {name} goes on at the service, and its id is kept"
        status = await self._done(name)
        waiting, keys = dict(part.requests), batch.names

        def take(key: str, outcome: Completion | Failure) -> None:
            request = waiting.pop(key, None)
            if request is not None:
                if isinstance(outcome, Completion):
                    outcome = believable(outcome.until(request.stop), self.provider.limit)
                self.budget.end(part.holds[key], outcome)
                settle(key, outcome, 1)

        if status.state == "done":
            replies = sum(REPLY_BYTES + TOKEN_BYTES * r.max_tokens for r in part.requests.values())
            found: Found = {}
            least = max(1, min(status.done, len(keys)))
            try:
                await self._patiently(
                    "fetch", lambda: self._fetched(name, keys, found, least), replies
                )
            except ProviderError as error:
                kept = "the batch's id is kept: fetch its results again with --resume"
                error.hint = f"{kept}; {GIVE_UP}"
                raise
            finally:
                for told, outcome in found.items():
                    take(keys[told], outcome)
        why = status.message or f"batch {name} has no outcome for it"
        for key in list(waiting):
            take(key, Failure("server" if status.state == "failed" else "missing", why, retry=True))
        self.waits = ""

    async def _fetched(self, name: str, names: Collection[str], found: Found, least: int) -> None:
        """Put the outcomes of these names into `found`, also where fewer than `least` come."""
        async for told, outcome in self.provider.fetch(name):
            first = found.get(told)
            if not isinstance(first, Completion):
                found |= {told: outcome} if told in names else {}
            elif _other(first, outcome) and TWICE not in first.note:
                found[told] = replace(first, note="; ".join(filter(None, (first.note, TWICE))))
        if len(found) < least:
            told = f"the results of batch {name} hold {len(found):,} of its {len(names):,} calls"
            raise ProviderError(told, where=self.name)

    async def _done(self, name: str) -> BatchStatus:
        """Look after a batch until it is over."""
        pause = self.first_look
        while True:
            status = await self._patiently("status", lambda: self.provider.status(name))
            if status.state != "running":
                return status
            pause = await self._sleep(pause)

    async def _patiently(self, method: str, make: Callable[[], Awaitable[T]], size: int = 0) -> T:
        """What a call comes to; one that fails, and changes nothing, is repeated."""
        pause, failed = self.first_look, 0
        while True:
            try:
                return await self._within(method, make(), size)
            except ProviderError as error:
                failed += 1
                if failed > self.retries:
                    error.hint = GONE if isinstance(error, BatchGone) else GOES_ON
                    raise
            pause = await self._sleep(pause)

    async def _within(self, method: str, work: Awaitable[T], size: int = 0) -> T:
        """What a call comes to that moves about so many bytes; Late where the time is up first."""
        most, left = self.timeout + size / SLOWEST, self.budget.left()
        ends = left is not None and left <= most

        async def guarded() -> T:
            with calling(self.name, hint=GOES_ON):
                return await work

        try:
            seconds = max(0.0, left) if ends and left is not None else most
            return await within(guarded(), seconds, lambda: self.left(method))
        except Swallowed:
            if ends:
                self.left(method)
                raise Late from None
            raise blamed(self.provider, method, SWALLOWS) from None
        except TimeoutError:
            if ends:
                raise Late from None
            told = f"no answer within {round(most, 1):g} s"
            raise Unanswered(told, where=f"{self.name}, batch") from None

    async def _sleep(self, pause: float) -> float:
        """Wait so long, or until the time is up (Late); how long to wait the next time."""
        left = self.budget.left()
        if left is not None and left <= pause:
            await asyncio.sleep(max(0.0, left))
            raise Late
        await asyncio.sleep(pause)
        return min(LONGEST_LOOK, pause * 1.5)


def _other(first: Completion, then: Completion | Failure) -> bool:
    """Whether a reply that comes again says something else."""
    return not isinstance(then, Completion) or (then.text, then.stop) != (first.text, first.stop)
