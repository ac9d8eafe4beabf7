"""The command `worth`: measure what the demonstrations of a run are worth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from amplify.cli.call_options import calling_options, take_call_options
from amplify.cli.common import common, home_path
from amplify.cli.plan_options import JSON
from amplify.cli.run import finish

USUAL_ITEMS = 30
"""By how many pool items a worth is measured where nobody says it."""


@click.command()
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path), callback=home_path)
@click.option(
    "--arm",
    metavar="NAME",
    envvar="AMPLIFY_WORTH_ARM",
    help="The arm whose demonstrations these are (default: the focus of the run, or what its plan"
    " says).",
)
@click.option(
    "--items",
    type=click.IntRange(1),
    envvar="AMPLIFY_WORTH_ITEMS",
    help="By how many pool items, none of which the prompt shows (default: 30, or as many as the"
    " run's plan says).",
)
@click.option(
    "--answers",
    type=click.IntRange(0),
    envvar="AMPLIFY_WORTH_ANSWERS",
    help="Attribute the LLM's answers to so many test items, the first ones, to the parts of their"
    " prompts; for local models whose labels are ranked.",
)
@click.option(
    "--answer-of",
    metavar="ID",
    multiple=True,
    envvar="AMPLIFY_WORTH_ANSWER_OF",
    help="Attribute the answer to this test item too; may be repeated.",
)
@click.option(
    "--explainer",
    metavar="NAME",
    envvar="AMPLIFY_WORTH_EXPLAINER",
    help="What attributes the answers (default: captum/shapley-sampling, or what the run's plan"
    " says).",
)
@click.option(
    "--permutations",
    type=click.IntRange(0),
    envvar="AMPLIFY_WORTH_PERMUTATIONS",
    help="Most permutations for Shapley values (default: 100, or as many as the run's plan says);"
    " 0: each part is left out, no more.",
)
@click.option(
    "--prune",
    is_flag=True,
    envvar="AMPLIFY_WORTH_PRUNE",
    help="Drop what is shown to hurt, and answer the test items by what is left of the prompt.",
)
@calling_options
@JSON
@common
@click.pass_context
def worth(
    context: click.Context,
    /,
    run: Path,
    arm: str | None,
    items: int | None,
    answers: int | None,
    answer_of: tuple[str, ...],
    explainer: str | None,
    permutations: int | None,
    prune: bool,
    as_json: bool,
    **arguments: Any,
) -> int:
    """Measure what each demonstration, and each rationale, of a prompt of a run is worth.

    RUN is the run's folder. Each demonstration is left out of the prompt, and Shapley values are
    taken over permutations of the demonstrations until they are precise, by pool items that the
    prompt does not show. With --answers, it is told in place of that, or with --items besides, what
    the LLM's own answers to single test items rest on: demonstrations, rationales, and words of the
    item and of the instruction. The result is in the run's record and report. The same as `amplify
    run --resume --out RUN -o worth.items=N`, so that a run that was not finished is finished first;
    equal prompts are one call, caps count all calls of the run, and exit codes are those of
    `amplify run`.
    """
    from amplify.run.plan.overrides import Overrides
    from amplify.run.plan.read import read_plan
    from amplify.run.store.plan_folder import stored_plan
    from amplify.run.store.run_folder import RunFolder

    stored = stored_plan(run)
    if items is None:
        items = read_plan(stored).worth.items
        items = items if items or answers or answer_of else USUAL_ITEMS
    values = {
        "items": items,
        "arm": arm,
        "answers": answers,
        "answer_of": answer_of or None,
        "explainer": explainer,
        "permutations": permutations,
        "prune": prune or None,
    }
    stated = {key: value for key, value in values.items() if value is not None}
    sets = tuple(f"worth.{key}={_toml(value)}" for key, value in stated.items())
    overrides = Overrides(out=str(run), sets=sets, calls=take_call_options(arguments))
    return finish(context, read_plan(stored, overrides), RunFolder(run), True, as_json)


def _toml(value: Any) -> str:
    """A value as a key of the plan takes it on the command line."""
    import json

    return json.dumps(value, ensure_ascii=False)
