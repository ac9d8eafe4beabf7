"""The command line that resumes a run or a study with the options that it was started with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amplify.cli.call_options import KEYS
from amplify.cli.common import settings
from amplify.cli.messages import resume_line, retry_line
from amplify.contract.errors import AmplifyError
from amplify.contract.guard.visible import shell_option
from amplify.run.plan.plan import Plan
from amplify.run.plan.read import read_plan
from amplify.run.plan.sections import CallsSection

if TYPE_CHECKING:
    from amplify.run.cost.raised_caps import Remaining
    from amplify.run.engine.stop_reason import RunStopped
    from amplify.run.estimate.phases import Phase
    from amplify.run.wiring.wire import Wiring

OPTIONS_OF_RETRY = {"--cache", "--no-cache", *(f"--{name.replace('_', '-')}" for name in KEYS)}
"""The options that `amplify retry` takes too."""

OPTIONS = {key: f"--{option.replace('_', '-')}" for option, key in KEYS.items()}


def plugin_options(context: click.Context) -> list[str]:
    """The options of this command line that say which plugins are loaded."""
    shared = settings(context)
    blocked = [shell_option("--block", name) for name in shared.block]
    return blocked + ([] if shared.plugins else ["--no-plugins"])


def call_options(wanted: Mapping[str, Any], stored: Mapping[str, Any]) -> list[str]:
    """The options that set the keys of `[calls]` whose `wanted` value is not the `stored` one."""
    options = []
    for key, value in wanted.items():
        if value is None or value == stored[key]:
            continue
        if key == "cache":
            options.append("--cache" if value else "--no-cache")
        elif key in OPTIONS:
            options.append(shell_option(OPTIONS[key], _number(value)))
        else:
            options.append(shell_option("-o", f"calls.{key}={_number(value)}"))
    return options


def run_options(plan: Plan, folder: Path, raised: Mapping[str, float]) -> list[str]:
    """The options of a run that the plan in its folder does not hold, with its caps `raised`."""
    try:
        stored = read_plan(folder / "plan.toml")
    except AmplifyError:
        stored = plan
    options = call_options({**asdict(plan.calls), **raised}, asdict(stored.calls))
    if plan.verdict.metric != stored.verdict.metric:
        options.append(shell_option("-o", f"verdict.metric={plan.verdict.metric}"))
    stored_worth = asdict(stored.worth)
    for key, value in asdict(plan.worth).items():
        if value is not None and value != stored_worth[key]:
            options.append(shell_option("-o", f"worth.{key}={_toml(value)}"))
    for option, key in (("--min-gain", "min_gain"), ("--max-p", "max_p")):
        value = getattr(plan.verdict, key)
        if value is not None and value != getattr(stored.verdict, key):
            options.append(shell_option(option, _number(value)))
    return options


def retry_command(context: click.Context, plan: Plan, folder: Path) -> str:
    """The command line that retries failed calls: `retry`, or `run` or `tune` for other options."""
    options = run_options(plan, folder, {})
    plugins = plugin_options(context)
    if all(option.split(" ")[0].split("=")[0] in OPTIONS_OF_RETRY for option in options):
        return retry_line(folder, [*options, *plugins])
    return resume_line(command_of(plan), folder, [*options, *plugins])


def command_of(plan: Plan) -> str:
    """The command that carries a plan out."""
    return "run" if plan.tune is None else "tune"


def raised_caps(error: RunStopped, calls: CallsSection, wiring: Wiring) -> Mapping[str, float]:
    """The caps that let a run end which one of them stopped, by their keys of `[calls]`.

    `error` is the stop, `calls` the plan's section. The phases after the one that was stopped are
    estimated as `amplify plan` does.
    """
    from amplify.run.cost.raised_caps import Remaining, enough
    from amplify.run.engine.budget import Caps

    if error.stop is None or error.stop.kind != "cap" or not error.spent or not error.remaining:
        return {}
    caps = Caps(calls.max_calls, calls.max_tokens, calls.max_cost, calls.max_seconds)
    phase_caps = enough(caps, error.spent, error.remaining)
    if not error.more:
        return phase_caps
    try:
        whole = _most_of_plan(wiring)
    except AmplifyError:
        return phase_caps if wiring.plan.tune is not None else {}
    seconds = error.remaining.seconds
    longer = None if seconds is None else 10 * seconds
    run_caps = enough(caps, error.spent, Remaining(whole.calls, whole.tokens, whole.cost, longer))
    keys = {**phase_caps, **run_caps}
    return {key: max(phase_caps.get(key, 0), run_caps.get(key, 0)) for key in keys}


def _most_of_plan(wiring: Wiring) -> Remaining:
    """The most that a run, or a tune, of the plan takes: of a tune the calls alone."""
    from amplify.run.cost.raised_caps import Remaining
    from amplify.run.estimate.estimate import estimate
    from amplify.run.estimate.phases import total
    from amplify.run.tune.forecast import forecast_tune

    plan = wiring.plan
    if plan.tune is None:
        return most_left(total("", estimate(wiring).phases))
    uncapped = replace(plan, calls=replace(plan.calls, max_calls=None))
    forecast = forecast_tune(replace(wiring, plan=uncapped))
    return Remaining(None if forecast.asking else forecast.calls, None, None, None)


def most_left(phase: Phase) -> Remaining:
    """The most calls, tokens and cost that a phase takes which has not begun."""
    from amplify.run.cost.raised_caps import Remaining

    if phase.most_input is None or phase.most_output is None:
        return Remaining(phase.calls, None, phase.cost, None)
    return Remaining(phase.calls, phase.most_input + phase.most_output, phase.cost, None)


def _number(value: Any) -> str:
    """A value as the command line takes it: a number without an exponent."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.12f}".rstrip("0").rstrip(".")
    return str(value)


def _toml(value: Any) -> str:
    """A value of `[worth]` as the command line takes it; lists and tables on one line."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key} = {_toml(inner)}' for key, inner in value.items())}}}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else _number(value)
