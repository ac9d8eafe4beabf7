"""Creates batches at a service so that none is paid twice, even where a run is killed meanwhile."""

from __future__ import annotations

from collections.abc import Mapping

from amplify.contract.calls import Request
from amplify.contract.errors import ProviderError
from amplify.run.engine.batches.batch_api import BatchApi, NoAnswer
from amplify.run.engine.batches.batch_log import BatchKeys, BatchLog

UNKNOWN = (
    "whether the batch was created is not known: --resume looks for it, and pays for none twice"
)


async def create_batch(
    api: BatchApi, log: BatchLog, requests: Mapping[str, Request]
) -> tuple[str, BatchKeys]:
    """Create a batch of these requests; its id, and the keys in it.

    `requests` are by key. That the batch is to be created is on disk (`log`) before it is.
    """
    batch = BatchKeys(list(requests), after=await _newest_batch(api))
    named = {name: requests[key] for name, key in batch.names.items()}
    size = sum(len(request.prompt.text) for request in named.values())
    log.intend(batch)
    api.at_time_up = f"; {UNKNOWN}"
    try:
        batch_id = await api.once("submit", api.provider.submit(named), size)
    except ProviderError as error:
        in_doubt = api.finds or isinstance(error, NoAnswer)
        if in_doubt and not error.undone:
            error.hint = UNKNOWN
        else:  # the service says that it refused the batch, or nobody can be asked about it
            log.drop_intent()
        raise
    log.created(batch_id, batch)
    return batch_id, batch


async def _newest_batch(api: BatchApi) -> str | None:
    """The id of the service's newest batch; None where it has none or does not tell."""
    try:
        return await api.once("latest", api.provider.latest())
    except ProviderError:
        return None


async def recover_batch(api: BatchApi, log: BatchLog) -> None:
    """Look for the batch that was being created when the run was cut off, and log it."""
    batch = log.intended()
    if batch is None:
        return
    hint = f"delete {log.intent.name} in the run's folder to have its calls made, and paid, again"
    if not api.finds:
        raise ProviderError(
            "a batch was being created when the run was cut off; whether it was is not known",
            where=api.name,
            hint=f"see at the service; {hint}",
        )
    names, pause = list(batch.names), api.first_look
    api.at_time_up = f"; {UNKNOWN}"
    while True:
        try:
            answer = await api.repeat("find", lambda: api.provider.find(names, batch.after))
        except ProviderError as error:
            error.hint = f"{UNKNOWN}; or {hint}"
            raise
        if answer.batch is not None:
            log.created(answer.batch, batch)
            return
        if not answer.maybe:
            log.drop_intent()
            return
        pause = await api.sleep(pause)
