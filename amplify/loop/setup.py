"""What the arms of a run are prepared from, and with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Protocol

from amplify.contract.calls import Request
from amplify.contract.context import Ask
from amplify.contract.data import Example, Task
from amplify.contract.explainer import Explanation
from amplify.contract.progress import Progress
from amplify.loop.audit.leakage import LeakGuard
from amplify.loop.prompt.arm import Arm
from amplify.loop.survey.candidates import ErrorSource
from amplify.loop.survey.proxy import ProxySurvey


class Room(Protocol):
    """The room that the model's context has for prompts."""

    def fits(self, requests: Sequence[Request]) -> bool:
        """Whether each of the requests fits, with its reply."""

    def require(self, arm: str, requests: Sequence[Request]) -> None:
        """PlanError, with the arm's name, where one of the requests does not fit."""


@dataclass(frozen=True)
class Method:
    """How the arms are prepared, as the plan says.

    The arm `survey_arm` asks the LLM for its answers to the pool; `errors` says whose mistakes are
    errors. `folds` above 0: the proxy is cross-fitted on the pool. `parser` reads the LLM's
    answers. `faithfulness`: every explanation's is measured, by the proxy that it explains.
    """

    survey_arm: str | None
    errors: ErrorSource
    folds: int = 0
    parser: str = "default"
    faithfulness: bool = True
    seed: int = 0


@dataclass
class ProxyResults:
    """What proxies made of a task, for all runs over the same splits and seed.

    `surveys` holds the pool's survey by the proxy's digest; `explanations` those of single examples
    by the digests of proxy and explainer, and by whether they speak for a wrong label; `drops` what
    examples lose without the top words of their explanations, by the digests of proxy and explainer
    and the number of these words; `features` those of pool items, by the proxy's digest and the
    item's id.
    """

    surveys: dict[str, ProxySurvey] = field(default_factory=dict)
    explanations: dict[tuple[str, str, bool], dict[Example, Explanation]] = field(
        default_factory=dict
    )
    drops: dict[tuple[str, str, int], dict[Example, float]] = field(default_factory=dict)
    features: dict[str, dict[str, tuple[float, ...]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Setup:
    """What the arms of a run are prepared from (`task`, `arms`, `method`), and with.

    `ask` puts the survey's requests to the LLM; `guard` looks for test items; `scaffold` are the
    words that nearly all of the task's examples have; `results` are those of earlier runs too;
    `data` is a digest of the task. `pools` holds what each draw chooses from; a draw that is not in
    it chooses from the whole pool. `ask_trials` is as `ask`, for what selectors try.
    """

    task: Task
    arms: Sequence[Arm]
    method: Method
    ask: Ask
    room: Room
    guard: LeakGuard
    scaffold: frozenset[str]
    results: ProxyResults
    executor: Executor
    show: Progress
    data: str = ""
    pools: Mapping[int, Sequence[Example]] = field(default_factory=dict)
    ask_trials: Ask | None = None

    def pool_of(self, arm: Arm) -> Sequence[Example]:
        """The pool examples that the arm's draw chooses from."""
        return self.pools.get(arm.draw, self.task.pool)
