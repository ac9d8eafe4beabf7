"""What Captum has and this plugin refuses, with the reason."""

from __future__ import annotations

from typing import NoReturn

from amplify import Context, PlanError


def deep_lift(options: None, context: Context) -> NoReturn:
    """Raises PlanError, before anything is computed or paid."""
    raise PlanError(
        "DeepLift on a transformers model is gradient x input in disguise: Captum has its rules for"
        " modules such as ReLU and Sigmoid, and transformers computes GELU, LayerNorm and attention"
        " by others, so that nearly every step falls back to the plain gradient",
        where="captum/deep-lift",
        hint="use captum/input-x-gradient for the same, captum/midpoint at the same cost, or"
        " captum/integrated-gradients, whose scores add up",
    )
