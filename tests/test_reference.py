"""The reference pages have every key of a plan and of a record, and every option of a command."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click
import pytest

from amplify.cli.main import COMMANDS, cli
from amplify.contract.data import Prediction
from amplify.loop.answer.class_scores import ClassScore, Metrics
from amplify.loop.answer.score import ArmScore, DrawScore
from amplify.loop.audit.contrast import Contrast
from amplify.loop.audit.empty_words import EmptyWords
from amplify.loop.audit.faithfulness import Report
from amplify.loop.compare.compare import Comparison, DrawDifference
from amplify.loop.compare.crossed import Variances
from amplify.loop.compare.demand import DemandResult
from amplify.loop.compare.outlook import Chance, Outlook
from amplify.loop.compare.verdict import ControlResult, Verdict
from amplify.loop.worth.answer_attribution import (
    AnswerAttribution,
    AnswerAttributions,
    PartsAttribution,
    PartShare,
)
from amplify.loop.worth.prompt_worth import PartsWorth, PartWorth, PromptWorth, Pruned
from amplify.loop.worth.worth import Worth
from amplify.run.plan.plan import ArmPlan
from amplify.run.plan.sections import (
    CallsSection,
    GuardsSection,
    RunSection,
    SplitSection,
    SurveySection,
    TuneSection,
    VerdictSection,
    WorthSection,
)

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


PAGES = page("plan.md") + page("study.md")
SECTIONS = (
    RunSection,
    SplitSection,
    SurveySection,
    VerdictSection,
    WorthSection,
    GuardsSection,
    CallsSection,
    TuneSection,
    ArmPlan,
)
RECORDS = (
    *(ArmScore, DrawScore, Comparison, DrawDifference, Variances, Verdict, ControlResult),
    *(DemandResult, Outlook, Chance, Contrast, Prediction, EmptyWords, Report, Metrics, ClassScore),
    *(PromptWorth, PartsWorth, PartWorth, Worth, Pruned),
    *(AnswerAttributions, AnswerAttribution, PartsAttribution, PartShare),
)
"""What stands in a record, or in a row of a run's files, key by key."""

SET_BY_RUNS = {"base"}
"""Keys that a stored plan holds, and nobody writes."""


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_every_key_of_a_plan_is_explained(section: type) -> None:
    keys = {field.name for field in dataclasses.fields(section)} - SET_BY_RUNS
    assert [key for key in sorted(keys) if f"`{key}`" not in page("plan.md")] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_named(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    commands = [command, *getattr(command, "commands", {}).values()]
    options = [o for part in commands for o in part.params if isinstance(o, click.Option)]
    assert [o.name for o in options if max(o.opts, key=len) not in PAGES] == []


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_key_of_a_record_is_explained(record: type) -> None:
    keys = [field.name for field in dataclasses.fields(record)]
    assert [key for key in keys if f"`{key}`" not in page("run-folder.md")] == []
