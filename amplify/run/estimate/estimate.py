"""Estimate a run: its calls, tokens, money and time by phase, and one rendered prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from amplify.contract.calls import Prompt
from amplify.contract.data import Task
from amplify.contract.provider import Provider
from amplify.loop.audit.contrast import contrast_words
from amplify.loop.compare.outlook import Outlook, outlook
from amplify.loop.prompt.arm import Arm
from amplify.loop.prompt.draws import by_plan_name
from amplify.loop.prompt.render import prompts, render, with_requests
from amplify.run.cost.prices import Price
from amplify.run.engine.context_room import ModelRoom
from amplify.run.engine.open_engine import provider_price
from amplify.run.estimate.phases import Phase, known_latency, phase_of, valued
from amplify.run.estimate.rehearse import Rehearsal
from amplify.run.estimate.stand_ins import stand_in
from amplify.run.plan.plan import Plan
from amplify.run.precheck.preflight import preflight
from amplify.run.wiring.set_up import set_up
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.wire import Wiring


@dataclass(frozen=True)
class Estimate:
    """What a run would take, by phase, and one prompt of its focus arm.

    `counted` says that the provider's own tokenizer counted the tokens; else they are guessed.
    `prompt` is one prompt of `arm`, of this `draw` of it (0: its only one); `stand_ins` says that
    its demonstrations stand in for ones that only the run can choose. `draws` is how many draws
    each arm of the plan has, 0 for one that draws no demonstrations; `shared` is what the run makes
    once for all draws. `price` is FREE for a local model. `latency` is the median of the
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
    draw: int = 0
    draws: Mapping[str, int] = field(default_factory=dict)
    shared: tuple[str, ...] = ()

    @property
    def outlook(self) -> Outlook | None:
        """What the run can show of the focus against its baseline, as methods.

        None where neither of the two draws demonstrations.
        """
        if self.plan.baseline is None:
            return None
        drawn = [self.draws[name] for name in (self.plan.focus, self.plan.baseline)]
        # An arm that draws nothing stands beside every draw of the other.
        draws = min((count for count in drawn if count), default=0)
        comparisons = len(self.plan.arms) - 1
        return outlook(draws, len(self.task.test), comparisons) if draws else None


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
        draws = by_plan_name(arms, arms)
        focus = draws[plan.focus][0]
        stand_ins = stand_in(setup, wiring.choices, rehearsal, prepared)
        prepared |= stand_ins.prepared
        phases = []
        survey_arm = next(iter(draws.get(plan.survey.arm or "", ())), None)
        surveys = plan.survey.errors in ("llm", "both") and any(arm.needs_errors for arm in arms)
        if surveys and survey_arm is not None:
            survey = render(survey_arm, prepared[survey_arm.name], task.pool, task.labels)
            phases.append(phase_of("survey", survey, provider))
        phases += [
            phase_of(f"explain ({name})", requests, provider, len(draws[name]))
            for name, requests in stand_ins.asked.items()
            if requests is None or requests
        ]
        for name, of_arm in draws.items():
            requests = [
                request
                for arm in of_arm
                for request in with_requests(arm, prepared[arm.name], task).requests
            ]
            phases.append(phase_of(f"answer ({name})", requests, provider, len(of_arm)))
        sample = stand_ins.shown.get(focus.name, prepared[focus.name])
        prompt = prompts(focus, sample, task.test[:1])[0]
    price = provider_price(plan.calls, provider, wiring.context)
    latency = known_latency(provider, warn)
    return Estimate(
        plan,
        task,
        tuple(valued(phase, price, plan.calls, latency) for phase in phases),
        counted=provider.count_tokens("a") is not None,
        arm=plan.focus,
        prompt=prompt,
        stand_ins=focus.name in stand_ins.prepared,
        price=price,
        latency=latency,
        notes=(*flight.notes, *contrast_words(flight.contrast)),
        draw=focus.draw,
        draws={
            name: len(of_arm) if of_arm[0].draws_demonstrations else 0
            for name, of_arm in draws.items()
        },
        shared=tuple(_shared(arms, surveys)),
    )


def _shared(arms: Sequence[Arm], surveys: bool) -> Iterator[str]:
    """What the run makes once for all draws; `surveys` says that the LLM answers the pool."""
    if surveys:
        yield "the survey"
    if any(arm.demonstrates and arm.needs_proxy for arm in arms):
        yield "the proxy's fit"
    if any(arm.demonstrates and (arm.explainer or arm.ranker) for arm in arms):
        yield "the explanation of each example"
