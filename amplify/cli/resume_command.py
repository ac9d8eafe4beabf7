"""The command line that goes on with a run or a study: it holds when it is pasted as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amplify.cli.call_options import KEYS
from amplify.cli.common import settings
from amplify.cli.messages import resume_line, retry_line
from amplify.contract.errors import AmplifyError
from amplify.contract.guard.visible import shell_option
from amplify.run.plan.plan import CallsSection, Plan
from amplify.run.plan.read import read_plan

if TYPE_CHECKING:
    from amplify.run.cost.raised_caps import Remaining
    from amplify.run.engine.stop import RunStopped
    from amplify.run.estimate.estimate import Phase
    from amplify.run.wiring.wire import Wiring

OPTIONS_OF_RETRY = {"--cache", "--no-cache", *(f"--{name.replace('_', '-')}" for name in KEYS)}
"""The options of `[calls]` that `amplify retry` takes too."""

OPTIONS = {key: f"--{option.replace('_', '-')}" for option, key in KEYS.items()}


def of_plugins(context: click.Context) -> list[str]:
    """The options that say which plugins are loaded."""
    said = settings(context)
    return [shell_option("--block", name) for name in said.block] + (
        [] if said.plugins else ["--no-plugins"]
    )


def of_calls(wanted: Mapping[str, Any], stored: Mapping[str, Any]) -> list[str]:
    """The options of `[calls]` that say what is wanted where something else is stored."""
    made = []
    for key, value in wanted.items():
        if value is None or value == stored[key]:
            continue
        if key == "cache":
            made.append("--cache" if value else "--no-cache")
        elif key in OPTIONS:
            made.append(shell_option(OPTIONS[key], _number(value)))
        else:
            made.append(shell_option("-o", f"calls.{key}={_number(value)}"))
    return made


def of_run(plan: Plan, folder: Path, raised: Mapping[str, float]) -> list[str]:
    """What a run was told that its folder does not hold, with its caps raised."""
    try:
        stored = read_plan(folder / "plan.toml")
    except AmplifyError:
        stored = plan
    made = of_calls({**asdict(plan.calls), **raised}, asdict(stored.calls))
    for option, key in (("--min-gain", "min_gain"), ("--max-p", "max_p")):
        value = getattr(plan.verdict, key)
        if value is not None and value != getattr(stored.verdict, key):
            made.append(shell_option(option, _number(value)))
    return made


def retried(context: click.Context, plan: Plan, folder: Path) -> str:
    """The command line that asks again what failed: `retry` where it knows all that was said."""
    options = of_run(plan, folder, {})
    plugins = of_plugins(context)
    if all(option.split(" ")[0].split("=")[0] in OPTIONS_OF_RETRY for option in options):
        return retry_line(folder, [*options, *plugins])
    return resume_line("run", folder, [*options, *plugins])


def raised_for(error: RunStopped, calls: CallsSection, wiring: Wiring) -> Mapping[str, float]:
    """Values of a run's caps with which it ends, where it was stopped before it was measured.

    What follows the phase that was stopped is estimated as `amplify plan` does.
    """
    from amplify.run.cost.raised_caps import Remaining, enough
    from amplify.run.engine.budget import Caps
    from amplify.run.estimate.estimate import estimate, total

    if error.stop is None or error.stop.kind != "cap" or not error.spent or not error.left:
        return {}
    caps = Caps(calls.max_calls, calls.max_tokens, calls.max_cost, calls.max_seconds)
    found = enough(caps, error.spent, error.left)
    if not error.more:
        return found
    try:
        whole = left_of(total("", estimate(wiring).phases))
    except AmplifyError:
        return {}
    seconds = error.left.seconds
    longer = None if seconds is None else 10 * seconds
    more = enough(caps, error.spent, Remaining(whole.calls, whole.tokens, whole.cost, longer))
    return {key: max(found.get(key, 0), more.get(key, 0)) for key in {**found, **more}}


def left_of(phase: Phase) -> Remaining:
    """The most that a phase takes which is still to be done."""
    from amplify.run.cost.raised_caps import Remaining

    if phase.most_input is None or phase.most_output is None:
        return Remaining(phase.calls, None, phase.cost, None)
    return Remaining(phase.calls, phase.most_input + phase.most_output, phase.cost, None)


def _number(value: Any) -> str:
    """A value as the command line takes it: no exponent."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.12f}".rstrip("0").rstrip(".")
    return str(value)
