"""Runs a race: asks contenders validation items in rounds until one is left or nothing is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain

from amplify.contract.calls import Request
from amplify.contract.data import Example, Prediction
from amplify.loop.race.race import Race
from amplify.loop.race.schedule import Schedule, Step
from amplify.run.engine.answer_arms import answer_together
from amplify.run.engine.answers import Answers
from amplify.run.hops.opened import OpenRun
from amplify.run.tune.allowance import Allowance
from amplify.run.tune.contenders import Contender, open_requests
from amplify.run.tune.replies import ReplyCounts, race_notes
from amplify.run.tune.starters import items_asked, sample, starters_of
from amplify.run.tune.steps import Steps


@dataclass(frozen=True)
class Lap:
    """What a race looks like after a round, for whoever watches it.

    `calls_left` is what its caps leave to it; None without a cap.
    """

    race: Race
    contenders: Sequence[Contender]
    validation: int
    calls_left: int | None


Watch = Callable[[Lap], None]


@dataclass
class Course:
    """A race over validation items, and what came of it.

    `requests` counts those of the race, and `failed` those whose call failed, so that they count as
    wrong. `answers` has the priors, the failures, and the second calls that a stop left; `replies`
    counts what became of each contender's replies. `cut_off` are the contenders of a round that a
    stop cut. `over` says that the race came to its end, and was not stopped.
    """

    run: OpenRun
    contenders: Sequence[Contender]
    validation: Sequence[Example]
    allowance: Allowance
    steps: Steps
    watch: Watch
    race: Race
    answers: Answers = field(default_factory=Answers)
    requests: int = 0
    failed: int = 0
    replies: dict[str, ReplyCounts] = field(default_factory=dict)
    cut_off: Sequence[Contender] = ()
    over: bool = False

    def go(self) -> None:
        """Race until one contender is left, or no item, or no call."""
        self._ask_priors()
        while self.run.engine.stop is None:
            surviving = self.surviving
            step = self.steps.next(partial(self._decide, surviving))
            if not step.items:
                self._end()
                break
            self._round(surviving, step)

    def _end(self) -> None:
        """End the race: its leader wins. A race that has not begun is stopped by the cap."""
        if len(self.race.surviving) > 1 and not self.race.rounds:
            self.run.engine.stop = self.allowance.no_race()
            return
        self.over = True
        if len(self.race.surviving) > 1 and self.race.total < len(self.validation):
            self.race.end()

    def _decide(self, surviving: Sequence[Contender]) -> Step:
        left = self._calls_left(surviving)
        schedule = Schedule(len(self.validation), len(self.contenders), left)
        return schedule.step(self.race.total, len(surviving), left)

    def _calls_left(self, surviving: Sequence[Contender]) -> int | None:
        """The items that the race may still ask, over all contenders; None without a cap."""
        rest = sample([r for c in surviving for r in c.most_requests(self.race.total)])
        return items_asked(self.allowance.calls(surviving, rest), surviving)

    def remaining(self) -> list[Request]:
        """The requests that the surviving contenders may still ask, and those of the test."""
        engine, surviving = self.run.engine, self.still_racing
        of_race = [
            request
            for c in surviving
            for request in (
                *c.priors,
                *open_requests(engine, list(chain(*c.rounds)), list(chain(*c.second_rounds))),
            )
        ]
        cut_off = (*self.answers.not_made, *self.answers.may_follow)
        return [*of_race, *cut_off, *self.allowance.kept_back(surviving)]

    @property
    def notes(self) -> list[str]:
        """What the record's readers have to know of the race's replies."""
        return race_notes(self.replies)

    @property
    def surviving(self) -> list[Contender]:
        """The contenders that are still in the race, the leader first."""
        by_name = {contender.name: contender for contender in self.contenders}
        return [by_name[name] for name in self.race.surviving]

    @property
    def still_racing(self) -> Sequence[Contender]:
        """The contenders that are still to be asked when a stopped race goes on.

        These are all of a round that was cut: it is finished before anybody is dropped by it.
        """
        return self.cut_off or self.surviving

    def _ask_priors(self) -> None:
        """Ask what contenders need that calibrate."""
        run = self.run
        for contender in self.contenders:
            if contender.priors and run.engine.stop is None:
                name = contender.name
                outcomes = run.engine.ask(contender.priors, f"calibrate ({name})")
                self.answers.add_priors(
                    {name: contender.arm}, {name: contender.priors}, outcomes, run.task
                )
                self.requests += len(contender.priors)
                counts = self.replies.setdefault(name, ReplyCounts())
                noted, self.answers.notes = self.answers.notes, []
                counts.prior = "; ".join(n.removeprefix(f"arm {name}: ") for n in noted)

    def _round(self, surviving: Sequence[Contender], step: Step) -> None:
        """Ask a round, and add what all of its contenders have answered to the race."""
        run, engine = self.run, self.run.engine
        start, stop = self.race.total, self.race.total + step.items
        items = self.validation[start:stop]
        order = sorted(surviving, key=self.contenders.index)
        if len(self.race.rounds) % 2:
            # A local model keeps the shared blocks that it read last: these are asked first.
            order.reverse()
        requests = {c.name: c.round_requests(start, stop) for c in order}
        flat = {name: list(chain(*by_repeat)) for name, by_repeat in requests.items()}
        self.requests += sum(map(len, flat.values()))
        task = replace(run.task, test=tuple(items))
        by_name = {contender.name: contender for contender in order}
        unanswered: set[str] = set()
        read: dict[str, list[Prediction]] = {}
        phase = f"race, round {len(self.race.rounds) + 1}"
        outcomes_by_name = answer_together(engine, flat, phase)
        if engine.stop is not None and not engine.journal.completions:
            raise engine.run_stopped(phase, list(chain(*flat.values())), more=True)
        if engine.answered:
            run.continuation.answered()
        for name, outcomes in outcomes_by_name.items():
            of_round = Answers(priors=self.answers.priors)
            predictions = of_round.add(
                by_name[name].arm,
                requests[name],
                outcomes,
                task,
                run.plan.run.parser,
                run.room,
                engine.ask,
            )
            without_second = {request.item for request in of_round.not_made}
            read[name] = [
                replace(p, status="prepared", correct=False) if p.item in without_second else p
                for p in predictions
            ]
            unanswered |= without_second
            self.replies.setdefault(name, ReplyCounts()).add(read[name], of_round)
            self.answers.failures += of_round.failures
            self.answers.not_made += of_round.not_made
            self.answers.may_follow += of_round.may_follow
        self.failed += sum(p.status == "failed" for p in chain(*read.values()))
        if engine.stop is not None:
            self.cut_off = surviving
        # Items behind one that lacks a second call are left out too: else those that are easy to
        # read would count, and no others.
        until = next((n for n, item in enumerate(items) if item.id in unanswered), len(items))
        whole = [
            place
            for place in range(until)
            if engine.stop is None or all(of[place].status != "prepared" for of in read.values())
        ]
        if not whole:
            return
        self.race.add({name: [of[place].correct for place in whole] for name, of in read.items()})
        if engine.stop is None and step.keep is not None:
            self.race.halve(step.keep)
        left = [c for c in order if c.name in self.race.surviving]
        self.watch(Lap(self.race, self.contenders, len(self.validation), self._calls_left(left)))


def run_race(
    run: OpenRun,
    contenders: Sequence[Contender],
    validation: Sequence[Example],
    tested: Sequence[Contender],
    resume: bool,
    watch: Watch,
) -> Course:
    """Race the contenders on the validation items.

    `tested` are those that are tested whoever wins, for which calls are kept back; where the calls
    do not suffice for all contenders, a seeded sample of them starts, in which these are. `resume`
    takes the steps that the folder has. `watch` is called after each round.
    """
    plan, engine = run.plan, run.engine
    assert plan.tune is not None
    allowance = Allowance(engine, tested)
    steps = Steps(run.folder.path, resume, {contender.name for contender in contenders})
    starters = steps.start(
        lambda: starters_of(contenders, validation, tested, allowance, plan.run.seed)
    )
    racing = [contender for contender in contenders if contender.name in starters]
    # Of contenders that are equally good the first one leads: let it be the baseline.
    first = sorted(racing or contenders, key=lambda c: tested[0].name not in (c.name, *c.same))
    race = Race(
        [contender.name for contender in first],
        len(validation),
        alpha=plan.tune.alpha,
    )
    course = Course(run, racing or contenders, validation, allowance, steps, watch, race)
    if not racing:
        engine.stop = engine.stop or allowance.no_race()
    course.go()
    if engine.stop is not None and not engine.journal.completions:
        raise engine.run_stopped("race", course.remaining(), more=True)
    return course
