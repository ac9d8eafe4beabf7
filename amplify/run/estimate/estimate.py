"""What a run would do: the plan, calls, tokens, money and time by phase, one rendered prompt."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from amplify.contract.calls import Prompt, Request
from amplify.contract.data import Example, Task
from amplify.contract.guard.paths import there
from amplify.contract.provider import Provider
from amplify.contract.selector import Selection, Shot
from amplify.contract.template import Demonstration, KeyWord
from amplify.kit.words import word_ranges
from amplify.loop.audit.contrast import contrast_words
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import prompts, render, with_requests
from amplify.loop.select.select_shots import MOST_SHOTS, select_shots
from amplify.loop.survey.proxy import candidates
from amplify.run.cost.prices import Price
from amplify.run.cost.token_counts import about_tokens, most_tokens
from amplify.run.engine.context_room import ModelRoom
from amplify.run.engine.open_engine import provider_price
from amplify.run.engine.remote.remote_calls import is_remote
from amplify.run.estimate.rehearse import Rehearsal
from amplify.run.plan.plan import CallsSection, Plan
from amplify.run.precheck.preflight import preflight
from amplify.run.store.cache.cache import Cache
from amplify.run.store.cache.place import cache_file
from amplify.run.wiring.set_up import set_up
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.wire import Wiring

Number = TypeVar("Number", int, float)

WRITTEN = " (what the LLM will write)"
"""A rationale in the prompt that is shown."""


@dataclass(frozen=True)
class Phase:
    """One phase; `tokens` are about those of the prompts, `most_input` a bound on them, and
    `most_output` one on those of the replies, reasoning included.

    All are None where an explainer asks the LLM what only the run can tell. `cost` is what it costs
    at most, if each call succeeds at once; None where the price is not known. `seconds` is about
    what it takes, None where nothing tells.
    """

    name: str
    calls: int | None
    tokens: int | None
    most_output: int | None
    cost: float | None = None
    seconds: float | None = None
    most_input: int | None = None


@dataclass(frozen=True)
class Estimate:
    """`counted` says that the provider's own tokenizer counted; else tokens are guessed.

    `prompt` is one prompt of `arm`; `stand_ins` says that its demonstrations stand in for ones
    that only the run can choose. `price` is FREE for a local model. `latency` is the median of the
    seconds that calls of this model took, by the cache (None: it has none). `notes` are what a run
    tells ahead of its calls.
    """

    plan: Plan
    task: Task
    phases: tuple[Phase, ...]
    counted: bool
    arm: str
    prompt: Prompt
    stand_ins: bool
    price: Price | None = None
    latency: float | None = None
    notes: tuple[str, ...] = ()


def estimate(
    wiring: Wiring,
    provider: Provider | None = None,
    warn: Callable[[str], None] = lambda text: None,
) -> Estimate:
    """The estimate; data and tokenizers are read, no proxy is fitted and no call made.

    Raises what a run would raise for its data, labels, sizes and plan.

    `provider` is the plan's LLM, where it is built already.

    Where an arm's demonstrations depend on the proxy or on the LLM's errors, random pool items
    with words of their own stand in for them; for a rationale that the LLM is to write, one that is
    as long as its reply may be.
    """
    plan = wiring.plan
    task = wiring.load_task()
    provider = provider or wiring.build_provider()
    with wiring.open_executor() as executor:
        rehearsal = Rehearsal()
        arms = wiring.build_arms(task, rehearsal, executor)
        made, asked = {}, []
        room = ModelRoom(provider)
        setup = set_up(wiring, task, arms, rehearsal, room, executor, Shared())
        flight = preflight(plan, wiring.choices, setup)
        ready = flight.foreseen.prepared
        for arm, choice in zip(arms, wiring.choices, strict=True):
            if arm.name in ready:
                made[arm.name] = ready[arm.name]
                if arm.name == plan.focus:
                    focus, sample = arm, made[arm.name]
                continue
            found, chosen = _choose(arm, task, plan.run.seed)
            told = rehearsal.arm(arm, choice, task, found.shots)
            made[arm.name] = _stand_in(arm, task, found, chosen, told.written)
            if told.requests is None or told.requests:
                asked.append(_asking(f"explain ({arm.name})", told.requests, provider))
            if arm.name == plan.focus:
                focus = arm
                brief = [WRITTEN if text else "" for text in told.written]
                sample = _stand_in(arm, task, found, chosen, brief)
        phases = []
        asker = next((a for a in arms if a.name == plan.survey.arm), None)
        surveys = plan.survey.errors in ("llm", "both") and any(a.needs_errors for a in arms)
        if surveys and asker is not None:
            survey = render(asker, made[asker.name], task.pool, task.labels)
            phases.append(_phase("survey", survey, provider))
        phases += asked
        phases += [
            _phase(f"answer ({a.name})", with_requests(a, made[a.name], task).requests, provider)
            for a in arms
        ]
        shown = prompts(focus, sample, task.test[:1])[0]
    price = provider_price(plan.calls, provider, wiring.context)
    latency = known_latency(provider, warn)
    return Estimate(
        plan,
        task,
        tuple(valued(phase, price, plan.calls, latency) for phase in phases),
        provider.count_tokens("a") is not None,
        focus.name,
        shown,
        focus.needs_proxy or focus.needs_errors or focus.explainer is not None,
        price,
        latency,
        (*flight.notes, *contrast_words(flight.contrast)),
    )


def total(name: str, phases: Sequence[Phase]) -> Phase:
    """All phases as one; what is unknown of one is unknown of the sum."""
    return Phase(
        name,
        _sum(p.calls for p in phases),
        _sum(p.tokens for p in phases),
        _sum(p.most_output for p in phases),
        _sum(p.cost for p in phases),
        _sum(p.seconds for p in phases),
        _sum(p.most_input for p in phases),
    )


def _sum(values: Iterable[Number | None]) -> Number | None:
    found = list(values)
    known = [value for value in found if value is not None]
    return sum(known) if len(known) == len(found) else None


def valued(phase: Phase, price: Price | None, calls: CallsSection, latency: float | None) -> Phase:
    """The phase with what it costs at most, and about how long it takes.

    The time is the longest of what the calls take with so many in flight, and of what limits of
    calls and tokens a minute allow.
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

    `warn` is told of replies there that are damaged.
    """
    place, model = cache_file(), provider.identity.get("model")
    if not is_remote(provider) or not model or not there(place):
        return None
    with Cache(place) as cache:
        taken = cache.seconds(model)
        if cache.damaged:
            warn(f"{cache.damaged} replies of the cache are damaged, and will be asked again")
    return statistics.median(taken) if taken else None


def _choose(arm: Arm, task: Task, seed: int) -> tuple[Selection, Mapping[str, tuple[int, ...]]]:
    """The arm's shots, or random ones where only the run can choose, and whose they are."""
    if arm.selector is None:
        return Selection(()), {}
    wanted = MOST_SHOTS if arm.shots == "max" else arm.shots
    if arm.needs_proxy or arm.needs_errors:
        pool = list(task.pool)
        random.Random(seed).shuffle(pool)
        return Selection(tuple(Shot(example) for example in pool[:wanted])), {}
    return select_shots(arm, candidates(task.pool, None, {}, {}, "none"), task)


