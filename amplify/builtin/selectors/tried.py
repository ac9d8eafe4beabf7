"""Selectors that try demonstrations: the LLM answers pool items with the arm's own prompt."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from amplify import (
    Candidate,
    Context,
    Example,
    PlanError,
    Selection,
    Shot,
    Trial,
    Try,
    counted,
    seeded_key,
)
from amplify.builtin.selectors.options import BestOfOptions, ConfidentErrorsOptions
from amplify.builtin.selectors.random_draw import RandomDraw

ATTEMPTS = 20
"""How many draws each random set is worth, where draws repeat an earlier set."""


class BestOf(RandomDraw):
    """The best of several random sets, by pool items that none of them shows (arXiv 2406.15708)."""

    def __init__(self, options: BestOfOptions, context: Context) -> None:
        super().__init__(options, context)
        self.sets = options.sets
        self.items = options.items

    def select(
        self,
        candidates: Sequence[Candidate],
        shots: int,
        queries: Sequence[Example] = (),
        attempt: Try | None = None,
    ) -> Selection:
        """The set with the most right answers; of equals the first.

        The items are drawn first, at most half of the candidates, and all sets from the others, so
        that each set answers the same items.
        """
        assert attempt is not None  # the host gives one to a selector that needs trials
        shuffled = self._shuffled(candidates)
        items = shuffled[: min(self.items, len(shuffled) // 2)]
        rest = shuffled[len(items) :]
        sets = self._sets(rest, shots)
        trials = [attempt(one, items) for one in sets]
        shares = [_share_right(of_set) for of_set in trials]
        best = max(range(len(sets)), key=lambda place: shares[place], default=0)
        if not sets or not sets[best]:
            return Selection(())
        note = (
            f"best of {counted(len(sets), 'random set')} by {counted(len(items), 'pool item')},"
            f" {sum(map(len, trials))} answers: {shares[best]:.0%} right, against"
            f" {median(shares):.0%} of the median set; the best is chosen by these items, so that"
            " its share on them is too high"
        )
        return Selection(tuple(Shot(c.example, candidate=c) for c in sets[best]), notes=(note,))

    def _sets(self, rest: Sequence[Candidate], shots: int) -> list[list[Candidate]]:
        """The random sets, no two of which hold the same; fewer where there are not as many."""
        distinct: dict[frozenset[str], list[Candidate]] = {}
        for number in range(self.sets * ATTEMPTS):
            drawn = self._set(rest, number, shots)
            distinct.setdefault(frozenset(c.example.id for c in drawn), drawn)
            if len(distinct) == self.sets:
                break
        return list(distinct.values())

    def _set(self, rest: Sequence[Candidate], number: int, shots: int) -> list[Candidate]:
        """The random set of this number."""
        key = {c.example.id: f"set {number}/{c.example.id}" for c in rest}
        drawn = sorted(rest, key=lambda c: seeded_key(self.context.seed, key[c.example.id]))
        return self._in_turn(drawn)[:shots]


class ConfidentErrors(RandomDraw):
    """Random demonstrations, replaced by the LLM's most confident errors (arXiv 2401.06301)."""

    def __init__(self, options: ConfidentErrorsOptions, context: Context) -> None:
        super().__init__(options, context)
        if context.answer == "write":
            raise PlanError(
                "confident-errors ranks pool items by the probabilities of their labels, and an LLM"
                " that writes its answers tells none",
                hint='have the labels ranked: answer = "rank"',
            )
        self.steps = options.steps
        self.replaced = options.replaced
        self.items = options.items

    def select(
        self,
        candidates: Sequence[Candidate],
        shots: int,
        queries: Sequence[Example] = (),
        attempt: Try | None = None,
    ) -> Selection:
        """The set after the last step, the most misconfident demonstration last.

        In each step the pool items that are not shown are asked anew. Those with the highest
        misconfidence, `max p(wrong label) / p(true label)`, take the places of the demonstrations
        with the lowest, that of those from the start being unknown: they go first.
        """
        assert attempt is not None  # the host gives one to a selector that needs trials
        shuffled = self._shuffled(candidates)
        shown = self._in_turn(shuffled)[:shots]
        known = {candidate.example.id: 0.0 for candidate in shown}
        calls = 0
        for _ in range(self.steps):
            waiting = [c for c in shuffled if c.example.id not in {s.example.id for s in shown}]
            trials = attempt(shown, waiting[: self.items or len(waiting)])
            calls += len(trials)
            known |= {trial.example.id: _misconfidence(trial) for trial in trials}
            by_id = {candidate.example.id: candidate for candidate in waiting}
            ranked = sorted(trials, key=lambda t: (-known[t.example.id], t.example.id))
            new = [by_id[trial.example.id] for trial in ranked[: min(self.replaced, shots)]]
            kept = sorted(shown, key=lambda c: -known[c.example.id])[: max(0, shots - len(new))]
            shown = sorted([*kept, *new], key=lambda c: known[c.example.id])
        note = (
            f"{counted(self.steps, 'step')}, {counted(calls, 'call')} on pool items: in each the"
            f" {self.replaced} items of"
            " the highest misconfidence replaced demonstrations"
        )
        return Selection(tuple(Shot(c.example, candidate=c) for c in shown), notes=(note,))


def _share_right(trials: Sequence[Trial]) -> float:
    return sum(trial.correct for trial in trials) / len(trials) if trials else 0.0


def _misconfidence(trial: Trial) -> float:
    """How much more probable the LLM finds the best wrong label than the true one."""
    if not trial.probabilities:
        raise PlanError(
            f"the LLM tells no probabilities of the labels of {trial.example.id}",
            hint="another LLM, or another selector; llm.logprobs = true where a service has it",
        )
    truth = trial.probabilities.get(trial.example.label, 0.0)
    wrong = [p for label, p in trial.probabilities.items() if label != trial.example.label]
    return max(wrong, default=0.0) / max(truth, 1e-12)
