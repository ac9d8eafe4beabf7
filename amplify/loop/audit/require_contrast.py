"""Refuses a run whose prompts alone rule out what it is to show of its focus arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from amplify.contract.errors import DataError
from amplify.contract.grammar import counted
from amplify.loop.audit.contrast import Contrast
from amplify.loop.audit.leakage import Policy


@dataclass(frozen=True)
class Focus:
    """The focus `arm`, and what it is compared with.

    `explains` says that the plan gives it an explainer: its rationales are what the run measures.
    `controls` tells what each control of the focus tests, as a plural phrase ("the key words").
    """

    arm: str
    explains: bool
    baseline: str | None
    controls: Mapping[str, str]


def require_contrast(contrast: Contrast, focus: Focus, policy: Policy) -> None:
    """DataError where a focus that explains can show nothing, under the policy "refuse".

    Arms that explain nothing may ask what another asks: the run tells of them and goes on.
    """
    if policy == "note" or not focus.explains:
        return
    arm, baseline = focus.arm, focus.baseline
    goes_on = '[guards] alike = "note" goes on all the same'
    shots = next((lack.demonstrations for lack in contrast.bare if lack.arm == arm), 0)
    if contrast.shows_nothing(arm):
        raise DataError(
            f"it explains, and none of its {counted(shots, 'demonstration')} has a rationale:"
            " nothing would show what rationales are worth",
            where=f"arm {arm!r}",
            hint="no word speaks for a label: see that the proxy's scores are logits, that it has"
            f" learned the task, and what `mask` leaves out; {goes_on}",
        )
    if baseline is not None and contrast.identical(arm, baseline):
        raise DataError(
            f"it asks what its baseline {baseline!r} asks, to the byte: no gain or loss could be"
            " shown",
            where=f"arm {arm!r}",
            hint=f"let the two differ, or name another [verdict] baseline; {goes_on}",
        )
    for control, tests in focus.controls.items():
        if contrast.identical(arm, control):
            raise DataError(
                f"it asks what its control {control!r} asks, to the byte: the run could not show"
                f" whether {tests} matter",
                where=f"arm {arm!r}",
                hint=f"let the two differ, or leave the control out; {goes_on}",
            )
