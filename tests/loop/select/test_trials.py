"""What a selector tries is asked with the arm's own prompt, counted, and kept from cheating."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from amplify import (
    Candidate,
    Completion,
    Context,
    Example,
    Failure,
    PluginError,
    ProviderError,
    Request,
    Selection,
    Shot,
    Task,
    Try,
)
from amplify.builtin.templates.options import PromptOptions
from amplify.builtin.templates.qa import AnswerOnly
from amplify.contract.guard.origin import Origin
from amplify.contract.progress import silent
from amplify.loop.audit.leakage import LeakGuard
from amplify.loop.checked.selector import CheckedSelector
from amplify.loop.precheck.refusals import foresee
from amplify.loop.prepare import Preparation, prepare_arms
from amplify.loop.prompt.arm import Arm
from amplify.loop.setup import Method, ProxyResults, Setup

LABELS = ("no", "yes")
POOL = (
    Example("p0", "one fine day of the long year", "yes"),
    Example("p1", "two grey days of that long year", "no"),
    Example("p2", "a sea of sand", "yes"),
    Example("p3", "one fine day of the long YEAR again", "no"),
)
TASK = Task("t", "Say.", LABELS, (), POOL, (Example("t0", "what else", "yes"),))

Play = Callable[[Sequence[Candidate], Try], Selection]


class Playing:
    """A selector that does what a test says."""

    def __init__(self, play: Play) -> None:
        self.play = play

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example], attempt: Try
    ) -> Selection:
        return self.play(candidates, attempt)


class Room:
    def fits(self, requests: Sequence[Request]) -> bool:
        return True

    def require(self, arm: str, requests: Sequence[Request]) -> None:
        pass


class Llm:
    """Says yes to every text that it is asked about, and keeps the requests."""

    def __init__(self, *outcomes: Completion | Failure, says: str = "yes", **more: Any) -> None:
        self.requests: list[Request] = []
        self.outcomes = outcomes
        self.says = says
        self.more = more

    def __call__(self, requests: Sequence[Request]) -> list[Completion | Failure]:
        self.requests += requests
        if self.outcomes:
            return [*self.outcomes]
        return [Completion(self.says, "m", **self.more) for _ in requests]


def prepare(play: Play, llm: Llm, **more: Any) -> Preparation:
    selector = CheckedSelector(Playing(play), Origin("played"), tries=True)
    arm = Arm(
        name="a",
        selector=selector,
        explainer=None,
        template=AnswerOnly(PromptOptions(), Context()),
        shots=2,
        keywords=2,
        mask=(),
        selector_asks=True,
        selector_tries=True,
        **more,
    )
    with ThreadPoolExecutor(1) as executor:
        setup = Setup(
            TASK,
            [arm],
            Method(None, "none", faithfulness=False),
            llm,
            Room(),
            LeakGuard(TASK, "refuse"),
            frozenset(),
            ProxyResults(),
            executor,
            silent,
        )
        return prepare_arms(setup, {}, foresee(setup))


def chosen(*candidates: Candidate) -> Selection:
    return Selection(tuple(Shot(c.example, candidate=c) for c in candidates))


def test_a_trial_that_cannot_be_read_is_asked_again_where_the_arm_asks_again() -> None:
    class Rambling(Llm):
        def __call__(self, requests: Sequence[Request]) -> list[Completion | Failure]:
            self.requests += requests
            again = "Which of these is the answer" in requests[0].prompt.text
            return [Completion("no" if again else "and, and", "m") for _ in requests]

    tried = []

    def play(candidates: Sequence[Candidate], attempt: Try) -> Selection:
        tried.extend(attempt(candidates[:1], candidates[1:3]))
        return chosen(*candidates[:2])

    for unread, answers, calls in (("count", [None, None], 2), ("ask", ["no", "no"], 4)):
        tried.clear()
        llm = Rambling()
        (prepared,) = prepare(play, llm, unread=unread).arms
        assert [trial.answer for trial in tried] == answers
        assert [trial.correct for trial in tried] == [unread == "ask", False]  # the labels: no, yes
        assert prepared.trials == len(llm.requests) == calls


def test_trials_of_an_arm_that_calibrates_need_the_probabilities_of_labels() -> None:
    def play(candidates: Sequence[Candidate], attempt: Try) -> Selection:
        attempt(candidates[:1], candidates[1:3])
        return chosen(*candidates[:2])

    with pytest.raises(ProviderError) as raised:
        prepare(play, Llm(), answer="rank", calibrate="context")
    assert "arm 'a' cannot be calibrated" in raised.value.message


def test_a_trial_is_asked_with_the_prompt_of_the_arm_and_counted() -> None:
    llm = Llm()

    def play(candidates: Sequence[Candidate], attempt: Try) -> Selection:
        first, second = candidates[1], candidates[2]
        trials = attempt([second], [first])
        assert [(t.example.id, t.answer, t.correct) for t in trials] == [("p1", "yes", False)]
        attempt([first], [second])
        return chosen(second)

    (shown,) = prepare(play, llm).arms
    assert [request.prompt.text for request in llm.requests] == [
        "Say.\n\nQ: a sea of sand\nA: yes\n\nQ: two grey days of that long year\nA:",
        "Say.\n\nQ: two grey days of that long year\nA: no\n\nQ: a sea of sand\nA:",
    ]
    assert shown.trials == 2
    assert shown.requests[0].prompt.text == "Say.\n\nQ: a sea of sand\nA: yes\n\nQ: what else\nA:"


def test_what_the_demonstrations_show_or_its_twin_is_not_asked() -> None:
    llm = Llm()

    def play(candidates: Sequence[Candidate], attempt: Try) -> Selection:
        trials = attempt([candidates[0]], candidates)
        assert [trial.example.id for trial in trials] == ["p1", "p2"]
        assert attempt([candidates[0]], [candidates[0]]) == []
        return chosen(candidates[0])

    assert prepare(play, llm).arms[0].trials == 2


def test_a_call_that_fails_ends_the_preparation() -> None:
    def play(candidates: Sequence[Candidate], attempt: Try) -> Selection:
        attempt([candidates[0]], [candidates[1]])
        return chosen(candidates[0])

    llm = Llm(Failure("server", "down"))
    with pytest.raises(ProviderError, match="p1 was not answered while demonstrations were tried"):
        prepare(play, llm)


@pytest.mark.parametrize("place", [0, 1])
def test_what_is_no_candidate_cannot_be_tried(place: int) -> None:
    stranger = Candidate(Example("t0", "what else", "yes"))

    def play(candidates: Sequence[Candidate], attempt: Try) -> Selection:
        given = [[candidates[0]], [candidates[1]]]
        given[place] = [stranger]
        attempt(*given)
        return chosen(candidates[0])

    with pytest.raises(PluginError, match="none of the candidates"):
        prepare(play, Llm())


def test_a_label_that_a_selector_changes_changes_nothing() -> None:
    llm = Llm()

    def play(candidates: Sequence[Candidate], attempt: Try) -> Selection:
        changed = Candidate(Example("p2", "a sea of sand", "no"))
        attempt([changed], [candidates[1]])
        return chosen(candidates[1])

    prepare(play, llm)
    assert "Q: a sea of sand\nA: yes" in llm.requests[0].prompt.text


def test_ranked_labels_bring_their_probabilities() -> None:
    llm = Llm(says=" yes", logprobs=((" no", -2.0), (" yes", -0.5)))

    def play(candidates: Sequence[Candidate], attempt: Try) -> Selection:
        (trial,) = attempt([candidates[2]], [candidates[1]])
        assert set(trial.probabilities) == {"no", "yes"}
        assert sum(trial.probabilities.values()) == pytest.approx(1)
        assert trial.answer == "yes"
        return chosen(candidates[2])

    prepare(play, llm, answer="rank")
