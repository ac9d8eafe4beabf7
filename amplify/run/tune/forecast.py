"""Foresees a tune: its contenders, its rounds, the most calls, and what it can show."""

from __future__ import annotations

from dataclasses import dataclass

from amplify.loop.compare.outlook import TYPICAL_DISCORDANCE, PromptOutlook, prompt_outlook
from amplify.loop.data.set_apart import set_apart
from amplify.loop.prompt.arm import drawn_name
from amplify.loop.race.schedule import Schedule
from amplify.run.engine.remote.remote_calls import may_take_two_calls
from amplify.run.plan.plan import Plan
from amplify.run.tune.foreseen_calls import prior_calls, selector_calls, worth_calls
from amplify.run.tune.proposals import proposals_of
from amplify.run.wiring.choices import RoleComponents, selector_of
from amplify.run.wiring.compatibility import answer_mode
from amplify.run.wiring.repeats import repeats_of
from amplify.run.wiring.second_calls import unread_of
from amplify.run.wiring.wire import Wiring


@dataclass(frozen=True)
class ForeseenRound:
    """A round of so many `items` for so many `contenders`, and how many go on at most (`keep`)."""

    items: int
    contenders: int
    keep: int | None


@dataclass(frozen=True)
class TuneForecast:
    """What a tune would do, if the bound dropped nobody.

    `names` are the contenders, of `space` before a sample; `starters` is how many of them the calls
    suffice for. `propose` (instructions), `survey`, `select` (what selectors ask), `priors`,
    `race`, `test` and `worth` are the most calls of each part; what explainers, and the selectors
    of the arms `asking`, ask the LLM is not among them, nor is what attributes the answers to
    `attributed` test items: only the tune can tell. `error` is the
    standard error of the difference of two contenders over all validation items, where they differ
    on a share `discordance` of these; `outlook` is that of the test.
    """

    names: tuple[str, ...]
    space: int
    starters: int
    validation: int
    tested: int
    rounds: tuple[ForeseenRound, ...]
    survey: int
    priors: int
    race: int
    test: int
    discordance: float
    error: float
    outlook: PromptOutlook
    asking: tuple[str, ...] = ()
    select: int = 0
    worth: int = 0
    propose: int = 0
    attributed: int = 0

    @property
    def calls(self) -> int:
        """The most calls of the whole tune."""
        ahead = self.propose + self.survey + self.select + self.priors
        return ahead + self.race + self.test + self.worth


def forecast_tune(wiring: Wiring) -> TuneForecast:
    """What a tune of the wired plan would do; the data is read, and nothing is asked.

    Raises what the tune would raise for its data.
    """
    plan, tune = wiring.plan, wiring.plan.tune
    assert tune is not None
    seed = plan.run.seed if plan.split.seed is None else plan.split.seed
    task, validation = set_apart(wiring.load_task(), tune.validation, seed)
    raced = {choice.plan.name: choice for choice in wiring.choices}
    names = {
        drawn_name(name, draw): choice
        for name, choice in raced.items()
        if name in tune.arms or name == plan.baseline
        for draw in (_draws(plan, choice) if name in tune.arms else _draws(plan, choice)[:1])
    }
    asking = {name: c for name, c in raced.items() if _needs(c) & {"llm", "trials"}}
    completing = [c for c in raced.values() if answer_mode(plan, c) == "complete"]
    provider = wiring.build_provider() if asking or completing else None
    twice = provider is not None and may_take_two_calls(provider)
    items = len(validation)
    most = max(
        _calls_per_item(plan, choice) * (2 if twice and choice in completing else 1)
        for choice in raced.values()
    )
    selecting = selector_calls(wiring, task, asking, provider) if provider else {}
    select = sum(filter(None, selecting.values()))
    priors = sum(prior_calls(plan, choice) for choice in names.values())
    references = 2 if (plan.run.focus or "amplify") in raced else 1
    test = (1 + references) * len(task.test) * most
    survey = len(task.pool) if _surveys(plan, wiring.choices) else 0
    if any("test-probabilities" in _needs(choice) for choice in wiring.choices):
        survey += items + len(task.test)
    propose = len(proposals_of(plan))
    calls = None
    if plan.calls.max_calls is not None:
        ahead = propose + survey + select + priors
        calls = max(0, plan.calls.max_calls - ahead - test) // most
    starters = Schedule(items, len(names), calls).starters
    rounds = _rounds(items, starters, calls)
    return TuneForecast(
        tuple(names),
        tune.space or len(names),
        starters,
        items,
        len(task.test),
        rounds,
        survey,
        priors,
        most * sum(foreseen.items * foreseen.contenders for foreseen in rounds),
        test,
        TYPICAL_DISCORDANCE,
        (TYPICAL_DISCORDANCE / items) ** 0.5,
        prompt_outlook(len(task.test), references),
        tuple(name for name in asking if selecting[name] is None),
        select,
        worth_calls(plan, raced.values(), task, most),
        propose,
        plan.worth.answers + len(plan.worth.answer_of),
    )


def _rounds(items: int, starters: int, calls: int | None) -> tuple[ForeseenRound, ...]:
    rounds: list[ForeseenRound] = []
    total, surviving = 0, starters
    schedule = Schedule(items, starters, calls)
    while surviving > 1:
        step = schedule.step(total, surviving, calls)
        if not step.items:
            break
        rounds.append(ForeseenRound(step.items, surviving, step.keep))
        total += step.items
        calls = None if calls is None else calls - step.items * surviving
        surviving = surviving if step.keep is None else step.keep
    return tuple(rounds)


def _draws(plan: Plan, choice: RoleComponents) -> range:
    """The numbers of an arm's draws; 0 for the only one."""
    draws = plan.draws_of(choice.plan) if choice.draws_demonstrations else 1
    return range(1, draws + 1) if draws > 1 else range(1)


def _calls_per_item(plan: Plan, choice: RoleComponents) -> int:
    second = 2 if unread_of(plan, choice) == "ask" else 1
    return repeats_of(plan, choice) * second


def _surveys(plan: Plan, choices: tuple[RoleComponents, ...]) -> bool:
    """Whether the LLM answers the pool."""
    looks = any("errors" in _needs(choice) for choice in choices)
    return plan.survey.errors in ("llm", "both") and looks


def _needs(choice: RoleComponents) -> frozenset[str]:
    """What the arm's selector needs; nothing where it shows no demonstrations."""
    if choice.selector is None or not choice.plan.shots:
        return frozenset()
    return frozenset(selector_of(choice.selector).needs)
