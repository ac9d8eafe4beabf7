"""Opens the engine of a run with its cache, once price and identity of the provider are checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from amplify.contract.context import Context
from amplify.contract.errors import PlanError, PluginError
from amplify.contract.grammar import counted
from amplify.contract.guard.keys import Scrubber, secret_values
from amplify.contract.guard.secret import keys_sent
from amplify.contract.progress import Progress
from amplify.contract.provider import Provider
from amplify.run.cost.prices import FREE, Price, find_price, read_prices
from amplify.run.engine.engine import Engine
from amplify.run.engine.remote.remote_calls import is_remote
from amplify.run.engine.scrub import cleaner
from amplify.run.plan.sections import CallsSection
from amplify.run.store.cache.cache import Cache
from amplify.run.store.cache.place import cache_file
from amplify.run.store.journal import Journal


def price_of(
    calls: CallsSection, identity: Mapping[str, Any], context: Context, batch: bool = False
) -> Price | None:
    """The price of a service's calls by the table that the plan names; None where it has none.

    `calls` is the plan's section with the table and the caps, `identity` that of the provider,
    `context` finds the table's file; `batch` asks for the price of calls in batches. Raises
    PlanError where a cap on the cost needs a price that is not known.
    """
    price = None
    if calls.prices:
        price = find_price(read_prices(context.find(calls.prices)), identity)
    if price is None and calls.max_cost is not None:
        where = f"in {calls.prices}" if calls.prices else "as no table of prices is given"
        raise PlanError(
            f"the price of {identity.get('model') or 'this LLM'!r} is unknown, {where}",
            where="--max-cost",
            hint="give its price in a TOML file: --prices FILE or AMPLIFY_PRICES",
        )
    return replace(price, factor=price.batch) if price is not None and batch else price


def provider_price(calls: CallsSection, provider: Provider, context: Context) -> Price | None:
    """The price of the provider's calls, in the mode that its user chose; a local one is free.

    `calls` and `context` as of `price_of`.
    """
    if not is_remote(provider):
        return FREE
    return price_of(calls, provider.identity, context, provider.batch)


def check_provider(
    calls: CallsSection,
    provider: Provider,
    context: Context,
    variables: Sequence[str],
    plan_text: str,
) -> Price | None:
    """The price of the provider's calls, once all is known to be in order for calling it.

    Raises an error where its price, its identity or the cache is not. Nothing is written into the
    run's folder before. `variables` are the environment variables that the provider declares,
    `plan_text` is all that the plan says of it; `calls` and `context` as of `price_of`.
    """
    price = provider_price(calls, provider, context)
    check_identity(provider, keys_sent(variables), plan_text)
    if calls.cache and is_remote(provider):
        Cache(cache_file()).close()
    return price


@contextmanager
def open_engine(
    provider: Provider,
    journal: Journal,
    calls: CallsSection,
    price: Price | None,
    show: Progress,
    batches: Path | None,
    warn: Callable[[str], None],
    variables: Sequence[str],
    began: float | None = None,
) -> Iterator[Engine]:
    """The engine of a run, closed at the end.

    Only the replies of services are cached. A local model costs nothing but time, and its replies
    depend on device, precision and batch size, which its identity need not name; those of a run
    are in the run's journal.

    - `provider`: the LLM that is called.
    - `journal`: the journal of the run; its replies are not called for again.
    - `calls`: the plan's section on calls: cache, caps, concurrency, retries, rates.
    - `price`: the price of the provider's calls, as `check_provider` returns it.
    - `show`: shows the progress of each phase.
    - `batches`: the file that keeps the ids of batches which wait at the service; None: no call is
      handed over in a batch.
    - `warn`: told of a cache that stopped keeping replies, of calls that take more tokens than they
      were to take at most, and of what the provider does not end.
    - `variables`: the environment variables that the provider declares; their values are taken out
      of everything that it says.
    - `began`: when the time began that `--max-seconds` caps, by `time.monotonic`: by default now.
    """
    with ExitStack() as stack:
        cache = None
        if calls.cache and is_remote(provider):
            cache = Cache(cache_file(), calls.cache_megabytes, calls.cache_days)
            stack.enter_context(cache)
        clean = cleaner(variables)
        engine = Engine(provider, journal, show, calls, cache, price, batches, clean, warn, began)
        yield stack.enter_context(engine)
        if cache is not None:
            cache.flush()
            if cache.damaged:
                damaged = counted(cache.damaged, "reply was", "replies were")
                warn(f"of the cache {damaged} damaged, and asked again")
            if cache.problem:
                warn(f"the cache keeps no more replies (the run did): {cache.problem}")


def check_identity(
    provider: Provider,
    keys: Mapping[str, str] | None = None,
    plan_text: str = "",
) -> None:
    """Raise PluginError where the provider's identity, which is written down, holds a key.

    `keys` are the keys that the provider is given, with the names of their variables. The value of
    any other variable that stands in `plan_text`, the plan's own words, shows nothing.
    """
    keys, identity = keys or {}, repr(dict(provider.identity))
    for value, name in {**secret_values(), **keys}.items():
        is_secret = value in keys or value not in plan_text
        if is_secret and Scrubber({value: name}).find(identity):
            raise PluginError(
                f"its identity holds the value of {name}",
                where=f"provider {provider.identity.get('provider', '?')}",
                hint="nothing was written; tell the plugin's author",
            )
