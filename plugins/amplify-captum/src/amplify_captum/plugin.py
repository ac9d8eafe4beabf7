"""What this plugin declares. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator

from amplify import ExplainerComponent, hookimpl
from amplify_captum.options import (
    GradientOptions,
    IntegratedOptions,
    MidpointOptions,
    OcclusionOptions,
    SamplingOptions,
)

GRADIENTS: tuple[tuple[str, str, type, str], ...] = (
    ("gradient", "gradients:Gradient", GradientOptions, "norm of the gradient at each token"),
    (
        "input-x-gradient",
        "gradients:InputXGradient",
        GradientOptions,
        "gradient times input, signed",
    ),
    (
        "contrastive-gradient",
        "gradients:ContrastiveGradient",
        GradientOptions,
        "norm of the gradient of the true label's score less the foil's",
    ),
    (
        "contrastive-input-x-gradient",
        "gradients:ContrastiveInputXGradient",
        GradientOptions,
        "gradient times input of the true label's score less the foil's, signed",
    ),
    (
        "midpoint",
        "path:Midpoint",
        MidpointOptions,
        "gradient halfway to a baseline times the way: one backward pass, as a gradient has",
    ),
    (
        "integrated-gradients",
        "path:Integrated",
        IntegratedOptions,
        "integrated gradients, as fine as completeness needs",
    ),
)
DROPS: tuple[tuple[str, str, type, str], ...] = (
    (
        "occlusion",
        "dropping:Occlusion",
        OcclusionOptions,
        "what the score loses without each word",
    ),
    (
        "shapley-sampling",
        "dropping:ShapleySampling",
        SamplingOptions,
        "Shapley values by sampled orders of the words",
    ),
    (
        "kernel-shap",
        "dropping:KernelShap",
        SamplingOptions,
        "Shapley values by a weighted regression over texts with words dropped",
    ),
)


@hookimpl
def amplify_explainers() -> Iterator[ExplainerComponent]:
    """Gradients, paths of gradients, and words dropped."""
    for needs, listed in (("gradients", GRADIENTS), ("predict", DROPS)):
        for name, factory, options, summary in listed:
            yield ExplainerComponent(
                name=name,
                factory=f"amplify_captum.{factory}",
                options=options,
                needs=("gradients",) if needs == "gradients" else ("predict",),
                summary=summary,
            )
    yield ExplainerComponent(
        name="deep-lift",
        factory="amplify_captum.refused:deep_lift",
        needs=("gradients",),
        summary="refused: on a transformers model it is gradient times input in disguise",
    )
