"""A language model's logits at chosen positions alone."""

from __future__ import annotations

from typing import Any

import torch


class LogitsAt:
    """Runs a language model, and its head only on the chosen positions of each row.

    A vocabulary's worth of logits at every position costs as much as several layers. The hidden
    states are picked on their way from the body to the head, so that whatever a model does there (a
    transform, a scale, a cap) is done. Where that does not give the model's logits, which is
    checked once, the logits are picked behind the head.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._before_head = model.base_model is not model and self._agrees()

    def __call__(self, positions: torch.Tensor, **inputs: Any) -> tuple[torch.Tensor, Any]:
        """Logits [rows, chosen, vocabulary] at `positions` [rows, chosen], and the cache.

        `inputs` go to the model as they are.
        """
        if not self._before_head:
            out = self._model(**inputs)
            return _pick(out.logits, positions), out.get("past_key_values")
        return self._run_narrowed(positions, inputs)

    def _run_narrowed(
        self, positions: torch.Tensor, inputs: dict[str, Any]
    ) -> tuple[torch.Tensor, Any]:
        def narrow(module: Any, arguments: Any, out: Any) -> Any:
            out.last_hidden_state = _pick(out.last_hidden_state, positions)
            return out

        hook = self._model.base_model.register_forward_hook(narrow)
        try:
            out = self._model(**inputs)
        finally:
            hook.remove()
        return out.logits, out.get("past_key_values")

    def _agrees(self) -> bool:
        """Whether picking before the head gives the same logits as picking behind it."""
        size = self._model.get_input_embeddings().weight.shape[0]
        device = self._model.device
        ids = (torch.arange(10, device=device) % size).reshape(2, 5)
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        positions = torch.tensor([[3, 1], [0, 4]], device=device)
        with torch.no_grad():
            expected = _pick(self._model(**inputs).logits, positions)
            try:
                logits, _ = self._run_narrowed(positions, inputs)
            except (AttributeError, RuntimeError, IndexError, TypeError, KeyError):
                return False
        same_shape = logits.shape == expected.shape
        return same_shape and torch.allclose(logits, expected, rtol=1e-2, atol=1e-3)


def _pick(values: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Tensor [rows, chosen, width]: of `values` [rows, tokens, width] those at `positions`."""
    return values.gather(1, positions.unsqueeze(-1).expand(-1, -1, values.shape[-1]))
