"""The engine of a run, with what belongs to it: the cache, the price, the batches' file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from amplify.contract.context import Context
from amplify.contract.errors import PlanError, PluginError
from amplify.contract.guard.keys import Scrubber, secret_values
from amplify.contract.guard.secret import keys_sent
from amplify.contract.progress import Progress
from amplify.contract.provider import Provider
from amplify.run.cost.prices import FREE, Price, find_price, read_prices
from amplify.run.engine.engine import Engine
from amplify.run.engine.remote.remote import is_remote
from amplify.run.engine.scrub import cleaner
from amplify.run.plan.plan import CallsSection
from amplify.run.store.cache.cache import Cache
from amplify.run.store.cache.place import cache_file
from amplify.run.store.journal import Journal


def price_of(
    calls: CallsSection, identity: Mapping[str, Any], context: Context, batch: bool = False
) -> Price | None:
    """The price of a provider's calls by the user's table; None where nothing tells it.

    Raises PlanError where a cap on the cost needs a price that is not known.
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
    """The price of the provider's calls, in the mode that its user chose; a local one is free."""
    if not is_remote(provider):
        return FREE
    return price_of(calls, provider.identity, context, provider.batch)


def check_asking(
    calls: CallsSection,
    provider: Provider,
    context: Context,
    reads: Sequence[str] = (),
    said: str = "",
) -> Price | None:
    """The price of the provider's calls, once all is known to be in order for asking it.

    Raises an error that names the price, the identity or the cache that is not; nothing is
    written in a run's folder until then. `reads` are the variables that the provider declares,
    `said` is what the plan says of it.
    """
    price = provider_price(calls, provider, context)
    check_identity(provider, keys_sent(reads), said)
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
    batches: Path,
    warn: Callable[[str], None] = lambda text: None,
    reads: Sequence[str] = (),
    began: float | None = None,
) -> Iterator[Engine]:
    """The engine, closed at the end; `warn` is told of a cache that stopped keeping, and of
    calls that take more than they were to take at most.

    Only what a service answers is cached. A local model costs nothing but time, and what it says
    depends on device, precision and batch, which its identity need not tell; what one run asked of
    it is in that run's journal.
    """
    with ExitStack() as stack:
        cache = None
        if calls.cache and is_remote(provider):
            cache = stack.enter_context(
                Cache(cache_file(), calls.cache_megabytes, calls.cache_days)
            )
        engine = Engine(
            provider, journal, show, calls, cache, price, batches, cleaner(reads), warn, began
        )
        yield stack.enter_context(engine)
        if cache is not None:
            cache.flush()
            if cache.damaged:
                warn(f"{cache.damaged} replies of the cache were damaged, and asked again")
            if cache.problem:
                warn(f"the cache keeps no more replies (the run did): {cache.problem}")


def check_identity(
    provider: Provider, sent: Mapping[str, str] | None = None, said: str = ""
) -> None:
    """PluginError where what a provider says of itself, and what is written down, holds a key.

    `sent` are the keys that it was given, with their names. That what the plan itself has `said` is
    also the value of another variable shows nothing.
    """
    sent, told = sent or {}, repr(dict(provider.identity))
    for value, name in {**secret_values(), **sent}.items():
        if (value in sent or value not in said) and Scrubber({value: name}).find(told):
            raise PluginError(
                f"its identity holds the value of {name}",
                where=f"provider {provider.identity.get('provider', '?')}",
                hint="nothing was written; tell the plugin's author",
            )
