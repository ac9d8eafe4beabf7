"""The untuned proxy against log-probabilities worked out one label at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import transformers
from amplify_transformers.options import VerbalizerOptions
from amplify_transformers.verbalizer.proxy import Verbalizer

from amplify import Context, Example, Option, PlanError, without

LABELS = ("yes", "no", "dreadful snow")
TEXTS = ("the green lamp", "Ünïted 東京 don't", "", "which is worse, rain or snow?")


def verbalizer(folder: str, **options: object) -> Verbalizer:
    made = Verbalizer(VerbalizerOptions(model=folder, **options), Context(device="cpu"))  # type: ignore[arg-type]  # by keyword
    made.fit([], LABELS)
    return made


def examples() -> list[Example]:
    return [Example(str(i), text, "yes") for i, text in enumerate(TEXTS)]


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
@pytest.mark.parametrize("normalise", ["sum", "mean"])
def test_causal_scores_are_the_labels_log_probabilities(
    make: Callable[..., str], kind: str, normalise: str
) -> None:
    folder = make(kind, "causal")
    model = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    proxy = verbalizer(folder, normalise=normalise)
    for example, scores in zip(examples(), proxy.predict(examples()), strict=True):
        for label, logit in zip(LABELS, scores.logits, strict=True):
            # A byte-level tokenizer starts a new word at the space: ids of the parts join.
            prompt = tokenizer(f"{example.text}\nAnswer:")["input_ids"]
            answer = tokenizer(f" {label}")["input_ids"]
            whole = tokenizer(f"{example.text}\nAnswer: {label}")["input_ids"]
            assert prompt + answer == whole
            with torch.no_grad():
                logs = model(torch.tensor([whole])).logits[0].log_softmax(-1)
            steps = [float(logs[len(prompt) - 1 + i, t]) for i, t in enumerate(answer)]
            wanted = sum(steps) / (len(steps) if normalise == "mean" else 1)
            assert logit == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_masked_scores_fill_as_many_masks_as_the_label_has_tokens(
    make: Callable[..., str], kind: str
) -> None:
    folder = make(kind, "masked")
    model = transformers.AutoModelForMaskedLM.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    proxy = verbalizer(folder, prompt="{text} answer {label} .", normalise="sum")
    for example, scores in zip(examples(), proxy.predict(examples()), strict=True):
        for label, logit in zip(LABELS, scores.logits, strict=True):
            answer = tokenizer(f" {label}", add_special_tokens=False)["input_ids"]
            whole = tokenizer(f"{example.text} answer {label} .")["input_ids"]
            starts = range(len(whole) - len(answer) + 1)
            at = next(i for i in reversed(starts) if whole[i : i + len(answer)] == answer)
            shown = list(whole)
            shown[at : at + len(answer)] = [tokenizer.mask_token_id] * len(answer)
            with torch.no_grad():
                logs = model(torch.tensor([shown])).logits[0].log_softmax(-1)
            wanted = sum(float(logs[at + i, t]) for i, t in enumerate(answer))
            assert logit == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize(("kind", "head"), [("gpt2", "causal"), ("bert", "masked")])
def test_batches_give_the_same_logits_and_the_texts_own_places(
    make: Callable[..., str], kind: str, head: str
) -> None:
    proxy = verbalizer(make(kind, head))
    wanted = proxy.predict(examples())
    for batch in proxy.batches(examples()):
        embeddings = batch.embeddings.requires_grad_()
        logits = batch.forward(embeddings, *batch.arguments)
        (gradient,) = torch.autograd.grad(logits.sum(), embeddings)
        assert gradient.abs().sum() > 0
        for at, index in enumerate(batch.indices):
            assert logits[at].tolist() == pytest.approx(wanted[index].logits, abs=1e-5)
            assert batch.labels[at] == LABELS
            text = TEXTS[index]
            for row in batch.offsets[at * 3 : at * 3 + 3]:
                covered = {i for place in row if place for i in range(*place)}
                assert {i for i, c in enumerate(text) if not c.isspace()} <= covered
                assert covered <= set(range(len(text)))


def test_a_listed_option_is_scored_by_its_text_or_its_letter(make: Callable[..., str]) -> None:
    text = "which is worse? (A) rain (B) heavy snow"
    item = Example("0", text, "(A)", (Option("(A)", 20, 24), Option("(B)", 29, 39)), (0, 15))
    folder = make("gpt2", "causal")
    by_text, by_letter = verbalizer(folder), verbalizer(folder, letters=True)
    by_text_too = Verbalizer(VerbalizerOptions(model=folder), Context(device="cpu"))
    by_text_too.fit([], ("rain", "heavy snow"))
    (found,) = by_text.predict([item])
    assert found.labels == ("(A)", "(B)")
    assert found.logits == by_text_too.predict([Example("1", text, "rain")])[0].logits
    assert found.logits != by_letter.predict([item])[0].logits


@pytest.mark.parametrize(("kind", "head"), [("gpt2", "causal"), ("bert", "masked")])
def test_an_option_that_lost_all_its_words_is_scored_by_its_letter(
    make: Callable[..., str], kind: str, head: str
) -> None:
    text = "which is worse? (A) rain (B) heavy snow"
    item = Example("0", text, "(A)", (Option("(A)", 20, 24), Option("(B)", 29, 39)), (0, 15))
    folder = make(kind, head)
    proxy = verbalizer(folder)
    less = without(item, [(20, 24)])
    assert less.text == "which is worse? (A) (B) heavy snow"
    letters = Verbalizer(VerbalizerOptions(model=folder), Context(device="cpu"))
    letters.fit([], ("(A)", "heavy snow"))
    wanted = letters.predict([Example("1", less.text, "(A)")])[0].logits
    assert proxy.predict([less])[0].logits == pytest.approx(wanted, abs=1e-5)


def test_a_long_text_is_cut_so_that_the_label_stays(make: Callable[..., str]) -> None:
    proxy = verbalizer(make("bert", "masked"))
    long = Example("0", "green river " * 100, "yes")
    (batch,) = proxy.batches([long])
    assert batch.embeddings.shape[1] == 64
    assert len(set(proxy.predict([long])[0].logits)) == 3


def test_a_model_without_a_language_model_head_is_refused(make: Callable[..., str]) -> None:
    with pytest.raises(PlanError, match="no trained language-model head"):
        verbalizer(make("bert"))
