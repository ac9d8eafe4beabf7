"""The embeddings that a path of gradients begins with."""

from __future__ import annotations

import torch

from amplify import EncodedBatch, OptionError
from amplify_captum.options import Baseline


def baseline(batch: EncodedBatch, kind: Baseline) -> torch.Tensor:
    """Tensor [rows, tokens, width]: the batch's embeddings without its text.

    Special tokens, the prompt and the padding stay as they are, so that they get no score. Raises
    OptionError for "mask" where the proxy's model has no mask token.
    """
    if kind == "pad":
        whole: torch.Tensor = batch.baseline
        return whole
    if kind == "mask" and batch.mask is None:
        raise OptionError(
            "the proxy's model has no mask token", hint="use explainer.baseline=pad or zero"
        )
    places = [[place is not None for place in row] for row in batch.offsets]
    text = torch.tensor(places, device=batch.embeddings.device).unsqueeze(-1)
    nothing = torch.zeros_like(batch.embeddings[0, 0]) if kind == "zero" else batch.mask
    return torch.where(text, nothing, batch.embeddings)