def _stand_in(
    arm: Arm,
    task: Task,
    found: Selection,
    chosen: Mapping[str, tuple[int, ...]],
    written: Sequence[str],
) -> PreparedArm:
    """The arm prepared: with some words of each shot as key words, and the written rationales."""
    instruction = task.instruction if found.instruction is None else found.instruction
    drafts = [
        Demonstration(s.example, _some_words(s.example, arm.keywords), s.rationale or text)
        for s, text in zip(found.shots, written, strict=True)
    ]
    rationales = arm.template.rationales(drafts) if drafts else ()
    demonstrations = tuple(
        Demonstration(d.example, d.words, r) for d, r in zip(drafts, rationales, strict=True)
    )
    return PreparedArm(arm.name, instruction, demonstrations, chosen=chosen)


def _some_words(example: Example, count: int) -> tuple[KeyWord, ...]:
    places = word_ranges(example.text)[:count]
    return tuple(KeyWord(example.text[start:end], 0.0, ((start, end),)) for start, end in places)


def _phase(name: str, requests: Sequence[Request], provider: Provider) -> Phase:
    # Equal requests are one call.
    distinct = {request.prompt.messages: request for request in requests}
    return _asking(name, list(distinct.values()), provider)


def _asking(name: str, asked: Sequence[Request] | None, provider: Provider) -> Phase:
    if asked is None:
        return Phase(name, None, None, None)
    about = sum(about_tokens(provider, request.prompt) for request in asked)
    most = [most_tokens(provider, request) for request in asked]
    given, said = sum(one.input for one in most), sum(one.output for one in most)
    return Phase(name, len(asked), about, said, most_input=given)
