"""Focus: what a run is to show, and its refusal where prompts alone rule that out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from amplify.contract.errors import DataError
from amplify.loop.audit.contrast import Contrast
from amplify.loop.audit.leakage import Policy


@dataclass(frozen=True)
class Focus:
    """The focus arm, and what it is judged against.

    `explains` says that the plan gives it an explainer: its rationales are what the run measures.
    `controls` tells what each control of the focus tests, as a plural phrase ("the key words").
    """

    focus: str
    explains: bool
    baseline: str | None
    controls: Mapping[str, str]


def require_contrast(found: Contrast, judged: Focus, policy: Policy) -> None:
    """DataError where a focus that explains can show nothing, under the policy "refuse".

    Arms that explain nothing may ask what another asks: the run tells of them and goes on.
    """
    if policy == "note" or not judged.explains:
        return
    focus, baseline = judged.focus, judged.baseline
    goes_on = '[guards] alike = "note" goes on all the same'
    shown = next((bare.demonstrations for bare in found.bare if bare.arm == focus), 0)
    if found.shows_nothing(focus):
        raise DataError(
            f"it explains, and none of its {shown} demonstrations has a rationale:"
            " nothing would show what rationales are worth",
            where=f"arm {focus!r}",
            hint="no word speaks for a label: see that the proxy's scores are logits, that it has"
            f" learned the task, and what `mask` leaves out; {goes_on}",
        )
    if baseline is not None and found.identical(focus, baseline):
        raise DataError(
            f"it asks what its baseline {baseline!r} asks, to the byte: no gain or loss could be"
            " shown",
            where=f"arm {focus!r}",
            hint=f"let the two differ, or name another [verdict] baseline; {goes_on}",
        )
    for control, tests in judged.controls.items():
        if found.identical(focus, control):
            raise DataError(
                f"it asks what its control {control!r} asks, to the byte: the run could not show"
                f" whether {tests} matter",
                where=f"arm {focus!r}",
                hint=f"let the two differ, or leave the control out; {goes_on}",
            )
