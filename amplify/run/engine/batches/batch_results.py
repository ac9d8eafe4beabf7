"""Waits for a batch and fetches the outcomes of its requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.errors import ProviderError
from amplify.contract.grammar import counted
from amplify.contract.provider import BatchStatus
from amplify.run.cost.usage import believable
from amplify.run.engine.batches.batch_api import GIVE_UP, BatchApi
from amplify.run.engine.batches.batch_log import BatchKeys
from amplify.run.engine.outcome_writer import Deliver

REPLY_BYTES, TOKEN_BYTES = 2_000, 8
"""The bytes of a reply in a file of them: its frame, and each token."""

TWICE = "the batch holds another reply for it too; the first is read"


async def take_results(
    api: BatchApi,
    batch_id: str,
    batch: BatchKeys,
    requests: Mapping[str, Request],
    deliver: Deliver,
) -> None:
    """Wait for a batch and deliver the outcomes of those of its requests that are wanted here.

    `requests` are those, by key. A request that the batch holds no outcome for has failed. Where
    fetching fails, the outcomes that came are delivered before the error is raised.
    """
    api.at_time_up = f"; the batch {batch_id} goes on at the service, and its id is kept"
    status = await _end_of(api, batch_id)
    waiting = dict(requests)

    def take(key: str, outcome: Completion | Failure) -> None:
        request = waiting.pop(key, None)
        if request is not None:
            if isinstance(outcome, Completion):
                whole = api.provider.of_batch(request, outcome)
                outcome = believable(whole, api.provider.limit)
            deliver(key, outcome, 1)

    if status.state == "done":
        outcomes: dict[str, Completion | Failure] = {}
        size = sum(REPLY_BYTES + TOKEN_BYTES * r.max_tokens for r in requests.values())
        least = max(1, min(status.done, len(batch.keys)))
        try:
            await api.repeat("fetch", lambda: _fetch(api, batch_id, batch, outcomes, least), size)
        except ProviderError as error:
            kept = "the batch's id is kept: fetch its results again with --resume"
            error.hint = f"{kept}; {GIVE_UP}"
            raise
        finally:
            for key, outcome in outcomes.items():
                take(key, outcome)
    message = status.message or f"batch {batch_id} has no outcome for it"
    kind = "server" if status.state == "failed" else "missing"
    for key in list(waiting):
        take(key, Failure(kind, message, retry=True))
    api.at_time_up = ""


async def _end_of(api: BatchApi, batch_id: str) -> BatchStatus:
    """The status of a batch once it is over."""
    pause = api.first_look
    while True:
        status = await api.repeat("status", lambda: api.provider.status(batch_id))
        if status.state != "running":
            return status
        pause = await api.sleep(pause)


async def _fetch(
    api: BatchApi,
    batch_id: str,
    batch: BatchKeys,
    outcomes: dict[str, Completion | Failure],
    least: int,
) -> None:
    """Put the outcomes of a batch into `outcomes`, by key; ProviderError where there are fewer than
    `least`."""
    names = batch.names
    async for name, outcome in api.provider.fetch(batch_id):
        if name not in names:
            continue
        key = names[name]
        first = outcomes.get(key)
        if not isinstance(first, Completion):
            outcomes[key] = outcome
        elif _differs(first, outcome) and TWICE not in first.note:
            outcomes[key] = replace(first, note="; ".join(filter(None, (first.note, TWICE))))
    if len(outcomes) < least:
        message = f"the results of batch {batch_id} hold {len(outcomes):,} of its"
        raise ProviderError(f"{message} {counted(len(names), 'call')}", where=api.name)


def _differs(first: Completion, second: Completion | Failure) -> bool:
    """Whether a second outcome for a request is another reply."""
    if not isinstance(second, Completion):
        return True
    return (second.text, second.stop) != (first.text, first.stop)
