"""What this plugin declares. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator

from amplify import ExplainerComponent, hookimpl

GRADIENTS: tuple[tuple[str, str, str, str], ...] = (
    (
        "gradient",
        "gradients:Gradient",
        "options:GradientOptions",
        "norm of the gradient at each token",
    ),
    (
        "input-x-gradient",
        "gradients:InputXGradient",
        "options:GradientOptions",
        "gradient times input, signed",
    ),
    (
        "contrastive-gradient",
        "gradients:ContrastiveGradient",
        "options:GradientOptions",
        "norm of the gradient of the true label's score less the foil's",
    ),
    (
        "contrastive-input-x-gradient",
        "gradients:ContrastiveInputXGradient",
        "options:GradientOptions",
        "gradient times input of the true label's score less the foil's, signed",
    ),
    (
        "midpoint",
        "path:Midpoint",
        "options:MidpointOptions",
        "gradient halfway to a baseline times the way: one backward pass, as a gradient has",
    ),
    (
        "integrated-gradients",
        "path:Integrated",
        "options:IntegratedOptions",
        "integrated gradients, as fine as completeness needs",
    ),
)
DROPS: tuple[tuple[str, str, str, str], ...] = (
    (
        "occlusion",
        "dropping:Occlusion",
        "options:OcclusionOptions",
        "what the score loses without each word",
    ),
    (
        "shapley-sampling",
        "dropping:ShapleySampling",
        "options:SamplingOptions",
        "Shapley values by sampled orders of the words",
    ),
    (
        "kernel-shap",
        "dropping:KernelShap",
        "options:SamplingOptions",
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
                options=f"amplify_captum.{options}",
                needs=("gradients",) if needs == "gradients" else ("predict",),
                summary=summary,
            )
    yield ExplainerComponent(
        name="deep-lift",
        factory="amplify_captum.refused:deep_lift",
        needs=("gradients",),
        summary="refused: on a transformers model it is gradient times input in disguise",
    )
