"""Logits at chosen positions are those of the whole model, and the head sees no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import transformers
from amplify_transformers.models.logits_at import LogitsAt
from torch import nn

IDS = torch.arange(18).reshape(3, 6) + 5
POSITIONS = torch.tensor([[0, 5], [2, 2], [4, 1]])


def expected(model: Any) -> torch.Tensor:
    with torch.no_grad():
        logits = model(input_ids=IDS).logits
    return torch.stack([logits[row, POSITIONS[row]] for row in range(3)])


@pytest.mark.parametrize(
    ("kind", "head"),
    [("gpt2", "causal"), ("llama", "causal"), ("bert", "masked"), ("roberta", "masked")],
)
def test_the_head_runs_on_the_chosen_positions_alone(
    make: Callable[..., str], kind: str, head: str
) -> None:
    auto = (
        transformers.AutoModelForCausalLM if head == "causal" else transformers.AutoModelForMaskedLM
    )
    model = auto.from_pretrained(make(kind, head)).eval()
    wanted = expected(model)
    logits_at = LogitsAt(model)
    shapes: list[tuple[int, ...]] = []
    model.get_output_embeddings().register_forward_pre_hook(
        lambda module, args: shapes.append(tuple(args[0].shape[:2]))
    )
    with torch.no_grad():
        logits, _ = logits_at(POSITIONS, input_ids=IDS)
    assert torch.allclose(logits, wanted, atol=1e-5)
    assert shapes == [(3, 2)]
    # The model is as it was.
    assert torch.equal(expected(model), wanted)


class Blurring(nn.Module):
    """A language model whose head also reads the position before: it needs all of them."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.base_model, self.lm_head, self.device = model.base_model, model.lm_head, model.device

    def get_input_embeddings(self) -> Any:
        return self.base_model.get_input_embeddings()

    def forward(self, **inputs: Any) -> Any:
        out = self.base_model(**inputs)
        hidden = out.last_hidden_state
        blurred = hidden + torch.cat([hidden[:, :1], hidden[:, :-1]], 1)
        return transformers.modeling_outputs.CausalLMOutputWithPast(logits=self.lm_head(blurred))


def test_a_head_that_needs_all_positions_gets_them(make: Callable[..., str]) -> None:
    inner = transformers.AutoModelForCausalLM.from_pretrained(make("llama", "causal")).eval()
    model = Blurring(inner)
    with torch.no_grad():
        logits, _ = LogitsAt(model)(POSITIONS, input_ids=IDS)
    assert torch.equal(logits, expected(model))
