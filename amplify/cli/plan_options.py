"""The argument PLAN and the options that change a plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from amplify.cli.call_options import calling_options
from amplify.cli.common import Command, common, complete_component, home_path
from amplify.contract.guard.brief import brief

DIGITS = 18
"""The most digits of a count or a seed."""

JSON = click.option(
    "--json",
    "as_json",
    is_flag=True,
    envvar="AMPLIFY_JSON",
    help="Print JSON on stdout; progress stays on stderr.",
)


def _shots(context: click.Context, _: click.Parameter, value: str | None) -> int | str | None:
    if value is None or value == "max":
        return value
    if not value.isdecimal() or len(value) > DIGITS:
        raise click.BadParameter(f'{brief(value)} is neither a count nor "max"')
    if int(value) == 0:
        raise click.BadParameter("no arm would show anything; for that: --arms zero-shot")
    return int(value)


def names_option(context: click.Context, _: click.Parameter, value: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (value or "").split(",") if name.strip())


def _component(role: str, help: str) -> Callable[[Command], Command]:
    return click.option(
        f"--{role}",
        envvar=f"AMPLIFY_{role.upper()}",
        shell_complete=complete_component(role),
        help=help,
        metavar="COMPONENT",
    )


def planned(command: Command) -> Command:
    """`command` with the argument PLAN and every option that changes a plan."""
    options = (
        click.argument(
            "plan_file",
            metavar="[PLAN.toml]",
            required=False,
            type=click.Path(path_type=Path),
            callback=home_path,
        ),
        _component("task", "The task: where the labelled examples come from."),
        _component("proxy", "The small model that scores the task."),
        _component("selector", "What selects the demonstrations of the focus arm."),
        _component("explainer", "What attributes the proxy's score to words, in the focus arm."),
        _component("template", "What writes the prompt of the focus arm."),
        _component("llm", "The LLM provider."),
        click.option(
            "--shots",
            callback=_shots,
            metavar="COUNT|max",
            envvar="AMPLIFY_SHOTS",
            help="Demonstrations in a prompt, for every arm that shows any.",
        ),
        click.option(
            "--keywords",
            type=click.IntRange(1),
            envvar="AMPLIFY_KEYWORDS",
            help="Key words of a rationale.",
        ),
        click.option("--seed", type=int, envvar="AMPLIFY_SEED", help="Seed of every choice."),
        click.option(
            "--draws",
            type=click.IntRange(1),
            envvar="AMPLIFY_DRAWS",
            help="How often the arms draw demonstrations; from 2 on the verdict is on methods.",
        ),
        click.option(
            "--answer",
            type=click.Choice(["write", "rank", "complete"]),
            envvar="AMPLIFY_ANSWER",
            help="How the LLM answers: write a reply; rank the labels; or complete: write the"
            " rationale, then rank the labels.",
        ),
        click.option(
            "--calibrate",
            type=click.Choice(["none", "context", "batch"]),
            envvar="AMPLIFY_CALIBRATE",
            help="How the LLM's preference for a label is corrected, where it is asked for the"
            " label: not at all, by inputs without content, or by pool items.",
        ),
        click.option(
            "--abstain",
            type=click.FloatRange(0, 1),
            metavar="P",
            envvar="AMPLIFY_ABSTAIN",
            help="Answer with the likeliest label only where it is at least so probable, for every"
            " arm that asks for the label.",
        ),
        click.option(
            "--unread",
            type=click.Choice(["count", "ask"]),
            envvar="AMPLIFY_UNREAD",
            help="Count the replies that cannot be read, or ask the LLM for its answer in a second"
            " call on each.",
        ),
        click.option(
            "--repeats",
            type=click.IntRange(1),
            envvar="AMPLIFY_REPEATS",
            help="How often each item is asked; the majority vote is the answer.",
        ),
        click.option(
            "-n",
            "--limit",
            type=click.IntRange(1),
            envvar="AMPLIFY_LIMIT",
            help="Measure on at most so many test items.",
        ),
        click.option(
            "--min-gain",
            type=click.FloatRange(-100, 100),
            metavar="POINTS",
            envvar="AMPLIFY_MIN_GAIN",
            help="Exit with 4 unless the 95% interval of the focus arm's gain over its baseline"
            " reaches so many points.",
        ),
        click.option(
            "--max-p",
            type=click.FloatRange(0, 1, min_open=True),
            metavar="P",
            envvar="AMPLIFY_MAX_P",
            help="Exit with 4 unless the focus arm gains over its baseline with a p-value (after"
            " Holm) of at most P.",
        ),
        click.option(
            "--arms",
            callback=names_option,
            metavar="NAME,…",
            envvar="AMPLIFY_ARMS",
            help="Which arms, of the plan or of the presets (amplify show arms), separated by"
            " commas.",
        ),
        click.option(
            "-o",
            "sets",
            multiple=True,
            metavar="ROLE.KEY=VALUE",
            envvar="AMPLIFY_OPTIONS",
            help="Set any key of the plan, e.g. proxy.epochs=3; may be repeated.",
        ),
        click.option(
            "--out", envvar="AMPLIFY_OUT", metavar="DIR", help="Run folder (default: runs/…)."
        ),
        calling_options,
        JSON,
        common,
    )
    for option in reversed(options):
        command = option(command)
    return command
