"""The ways of the libraries' own tutorials: a loop over texts, a model as it was loaded."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
import transformers
from captum import attr
from explain_setup import LABELS, PROMPT, Size

Scores = list[torch.Tensor]


class Tutorial:
    """A transformers model and tokenizer as a tutorial has them."""

    def __init__(self, size: Size) -> None:
        kind = (
            transformers.AutoModelForCausalLM
            if size.causal
            else transformers.AutoModelForSequenceClassification
        )
        self.size = size
        self.model = kind.from_pretrained(size.folder).eval()
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model.to(self.device)
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(size.folder)
        self.words = self.model.get_input_embeddings()

    def logits(self, ids: Any, mask: Any) -> Any:
        """What is attributed: the labels' logits [texts, labels], or the next token's."""
        found = self.model(input_ids=ids, attention_mask=mask).logits
        return found[:, -1] if self.size.causal else found

    def lead(self, ids: Any, mask: Any) -> Any:
        """The second label's logit less the first's, [texts]."""
        found = self.logits(ids, mask)
        bad, good = self.targets
        return found[:, good] - found[:, bad]

    @functools.cached_property
    def targets(self) -> tuple[int, int]:
        """Where the labels' logits stand: in the head, or in the vocabulary."""
        if not self.size.causal:
            return 0, 1
        bad, good = (self.tokenizer(f" {label}")["input_ids"] for label in LABELS)
        if len(bad) + len(good) > 2:
            raise SystemExit("the labels are not single tokens")
        return bad[0], good[0]

    def encoded(self, text: str) -> tuple[Any, Any, slice]:
        """Ids and mask of a text, or of its whole prompt, and which tokens are the text's."""
        shown, first = text, 0
        if self.size.causal:
            shown = PROMPT.replace("{text}", text).replace(" {label}", "")
            first = len(PROMPT.split("{text}")[0])
        found = self.tokenizer(
            shown, return_tensors="pt", truncation=True, return_offsets_mapping=True, verbose=False
        )
        ends = [end for _, end in found["offset_mapping"][0].tolist()]
        start = sum(end <= first for end in ends) if self.size.causal else 1
        stop = sum(end <= first + len(text) for end in ends) if self.size.causal else len(ends) - 1
        inside = slice(start, stop)
        return found["input_ids"].to(self.device), found["attention_mask"].to(self.device), inside

    def input_x_gradient(self, texts: Sequence[str]) -> Scores:
        """The second label's logit, by captum's `LayerGradientXActivation`, text by text."""
        method = attr.LayerGradientXActivation(self.logits, self.words)
        return [self._attributed(method, text, self.targets[1]) for text in texts]

    def contrastive(self, texts: Sequence[str]) -> Scores:
        """One label's attribution less the other's: two calls."""
        method = attr.LayerGradientXActivation(self.logits, self.words)
        bad, good = self.targets
        return [
            self._attributed(method, text, good) - self._attributed(method, text, bad)
            for text in texts
        ]

    def integrated_gradients(self, texts: Sequence[str]) -> Scores:
        """The lead by captum's `LayerIntegratedGradients`, 50 steps from padding, text by text."""
        method = attr.LayerIntegratedGradients(self.lead, self.words)
        filler = self.tokenizer.pad_token_id
        found = []
        for text in texts:
            ids, mask, inside = self.encoded(text)
            baseline = ids.clone()
            baseline[:, inside] = self.tokenizer.eos_token_id if filler is None else filler
            parts = method.attribute(ids, baseline, additional_forward_args=(mask,), n_steps=50)
            found.append(parts.sum(-1)[0, inside].detach())
        return found

    def _attributed(self, method: Any, text: str, target: int) -> torch.Tensor:
        ids, mask, inside = self.encoded(text)
        parts = method.attribute(ids, target=target, additional_forward_args=(mask,))
        found: torch.Tensor = parts.sum(-1)[0, inside].detach()
        return found

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """One padded batch of all the texts, as the tutorials of LIME and SHAP have it."""
        shown = list(texts)
        if self.size.causal:
            shown = [PROMPT.replace("{text}", text).replace(" {label}", "") for text in texts]
            self.tokenizer.pad_token = self.tokenizer.eos_token
            self.tokenizer.padding_side = "left"  # the last position is every prompt's
        inputs = self.tokenizer(shown, return_tensors="pt", padding=True, truncation=True)
        inputs.pop("token_type_ids", None)
        with torch.no_grad():
            logits = self.logits(
                *(inputs.to(self.device)[k] for k in ("input_ids", "attention_mask"))
            )
        found: np.ndarray = logits[:, self.targets].softmax(-1).cpu().numpy()
        return found

    def pipeline(self, batch_size: int = 1) -> Callable[[Sequence[str]], np.ndarray]:
        """The same by transformers' pipeline."""
        made = transformers.pipeline(
            "text-classification", model=self.model, tokenizer=self.tokenizer, device=self.device
        )

        def probabilities(texts: Sequence[str]) -> np.ndarray:
            rows = made(list(texts), top_k=None, truncation=True, batch_size=batch_size)
            scores = [{entry["label"]: entry["score"] for entry in row} for row in rows]
            return np.array([[row[label] for label in LABELS] for row in scores])

        return probabilities


def lime(predict: Callable[[Sequence[str]], np.ndarray], texts: Sequence[str], samples: int) -> Any:
    """LIME's own explainer over `predict`."""
    from lime.lime_text import LimeTextExplainer

    explainer = LimeTextExplainer(class_names=list(LABELS), random_state=0)
    return [
        explainer.explain_instance(
            text, predict, labels=(1,), num_features=len(text.split()), num_samples=samples
        )
        for text in texts
    ]


def partition(tutorial: Tutorial, texts: Sequence[str], evaluations: int) -> Any:
    """SHAP's own way: `shap.Explainer` over the function and the tokenizer."""
    import shap

    explainer = shap.Explainer(
        lambda batch: tutorial.probabilities([str(text) for text in batch]),
        shap.maskers.Text(tutorial.tokenizer),
        output_names=list(LABELS),
    )
    return explainer(list(texts), max_evals=evaluations, silent=True)
