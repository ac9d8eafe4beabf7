"""A language model's logits at some positions alone."""

from __future__ import annotations

from typing import Any

import torch


class LogitsAt:
    """Runs a language model, and its head only on the wanted positions of each row.

    A vocabulary's worth of logits at every position costs as much as several layers. The hidden
    states are picked out on their way from the body to the head, so that whatever a model does
    there (a transform, a scale, a cap) is done. Where that does not give the model's own logits,
    which is checked once, they are picked out afterwards.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._inside = model.base_model is not model and self._agrees()

    def __call__(self, positions: torch.Tensor, **inputs: Any) -> tuple[torch.Tensor, Any]:
        """Logits [rows, wanted, vocabulary] at `positions` [rows, wanted], and the cache."""
        if not self._inside:
            out = self._model(**inputs)
            return pick(out.logits, positions), out.get("past_key_values")

        def narrow(module: Any, arguments: Any, out: Any) -> Any:
            out.last_hidden_state = pick(out.last_hidden_state, positions)
            return out

        hook = self._model.base_model.register_forward_hook(narrow)
        try:
            out = self._model(**inputs)
        finally:
            hook.remove()
        return out.logits, out.get("past_key_values")

    def _agrees(self) -> bool:
        size = self._model.get_input_embeddings().weight.shape[0]
        device = self._model.device
        ids = (torch.arange(10, device=device) % size).reshape(2, 5)
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        positions = torch.tensor([[3, 1], [0, 4]], device=device)
        self._inside = True
        with torch.no_grad():
            wanted = pick(self._model(**inputs).logits, positions)
            try:
                got, _ = self(positions, **inputs)
            except (AttributeError, RuntimeError, IndexError, TypeError, KeyError):
                return False
        return got.shape == wanted.shape and torch.allclose(got, wanted, rtol=1e-2, atol=1e-3)


def pick(values: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Tensor [rows, wanted, width]: of `values` [rows, tokens, width] those at `positions`."""
    return values.gather(1, positions.unsqueeze(-1).expand(-1, -1, values.shape[-1]))
