"""Prepares the arms of an open run, or reads back what was prepared before it was cut off."""

from __future__ import annotations

from amplify.loop.prepare import Preparation, prepare_arms
from amplify.loop.prompt.arm import PreparedArm
from amplify.loop.prompt.render import with_requests
from amplify.run.hops.opened import OpenRun
from amplify.run.precheck.preflight import preflight
from amplify.run.store.prepared import resumed_preparation, write_preparation
from amplify.run.store.rows import write_prompts


def prepare_run(run: OpenRun, resume: bool) -> Preparation:
    """What the arms were prepared to, with `resume` as the folder has it."""
    names = [arm.name for arm in run.arms]
    if resume:
        stored = resumed_preparation(run.folder.path, names, run.setup.data)
        if stored is not None:
            return stored
    flight = preflight(run.plan, run.wiring.choices, run.setup)
    for note in flight.notes:
        run.warn(note)
    preparation = prepare_arms(run.setup, run.wiring.proxy_factories(run.task), flight.foreseen)
    run.continuation.prepared(run.engine.answered)
    write_preparation(run.folder.path, preparation)
    return preparation


def rendered_arms(run: OpenRun, preparation: Preparation) -> list[PreparedArm]:
    """The prepared arms with their requests, which are written to the folder as prompts."""
    prepared = [
        with_requests(arm, draft, run.task)
        for arm, draft in zip(run.arms, preparation.arms, strict=True)
    ]
    run.continuation.prompted(write_prompts(run.folder.path, prepared))
    return prepared
