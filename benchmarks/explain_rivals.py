"""The ways of the libraries' own tutorials: a loop over texts, a model as it was loaded."""

from __future__ import annotations

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
        self.model = kind.from_pretrained(size.folder).eval()
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model.to(self.device)
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(size.folder)
        self.words = self.model.get_input_embeddings()

    def logits(self, ids: Any, mask: Any) -> Any:
        """All labels' logits [texts, labels]."""
        return self.model(input_ids=ids, attention_mask=mask).logits

    def encoded(self, text: str) -> tuple[Any, Any]:
        """Ids and mask of one text."""
        found = self.tokenizer(text, return_tensors="pt", truncation=True, verbose=False)
        return found["input_ids"].to(self.device), found["attention_mask"].to(self.device)

    def input_x_gradient(self, texts: Sequence[str]) -> Scores:
        """The predicted label's logit, by captum's `LayerGradientXActivation`, text by text."""
        method = attr.LayerGradientXActivation(self.logits, self.words)
        return [self._attributed(method, text, target=1) for text in texts]

    def contrastive(self, texts: Sequence[str]) -> Scores:
        """One label's attribution less the other's: two calls."""
        method = attr.LayerGradientXActivation(self.logits, self.words)
        return [
            self._attributed(method, text, target=1) - self._attributed(method, text, target=0)
            for text in texts
        ]

    def causal_contrastive(self, texts: Sequence[str]) -> Scores:
        """The same for the next token of a whole prompt; only the text's tokens are returned."""
        answers = [self.tokenizer(f" {label}")["input_ids"] for label in LABELS]
        if any(len(ids) != 1 for ids in answers):
            raise SystemExit("the labels are not single tokens")

        def logits(ids: Any, mask: Any) -> Any:
            return self.model(input_ids=ids, attention_mask=mask).logits[:, -1]

        method = attr.LayerGradientXActivation(logits, self.words)
        start = len(PROMPT.split("{text}")[0])
        found = []
        for text in texts:
            prompt = PROMPT.replace("{text}", text).replace(" {label}", "")
            good, bad = (self._attributed(method, prompt, target=ids[0]) for ids in answers[::-1])
            offsets = self.tokenizer(prompt, return_offsets_mapping=True)["offset_mapping"]
            first = sum(end <= start for _, end in offsets)
            found.append((good - bad)[first:])
        return found

    def integrated_gradients(self, texts: Sequence[str]) -> Scores:
        """captum's `LayerIntegratedGradients` to a padding baseline, 50 steps, text by text."""
        method = attr.LayerIntegratedGradients(self.logits, self.words)
        found = []
        for text in texts:
            ids, mask = self.encoded(text)
            baseline = torch.full_like(ids, self.tokenizer.pad_token_id)
            baseline[:, 0], baseline[:, -1] = ids[:, 0], ids[:, -1]
            parts = method.attribute(
                ids, baseline, target=1, additional_forward_args=(mask,), n_steps=50
            )
            found.append(parts.sum(-1)[0].detach())
        return found

    def _attributed(self, method: Any, text: str, target: int) -> torch.Tensor:
        ids, mask = self.encoded(text)
        parts = method.attribute(ids, target=target, additional_forward_args=(mask,))
        found: torch.Tensor = parts.sum(-1)[0].detach()
        return found

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """One padded batch of all the texts, as the tutorials of LIME and SHAP have it."""
        inputs = self.tokenizer(list(texts), return_tensors="pt", padding=True, truncation=True)
        with torch.no_grad():
            logits = self.model(**inputs.to(self.device)).logits
        found: np.ndarray = logits.softmax(-1).cpu().numpy()
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
