"""The phases of a run: the calls, tokens, money and time that each takes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from amplify.contract.calls import Request
from amplify.contract.grammar import counted
from amplify.contract.guard.paths import there
from amplify.contract.provider import Provider
from amplify.run.cost.prices import Price
from amplify.run.cost.token_counts import about_and_most
from amplify.run.engine.remote.remote_calls import is_remote, most_calls
from amplify.run.engine.request_key import request_key
from amplify.run.plan.sections import CallsSection
from amplify.run.store.cache.cache import Cache
from amplify.run.store.cache.place import cache_file

Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class Phase:
    """What one phase of a run takes.

    `tokens` is about how many tokens its prompts have, `most_input` a bound on that, and
    `most_output` a bound on the tokens of its replies, reasoning included. All are None where an
    explainer asks the LLM what only the run can tell. `cost` is what the phase costs at most, if
    each call succeeds at once; None where the price is not known. `seconds` is about how long it
    takes; None where neither the cache nor a limit tells. `draws` is how many draws of the arm
    `arm` it is for; the arm is empty where the phase is the whole run's. `of_test` says that it
    asks the test items.
    """

    name: str
    calls: int | None
    tokens: int | None
    most_output: int | None
    cost: float | None = None
    seconds: float | None = None
    most_input: int | None = None
    draws: int = 1
    arm: str = ""
    of_test: bool = False


class PhaseRequests(NamedTuple):
    """What a phase called `name` asks (None: only the run can tell).

    `draws`, `arm` and `of_test` are as of `Phase`. `most_calls` bounds the calls where only the run
    can tell what they ask.
    """

    name: str
    requests: Sequence[Request] | None
    draws: int = 1
    arm: str = ""
    of_test: bool = False
    most_calls: int | None = None


def phase_of(phase: PhaseRequests, provider: Provider) -> Phase:
    """The phase that asks this; equal requests are one call."""
    name, requests, draws, arm, of_test, bound = phase
    if requests is None:
        return Phase(name, bound, None, None, draws=draws, arm=arm, of_test=of_test)
    distinct = list({request_key(request, {}): request for request in requests}.values())
    counts = [about_and_most(provider, request) for request in distinct]
    calls = sum(most_calls(provider, request) for request in distinct)
    return Phase(
        name if calls == len(distinct) else f"{name}, at most",
        calls=calls,
        tokens=sum(about for about, _ in counts),
        most_output=sum(most.output for _, most in counts),
        most_input=sum(most.input for _, most in counts),
        draws=draws,
        arm=arm,
        of_test=of_test,
    )


def total(name: str, phases: Sequence[Phase]) -> Phase:
    """All phases as one called `name`; what is unknown of one phase is unknown of the sum."""
    return Phase(
        name,
        _sum(p.calls for p in phases),
        _sum(p.tokens for p in phases),
        _sum(p.most_output for p in phases),
        _sum(p.cost for p in phases),
        _sum(p.seconds for p in phases),
        _sum(p.most_input for p in phases),
    )


def enlarged(
    phases: Sequence[Phase], draws: Mapping[str, int], more_items: float, more_draws: float
) -> list[Phase]:
    """The phases of a run with `more_items` times the test items and `more_draws` times the draws.

    `draws` has, by the name of each arm, how many draws it has, 0 for one that draws none.
    """
    return [
        times(
            phase,
            (more_items if phase.of_test else 1.0) * (more_draws if draws.get(phase.arm) else 1.0),
        )
        for phase in phases
    ]


def times(phase: Phase, factor: float) -> Phase:
    """The phase with `factor` times as many calls of its kind."""

    def whole(value: int | None) -> int | None:
        return None if value is None else math.ceil(value * factor)

    return replace(
        phase,
        calls=whole(phase.calls),
        tokens=whole(phase.tokens),
        most_output=whole(phase.most_output),
        most_input=whole(phase.most_input),
        cost=None if phase.cost is None else phase.cost * factor,
        seconds=None if phase.seconds is None else phase.seconds * factor,
    )


def _sum(values: Iterable[Number | None]) -> Number | None:
    every = list(values)
    known = [value for value in every if value is not None]
    return sum(known) if len(known) == len(every) else None


def valued(phase: Phase, price: Price | None, calls: CallsSection, latency: float | None) -> Phase:
    """The phase with what it costs at most, and about how long it takes.

    `latency` is the median of the seconds that a call takes, None where it is not known. The time
    is the longest of what the calls take with so many in flight, and of what limits of calls and
    tokens a minute allow.
    """
    if phase.calls is None or phase.tokens is None or phase.most_output is None:
        return phase
    most = phase.tokens if phase.most_input is None else phase.most_input
    cost = None if price is None else price.most(most, phase.most_output)
    times = [] if latency is None else [phase.calls * latency / calls.concurrency]
    if calls.requests_per_minute:
        times.append(60 * phase.calls / calls.requests_per_minute)
    if calls.tokens_per_minute:
        times.append(60 * (phase.tokens + phase.most_output) / calls.tokens_per_minute)
    return replace(phase, cost=cost, seconds=max(times, default=None))


def known_latency(provider: Provider, warn: Callable[[str], None]) -> float | None:
    """The median of the seconds that calls of the provider's model took, by the cache.

    `warn` is called with a text where replies in the cache are damaged.
    """
    file, model = cache_file(), provider.identity.get("model")
    if not is_remote(provider) or not model or not there(file):
        return None
    with Cache(file) as cache:
        seconds = cache.seconds(model)
        if cache.damaged:
            damaged = counted(cache.damaged, "reply is", "replies are")
            warn(f"of the cache {damaged} damaged, and will be asked again")
    return statistics.median(seconds) if seconds else None
