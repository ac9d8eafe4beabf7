"""The result of a run, for a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amplify.contract.data import Task
from amplify.loop.answer.score import ArmScore
from amplify.loop.audit.faithfulness import Report
from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.verdict import Verdict
from amplify.loop.prompt.arm import PreparedArm
from amplify.loop.survey.proxy_report import ProxyReport
from amplify.loop.worth.answer_attribution import AnswerAttributions
from amplify.loop.worth.prompt_worth import PromptWorth
from amplify.run.cost.spent import Spent
from amplify.run.engine.stop_reason import StopReason
from amplify.run.plan.plan import Plan
from amplify.run.store.record import failed_calls


@dataclass(frozen=True)
class FinishedRun:
    """A finished run: what was prepared, predicted, scored and compared.

    `proxy_scores` are the results of the proxies themselves on the test items.

    `faithfulness` holds that of the arms whose explanations were measured. `prompts` compares the
    best draws of focus and baseline (None: no draw was chosen). `calls` counts what the
    LLM was asked, `reused` the requests that needed no call. `stop` says why it asked no more
    before all was answered; `spent` what its calls took so far, `currency` in what (None: their
    price is not known; empty: nothing is to be paid). `enough` holds keys of `[calls]` with the
    values of its caps that let it go on to its end. `second_calls_left` counts the second calls on
    unread replies that were not made as the run stopped. `worth` is that of the demonstrations of
    an arm (None: it was not measured), `attributions` are those of its answers (None: none were
    attributed).
    """

    plan: Plan
    task: Task
    folder: Path
    prepared: tuple[PreparedArm, ...]
    proxies: tuple[ProxyReport, ...]
    faithfulness: Mapping[str, Report]
    scores: tuple[ArmScore, ...]
    comparisons: tuple[Comparison, ...]
    prompts: Comparison | None
    verdict: Verdict
    proxy_scores: tuple[ArmScore, ...]
    record: dict[str, Any]
    calls: int
    reused: int
    spent: Spent
    currency: str | None = None
    stop: StopReason | None = None
    enough: Mapping[str, float] | None = None
    second_calls_left: int = 0
    worth: PromptWorth | None = None
    attributions: AnswerAttributions | None = None

    @property
    def failed(self) -> int:
        """How many items, those of the pool included, have no answer as their call failed."""
        return failed_calls(self.record)
