"""Estimate a run: its calls, tokens, money and time by phase, and one rendered prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from amplify.contract.calls import Prompt
from amplify.contract.data import Task
from amplify.contract.provider import Provider
from amplify.loop.answer.calibrate import calibration_requests
from amplify.loop.answer.choose import choice_requests
from amplify.loop.audit.contrast import contrast_words
from amplify.loop.compare.outlook import (
    Basis,
    Outlook,
    PromptOutlook,
    outlook,
    prompt_outlook,
)
from amplify.loop.prompt.arm import Arm
from amplify.loop.prompt.draws import by_plan_name
from amplify.loop.prompt.render import prompts
from amplify.loop.prompt.repeats import repeat_notes, repeat_requests
from amplify.loop.prompt.shown import ShownExamples, repeated_draw_notes, shown_by_draw
from amplify.loop.setup import Setup
from amplify.run.cost.prices import Price
from amplify.run.engine.context_room import ModelRoom
from amplify.run.engine.open_engine import provider_price
from amplify.run.estimate.attribution_phases import attribution_phases
from amplify.run.estimate.phase_requests import requests_by_phase, surveys_pool, without_repeats
from amplify.run.estimate.phases import Phase, known_latency, phase_of, valued
from amplify.run.estimate.rehearse import Rehearsal
from amplify.run.estimate.stand_ins import stand_in
from amplify.run.estimate.worth_phases import worth_phases
from amplify.run.plan.plan import Plan
from amplify.run.precheck.preflight import preflight
from amplify.run.wiring.attributor import check_attributed
from amplify.run.wiring.repeats import check_samples
from amplify.run.wiring.set_up import set_up
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.told_apart import check_told_apart
from amplify.run.wiring.wire import Wiring


@dataclass(frozen=True)
class Estimate:
    """What a run would take, by phase, and one prompt of its focus arm.

    `counted` says that the provider's own tokenizer counted the tokens; else they are guessed.
    `prompt` is one prompt of `arm`, of this `draw` of it (0: its only one); `stand_ins` says that
    its demonstrations stand in for ones that only the run can choose. `price` is FREE for a local
    model. `latency` is the median of the seconds that calls of this model took, by the cache (None:
    it has none). `notes` are those that a run would show before its calls. `draws` is how many
    draws each arm of the plan has, 0 for one that draws no demonstrations; `shared` is what the run
    makes once for all draws. `comparisons` counts those whose p-values the run adjusts together.
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
    comparisons: int = 1

    @property
    def outlook(self) -> Outlook | None:
        """What the run can show of the focus against its baseline, as methods.

        None where neither of the two draws demonstrations.
        """
        draws = self.compared_draws
        return outlook(draws, len(self.task.test), self.comparisons) if draws else None

    @property
    def compared_draws(self) -> int:
        """In how many draws the focus is compared with its baseline; 0 where neither is drawn."""
        if self.plan.baseline is None:
            return 0
        drawn = [self.draws[name] for name in (self.plan.focus, self.plan.baseline)]
        # An arm that draws nothing stands beside every draw of the other.
        return min((count for count in drawn if count), default=0)

    def prompt_outlook(self, discordance: float, basis: Basis) -> PromptOutlook | None:
        """What the run can show of two prompts, those of focus and baseline in one draw.

        One of them alone is right on the share `discordance` of the items, which comes from
        `basis`. None where the focus has no baseline. With several draws it is one comparison, of
        the best of them.
        """
        if self.plan.baseline is None:
            return None
        comparisons = 1 if self.compared_draws > 1 else self.comparisons
        return prompt_outlook(len(self.task.test), comparisons, discordance, basis)


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
    check_samples(plan, wiring.llm, wiring.choices, provider)
    check_told_apart(plan, wiring.choices, task, provider)
    check_attributed(plan, wiring.llm, provider)
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
        shown = shown_by_draw([*flight.foreseen.prepared.values()])
        choice = choice_requests(
            {plan.focus, plan.baseline} - flight.contrast.one_draw.keys(),
            arms,
            [prepared[arm.name] for arm in arms],
            task,
            room,
            plan.run.choose_on,
            plan.run.seed,
        )
        calibration = calibration_requests(
            setup, [prepared[arm.name] for arm in arms], plan.run.calibrate_on, choice.items
        )
        repeated = {
            arm.name: repeat_requests(arm, prepared[arm.name], task, plan.run.seed) for arm in arms
        }
        phases = [
            phase_of(phase, provider)
            for phase in without_repeats(
                requests_by_phase(setup, draws, prepared, stand_ins, calibration, choice, repeated),
                provider.identity,
                stand_ins.prepared,
            )
        ]
        measured = draws[plan.worth.arm or plan.focus]
        of_measured = [(arm, prepared[arm.name]) for arm in measured]
        phases += worth_phases(plan, of_measured, setup, provider)
        phases += attribution_phases(
            plan, wiring.attributor, of_measured, task, provider, wiring.context
        )
        sample = stand_ins.shown.get(focus.name, prepared[focus.name])
        prompt = prompts(focus, sample, task.test[:1])[0]
    # The focus is compared with the best draw of its baseline too.
    against_best = plan.baseline in choice.draws and len(draws[plan.focus]) > 1
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
        notes=(
            *flight.notes,
            *contrast_words(flight.contrast),
            *choice.notes,
            *repeat_notes(arms, repeated),
            *repeated_draw_notes([*flight.foreseen.prepared.values()]),
            *filter(None, [provider.preparation]),
        ),
        draw=focus.draw,
        draws={name: _draws(of_arm, shown.get(name)) for name, of_arm in draws.items()},
        shared=tuple(_shared(setup)),
        comparisons=len(plan.arms) - 1 + against_best,
    )


def _draws(draws: Sequence[Arm], shown: Mapping[int, ShownExamples] | None) -> int:
    """How many draws of an arm count, 0 where nothing is drawn; `shown` is what each of them shows,
    where that is known."""
    if not draws[0].draws_demonstrations:
        return 0
    return len(draws) if shown is None else len(set(shown.values()))


def _shared(setup: Setup) -> Iterator[str]:
    """What the run makes once for all draws."""
    if surveys_pool(setup):
        yield "the survey"
    showing = [arm for arm in setup.arms if arm.demonstrates]
    if any(arm.uses_proxy for arm in setup.arms):
        yield "the proxy's fit"
    if any(arm.explainer or arm.ranker for arm in showing):
        yield "the explanation of each example"
