"""Estimate a run: its calls, tokens, money and time by phase, and one rendered prompt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from amplify.contract.calls import Prompt
from amplify.contract.data import Task
from amplify.contract.provider import Provider
from amplify.loop.audit.contrast import contrast_words
from amplify.loop.prompt.render import prompts, render, with_requests
from amplify.run.cost.prices import Price
from amplify.run.engine.context_room import ModelRoom
from amplify.run.engine.open_engine import provider_price
from amplify.run.estimate.phases import Phase, known_latency, phase_of, valued
from amplify.run.estimate.rehearse import Rehearsal
from amplify.run.estimate.stand_ins import prepare_stand_ins, select_stand_ins
from amplify.run.plan.plan import Plan
from amplify.run.precheck.preflight import preflight
from amplify.run.wiring.set_up import set_up
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.wire import Wiring

WRITTEN = " (what the LLM will write)"
"""A rationale in the prompt that is shown."""


@dataclass(frozen=True)
class Estimate:
    """What a run would take, by phase, and one prompt of its focus arm.

    `counted` says that the provider's own tokenizer counted the tokens; else they are guessed.
    `prompt` is one prompt of `arm`; `stand_ins` says that its demonstrations stand in for ones
    that only the run can choose. `price` is FREE for a local model. `latency` is the median of the
    seconds that calls of this model took, by the cache (None: it has none). `notes` are those that
    a run would show before its calls.
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
    """Estimate the wired plan; data and tokenizers are read, no proxy is fitted and no call made.

    Raises what a run would raise for its data, labels, sizes and plan.

    `provider` is the plan's LLM, where it is built already; `warn` is called with a text where the
    cache holds damaged replies.

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
        room = ModelRoom(provider)
        setup = set_up(wiring, task, arms, rehearsal, room, executor, Shared())
        flight = preflight(plan, wiring.choices, setup)
        prepared = dict(flight.foreseen.prepared)
        focus = next(arm for arm in arms if arm.plan_name == plan.focus)
        sample = prepared.get(focus.name)
        explain_phases = []
        for arm, choice in zip(arms, wiring.choices, strict=True):
            if arm.name in prepared:
                continue
            selection, by_item = select_stand_ins(arm, task, plan.run.seed)
            rehearsed = rehearsal.arm(arm, choice, task, selection.shots)
            written = rehearsed.written
            prepared[arm.name] = prepare_stand_ins(arm, task, selection, by_item, written)
            if rehearsed.requests is None or rehearsed.requests:
                name = f"explain ({arm.name})"
                explain_phases.append(phase_of(name, rehearsed.requests, provider))
            if arm is focus:
                brief = [WRITTEN if text else "" for text in written]
                sample = prepare_stand_ins(arm, task, selection, by_item, brief)
        phases = []
        survey_arm = next((arm for arm in arms if arm.plan_name == plan.survey.arm), None)
        surveys = plan.survey.errors in ("llm", "both") and any(arm.needs_errors for arm in arms)
        if surveys and survey_arm is not None:
            survey = render(survey_arm, prepared[survey_arm.name], task.pool, task.labels)
            phases.append(phase_of("survey", survey, provider))
        phases += explain_phases
        for arm in arms:
            requests = with_requests(arm, prepared[arm.name], task).requests
            phases.append(phase_of(f"answer ({arm.name})", requests, provider))
        assert sample is not None
        prompt = prompts(focus, sample, task.test[:1])[0]
    price = provider_price(plan.calls, provider, wiring.context)
    latency = known_latency(provider, warn)
    return Estimate(
        plan,
        task,
        tuple(valued(phase, price, plan.calls, latency) for phase in phases),
        counted=provider.count_tokens("a") is not None,
        arm=focus.name,
        prompt=prompt,
        stand_ins=focus.name not in flight.foreseen.prepared,
        price=price,
        latency=latency,
        notes=(*flight.notes, *contrast_words(flight.contrast)),
    )
