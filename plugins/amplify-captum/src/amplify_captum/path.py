"""Gradients along the way from a baseline: integrated gradients, and their middle alone.

Integrated gradients (arXiv 1703.01365) are the gradient's mean over the straight line from baseline
to input, times the way; they add up to the change in the score. Captum's `IntegratedGradients`
takes the mean at the nodes of a Gauss-Legendre rule; with one node that is the middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from captum import attr

from amplify import Claim, Context, EncodedBatch, Explanation, GradientProxy
from amplify_captum.baseline import baseline
from amplify_captum.batches import Attributed, Batches, row_sums
from amplify_captum.contrast import Lead
from amplify_captum.options import Baseline, IntegratedOptions, MidpointOptions

TOKENS = {"cpu": 768}
MANY_TOKENS = 16384
"""Padded tokens that are run at a time: on a CPU more are slower, a GPU wants many."""


def along(lead: Lead, batch: EncodedBatch, nodes: int, kind: Baseline) -> Attributed:
    """Token scores by `nodes` gradients on the way from the baseline."""
    rows, tokens, _ = batch.embeddings.shape
    room = TOKENS.get(batch.embeddings.device.type, MANY_TOKENS) // (rows * tokens)
    parts: torch.Tensor = attr.IntegratedGradients(lead).attribute(
        batch.embeddings,
        baselines=baseline(batch, kind),
        additional_forward_args=batch.arguments,
        n_steps=nodes,
        internal_batch_size=rows * max(1, room),
    )
    return Attributed(parts.detach().sum(-1))


def checked(lead: Lead, batch: EncodedBatch, nodes: int, kind: Baseline) -> Attributed:
    """The scores of `along`, and how far their sums are from the change in the lead.

    A gap is relative to the change, or to a tenth of the scores' magnitudes where they cancel.
    """
    scores = along(lead, batch, nodes, kind).scores
    with torch.no_grad():
        change = lead(batch.embeddings, *batch.arguments)
        change = change - lead(baseline(batch, kind), *batch.arguments)
    scale = torch.maximum(change.abs(), 0.1 * row_sums(scores.abs(), batch))
    tiny = torch.finfo(scale.dtype).tiny
    return Attributed(scores, (row_sums(scores, batch) - change).abs() / scale.clamp(min=tiny))


class Midpoint:
    """The gradient halfway between baseline and input, times the way: one node."""

    def __init__(self, options: MidpointOptions, context: Context) -> None:
        self._baseline = options.baseline
        self._batches = Batches("captum/midpoint", options.pooling, options.of, options.contrast)

    def explain(self, proxy: GradientProxy, claims: Sequence[Claim]) -> list[Explanation]:
        """One explanation for each claim, in order, at one backward pass a batch."""
        return self._batches.explain(proxy, claims, partial(along, nodes=1, kind=self._baseline))


class Integrated:
    """Integrated gradients; the nodes are doubled for those claims whose gap is too large."""

    def __init__(self, options: IntegratedOptions, context: Context) -> None:
        self._options = options
        self._show = context.show
        self._batches = Batches(
            "captum/integrated-gradients", options.pooling, options.of, options.contrast
        )

    def explain(self, proxy: GradientProxy, claims: Sequence[Claim]) -> list[Explanation]:
        """One explanation for each claim, in order, with the gap that is left."""
        options = self._options
        explanations: dict[int, Explanation] = {}
        pending, nodes = list(range(len(claims))), options.nodes
        with self._show("integrate gradients", len(claims)) as advance:
            while pending:
                attribute = partial(checked, nodes=nodes, kind=options.baseline)
                attempts = self._batches.explain(proxy, [claims[i] for i in pending], attribute)
                explanations |= zip(pending, attempts, strict=True)
                nodes *= 2
                left = [i for i in pending if (explanations[i].gap or 0.0) > options.tolerance]
                if nodes > options.most:
                    left = []
                advance(len(pending) - len(left))
                pending = left
        return [explanations[index] for index in range(len(claims))]
