"""The command `plan`: show what a run would do, and probe what it could show."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amplify.cli.common import load_host, print_result
from amplify.cli.data_file import settled
from amplify.cli.grouped_help import GroupedCommand
from amplify.cli.messages import json_text, print_message
from amplify.cli.plan_options import planned
from amplify.cli.run import plan_of, refuse_race
from amplify.cli.show_option import show_option
from amplify.cli.signals import signals_deferred
from amplify.contract.grammar import counted
from amplify.report.parts import OF_A_PLAN

if TYPE_CHECKING:
    from amplify.contract.provider import Provider
    from amplify.loop.compare.outlook import Basis, PromptOutlook
    from amplify.run.estimate.estimate import Estimate
    from amplify.run.estimate.needed import Needed
    from amplify.run.estimate.probe import Probe
    from amplify.run.wiring.wire import Wiring


@click.command(cls=GroupedCommand)
@planned
@click.option(
    "--probe",
    "count",
    type=click.IntRange(1),
    metavar="N",
    envvar="AMPLIFY_PROBE",
    help="Ask zero-shot and answer-only N pool items, and tell how much a run can gain and what it"
    " needs to show that. These calls are made, and count for every cap.",
)
@click.option(
    "--discordance",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="SHARE",
    envvar="AMPLIFY_DISCORDANCE",
    help="On which share of the items two prompts differ, for the power of the run (default: 0.3,"
    " or what the probe measures).",
)
@show_option(OF_A_PLAN)
@click.pass_context
def plan(
    context: click.Context,
    /,
    plan_file: Path | None,
    as_json: bool,
    count: int | None,
    discordance: float | None,
    show: tuple[str, ...],
    **arguments: Any,
) -> int:
    """Show what a run would do, without running it.

    Prints calls, tokens, cost and time by phase, what the run can show, and one rendered prompt;
    with --show toml the resolved plan too. Data and tokenizers are read. Without --probe no proxy
    is fitted and no call is made. Exit codes: 0 done, 1 some calls of a probe failed or a cap
    stopped it, 2 bad plan or data, 3 a plugin failed, 130 interrupted.
    """
    from amplify.contract.progress import silent
    from amplify.report.console import errors, out
    from amplify.report.failures import failure_lines
    from amplify.report.plan import print_estimate
    from amplify.report.probe import print_probe
    from amplify.report.progress import Phases
    from amplify.run.estimate.estimate import estimate
    from amplify.run.estimate.needed import method_outlook, needed
    from amplify.run.estimate.probe import plan_to_probe
    from amplify.run.wiring.wire import wire

    resolved = plan_of(plan_file, arguments)
    refuse_race(resolved, plan_file, "--dry-run")
    phases = Phases(errors())
    phases.begin(
        f"{resolved.task.use}: {counted(len(resolved.arms), 'arm')}, LLM {resolved.llm.use}"
    )
    host = load_host(context)
    progress = silent if count is None else phases
    wiring = settled(wire(resolved, host, progress))
    resolved = replace(resolved, task=wiring.plan.task, split=wiring.plan.split)
    provider = wiring.build_provider()
    estimated = estimate(wiring, provider, print_message)
    seen = None
    if count is not None:
        seen = _probe(wire(plan_to_probe(resolved), host, progress), provider, count)
    share, basis = _discordance(discordance, seen)
    prompts = estimated.prompt_outlook(share, basis)
    needs: tuple[Needed, ...] = ()
    if seen is not None:
        needs = needed(estimated, prompts, method_outlook(estimated, share))
    if as_json:
        value = estimate_table(estimated, prompts)
        if seen is not None:
            value["probe"] = {**asdict(seen), "needed": [asdict(row) for row in needs]}
        print_result(json_text(value))
    else:
        print_estimate(estimated, out(), prompts, show)
        if seen is not None:
            print_probe(seen, needs, estimated, out())
    if seen is None:
        return 0
    for line in failure_lines({"failures": seen.failures}):
        print_message(line)
    if seen.stopped is not None:
        print_message(f"{seen.stopped}: what was not asked is not scored")
    return 1 if seen.failures or seen.stopped is not None else 0


def _probe(wiring: Wiring, provider: Provider, count: int) -> Probe:
    """The probe of a wired plan; on an interrupt it is told what becomes of its replies."""
    from amplify.run.engine.remote.remote_calls import is_remote
    from amplify.run.estimate.probe import probe

    try:
        return probe(wiring, provider, count, print_message)
    except KeyboardInterrupt:
        with signals_deferred():
            kept = is_remote(provider) and wiring.plan.calls.cache
            print_message(
                "what was answered is in the cache: the same command asks for the rest alone"
                if kept
                else "the replies of this probe are not kept: it would ask all of them again"
            )
        raise


def _discordance(stated: float | None, seen: Probe | None) -> tuple[float, Basis]:
    """On which share of the items two prompts differ, and where that comes from."""
    from amplify.loop.compare.outlook import TYPICAL_DISCORDANCE

    if stated is not None:
        return stated, "stated"
    if seen is not None and seen.headroom.discordance is not None:
        return seen.headroom.discordance.cautious, "probed"
    return TYPICAL_DISCORDANCE, "typical"


def estimate_table(estimated: Estimate, prompts: PromptOutlook | None) -> dict[str, Any]:
    """The estimate as JSON-able data; `prompts` is what the run can show of two prompts."""
    from amplify.run.cost.prices import price_table

    outlook = estimated.outlook
    return {
        "notes": [*estimated.notes, *estimated.task.notes],
        "plan": estimated.plan.table(),
        "phases": [asdict(phase) for phase in estimated.phases],
        "counted": estimated.counted,
        "price": price_table(estimated.price),
        "latency": estimated.latency,
        "draws": estimated.draws,
        "made_once": estimated.shared,
        "outlook": None if outlook is None else asdict(outlook),
        "prompt_outlook": None if prompts is None else asdict(prompts),
        "prompt": {
            "arm": estimated.arm,
            "draw": estimated.draw,
            "stand_ins": estimated.stand_ins,
            "messages": [asdict(message) for message in estimated.prompt.messages],
        },
    }
